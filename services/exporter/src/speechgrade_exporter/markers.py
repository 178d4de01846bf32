"""Timeline markers for those who ask for them, kept beside an example and never in a model's input.

Markers hold the judgement, and no speech that is still to be scored has any: a model that read them in training would
be asked without them. They could enter the input only by another renderer version, which no scorer accepts.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from speechgrade_shared.canonicalize import decoded
from speechgrade_shared.rubric import finite_number

_KEPT = ("timestamp", "seconds", "category", "severity", "behavior", "issue", "note", "label", "observation")
_MOST = 500
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")


def redacted_markers(raw: object, redact: Callable[[str], str]) -> list[dict[str, Any]]:
    """The markers of an evaluation without ids, each text in them redacted; what is no marker is left out."""
    markers = decoded(raw)
    kept = markers[:_MOST] if isinstance(markers, list) else []
    return [_marker(marker, redact) for marker in kept if isinstance(marker, Mapping)]


def _marker(marker: Mapping[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key in _KEPT:
        value = marker.get(key)
        if isinstance(value, str):
            kept[key] = redact(value)
        elif (number := finite_number(value)) is not None:
            kept[key] = number
    # Saving an edit drops the seconds and keeps the time on the clock.
    if "seconds" not in kept and (seconds := _seconds(marker.get("timestamp"))) is not None:
        kept["seconds"] = seconds
    return kept


def _seconds(timestamp: object) -> float | None:
    match = _CLOCK.fullmatch(timestamp.strip()) if isinstance(timestamp, str) else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
