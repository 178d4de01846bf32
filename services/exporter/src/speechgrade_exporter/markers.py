"""Timeline markers for those who ask for them. They hold the judgement, so they never become input of a model."""

from collections.abc import Callable, Mapping
from typing import Any

from speechgrade_exporter.recorded_points import finite_number

_KEPT = ("timestamp", "seconds", "category", "severity", "behavior", "issue", "note")
_MOST = 500


def redacted_markers(raw: object, redact: Callable[[str], str]) -> list[dict[str, Any]]:
    """The markers of an evaluation without ids, each text in them redacted; what is no marker is left out."""
    markers = raw if isinstance(raw, list) else []
    return [_marker(marker, redact) for marker in markers[:_MOST] if isinstance(marker, Mapping)]


def _marker(marker: Mapping[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key in _KEPT:
        value = marker.get(key)
        if isinstance(value, str):
            kept[key] = redact(value)
        elif (number := finite_number(value)) is not None:
            kept[key] = number
    return kept
