"""The points and letters that a grading recorded, criterion by criterion, whatever the shape."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.canonicalize import fold


@dataclass(frozen=True, slots=True)
class RecordedScore:
    """What was recorded for a criterion, or for a section without criteria."""

    points: float | None
    max_points: float | None
    letter: str


Place = tuple[str, str]
"""A folded section name and a folded criterion name; the criterion is empty for the section itself."""


def recorded_scores(sections: object) -> dict[Place, RecordedScore]:
    """Every score in an object of sections; what cannot be read is absent."""
    if not isinstance(sections, Mapping):
        return {}
    return dict(entry for name, section in sections.items() for entry in _section_scores(fold(str(name)), section))


def finite_number(value: object) -> float | None:
    """A number, also one written as a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def section_items(section: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The criteria of a section, under either of the names that the app has used for them."""
    for key in ("subcategories", "feedback"):
        items = section.get(key)
        if isinstance(items, list) and items:
            return [item for item in items if isinstance(item, Mapping)]
    return []


def _section_scores(name: str, section: object) -> Iterator[tuple[Place, RecordedScore]]:
    if not isinstance(section, Mapping):
        return
    items = section_items(section)
    for item in items:
        yield (name, fold(str(item.get("name", "")))), _score(item, "points", "maxPoints")
    points = section.get("points")
    if isinstance(points, Mapping):
        # Our own canonical shape.
        for criterion, value in points.items():
            yield (name, fold(str(criterion))), RecordedScore(finite_number(value), None, "")
    elif not items:
        yield (name, ""), _score(section, "score", "maxScore")


def _score(item: Mapping[str, Any], points: str, max_points: str) -> RecordedScore:
    letter = item.get("grade")
    return RecordedScore(
        finite_number(item.get(points)),
        finite_number(item.get(max_points)),
        letter.strip().upper() if isinstance(letter, str) else "",
    )
