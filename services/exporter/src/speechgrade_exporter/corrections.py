"""The app's log of corrections, which doubles at every save and can hold those of another evaluation."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from speechgrade_shared.rubric import finite_number, fold

from speechgrade_exporter.edit_screen import same_points
from speechgrade_exporter.moments import moment
from speechgrade_exporter.recorded_points import Place, RecordedScore

_MOST = 2000
_FIELD_ENDS = (".points", "_total_score")
_ENOUGH = 3
Scores = Mapping[Place, RecordedScore]


def standing_corrections(
    log: object, recorded: Scores, *, original: Scores | None, saved_at: object
) -> tuple[str, ...]:
    """The fields whose points a person corrected to what stands now, sorted; none if the log is another evaluation's.

    The log of another evaluation names criteria that are not here, or values that do not stand. A single value may
    stand by chance: it counts only if it was corrected after the evaluation was first saved, or if it is the one place
    where the points differ from ``original``, what the app kept of the model's output.
    """
    latest = _latest(log)
    fields = _fields(recorded)
    places = {field: fields.get(field) for field in latest}
    if not latest or not all(_stands(latest[field], place, recorded) for field, place in places.items()):
        return ()
    if len(latest) == 1 and not _is_ours(next(iter(latest.values())), original, recorded, moment(saved_at)):
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


def fields_of(places: Iterable[Place]) -> set[str]:
    """The names that the log has for places."""
    return set(_fields(places))


def _fields(recorded: Iterable[Place]) -> dict[str, Place | None]:
    """Places by the names that the log has for them; a name that fits two places fits none."""
    fields: dict[str, Place | None] = {}
    for place in recorded:
        section, criterion = place
        whole = (f"{section}_total_score", f"{section}.{section}.points")
        for name in (f"{section}.{criterion}.points",) if criterion else whole:
            fields[name] = None if name in fields else place
    return fields


def _stands(entry: Mapping[str, Any], place: Place | None, recorded: Scores) -> bool:
    given, before = finite_number(entry.get("instructor_value")), finite_number(entry.get("ai_value"))
    if place is None or given is None:
        return False
    return same_points(given, recorded[place].points) and not same_points(given, before)


def _is_ours(entry: Mapping[str, Any], original: Scores | None, recorded: Scores, saved_at: datetime | None) -> bool:
    made_at = moment(entry.get("timestamp"))
    if made_at is not None and saved_at is not None and made_at >= saved_at:
        return True
    if original is None or original.keys() != recorded.keys() or len(recorded) < _ENOUGH:
        return False
    changed = [score for place, score in original.items() if not same_points(score.points, recorded[place].points)]
    return len(changed) == 1 and same_points(changed[0].points, finite_number(entry.get("ai_value")))
