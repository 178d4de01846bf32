"""The app's log of corrections, which doubles at every save and can hold those of another evaluation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from speechgrade_shared.rubric import finite_number, fold

from speechgrade_exporter.edit_screen import same_points
from speechgrade_exporter.moments import moment
from speechgrade_exporter.recorded_points import Place, RecordedScore

_MOST = 2000
_FIELD_ENDS = (".points", "_total_score")


def standing_corrections(log: object, recorded: Mapping[Place, RecordedScore], *, saved_at: object) -> tuple[str, ...]:
    """The fields whose points a person corrected to what stands now, sorted; none if the log is another evaluation's.

    The log of another evaluation names criteria that are not here, or values that do not stand. One value may stand by
    chance, so a single one counts only if it was corrected after the evaluation was first saved.
    """
    latest = _latest(log)
    wanted = _fields(recorded)
    if not latest or not all(_stands(entry, wanted.get(field)) for field, entry in latest.items()):
        return ()
    if len(latest) == 1 and not _made_after(next(iter(latest.values())), moment(saved_at)):
        return ()
    return tuple(sorted(latest))


def _latest(log: object) -> dict[str, Mapping[str, Any]]:
    """The last correction of points for each field; copies of an entry have its time and field too."""
    entries = log[-_MOST:] if isinstance(log, list) else []
    latest: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        field = _points_field(entry)
        if field and (field not in latest or _time(entry) >= _time(latest[field])):
            latest[field] = entry
    return latest


def _points_field(entry: object) -> str:
    field = entry.get("field") if isinstance(entry, Mapping) else None
    folded = fold(field) if isinstance(field, str) else ""
    return folded if folded.endswith(_FIELD_ENDS) else ""


def _time(entry: Mapping[str, Any]) -> str:
    time = entry.get("timestamp")
    return time if isinstance(time, str) else ""


def _fields(recorded: Mapping[Place, RecordedScore]) -> dict[str, float | None]:
    """The points by the name that the log has for them; a name that fits two places fits none."""
    fields: dict[str, float | None] = {}
    for (section, criterion), score in recorded.items():
        field = f"{section}.{criterion}.points" if criterion else f"{section}_total_score"
        fields[field] = None if field in fields else score.points
    return fields


def _stands(entry: Mapping[str, Any], points: float | None) -> bool:
    given, before = finite_number(entry.get("instructor_value")), finite_number(entry.get("ai_value"))
    return given is not None and points is not None and same_points(given, points) and not same_points(given, before)


def _made_after(entry: Mapping[str, Any], saved_at: datetime | None) -> bool:
    made_at = moment(entry.get("timestamp"))
    return made_at is not None and saved_at is not None and made_at >= saved_at
