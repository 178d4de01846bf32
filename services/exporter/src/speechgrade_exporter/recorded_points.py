"""The points and letters that a grading recorded, criterion by criterion, whatever the shape."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple

from speechgrade_shared.canonicalize import item_name, section_items
from speechgrade_shared.rubric import Rubric, finite_number, fold


class RecordedScore(NamedTuple):
    """What was recorded for a criterion, or for a section without criteria; no letter is None where none is kept."""

    points: float | None
    max_points: float | None
    letter: str | None


Place = tuple[str, str]
"""A folded section name and a folded criterion name; the criterion is empty for the section itself."""


def recorded_scores(sections: object) -> dict[Place, RecordedScore]:
    """Every score in an object of sections; what cannot be read is absent."""
    if not isinstance(sections, Mapping):
        return {}
    return dict(entry for name, section in sections.items() for entry in _section_scores(fold(str(name)), section))


def places_out_of_sight(rubric: Rubric) -> frozenset[Place]:
    """Where the points of criteria are recorded that a transcript cannot show; a category may hold its own."""
    places = {(fold(item.category), fold(item.criterion)) for item in rubric.not_scored}
    return frozenset(places | {(section, "") for section, criterion in places if section == criterion})


def without(recorded: Mapping[Place, RecordedScore], places: Container[Place]) -> dict[Place, RecordedScore]:
    """The scores of all other places."""
    return {place: score for place, score in recorded.items() if place not in places}


def is_fabricated(recorded: Mapping[Place, RecordedScore]) -> bool:
    """Whether the app's servers put in these zeros: all of them, or one out of a maximum of zero."""
    points = [score.points for score in recorded.values() if score.points is not None]
    out_of_nothing = any(score.points == 0 and score.max_points == 0 for score in recorded.values())
    return out_of_nothing or (bool(points) and not any(points))


def _section_scores(name: str, section: object) -> Iterator[tuple[Place, RecordedScore]]:
    if not isinstance(section, Mapping):
        return
    items = section_items(section)
    for item in items:
        yield (name, item_name(item)), _score(item, "points", "maxPoints")
    points = section.get("points")
    if isinstance(points, Mapping):
        # Our own canonical shape.
        for criterion, value in points.items():
            yield (name, fold(str(criterion))), RecordedScore(finite_number(value), None, None)
    elif not items:
        yield (name, ""), _score(section, "score", "maxScore")


def _score(item: Mapping[str, Any], points: str, max_points: str) -> RecordedScore:
    letter = item.get("grade")
    return RecordedScore(
        finite_number(item.get(points)),
        finite_number(item.get(max_points)),
        letter.strip().upper() if isinstance(letter, str) else "",
    )
