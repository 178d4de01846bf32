"""What the scores themselves say about the rubric: which criteria there were, and out of how many points."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from speechgrade_shared.canonicalize import section_items
from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.evidence import Medium
from speechgrade_shared.rubric import MAX_POINTS, Category, Criterion, fold

from speechgrade_exporter.recorded_points import Place, RecordedScore
from speechgrade_exporter.stored_data import Grading

_SAME_MAXIMUM = 0.02
_FROM_EVALUATION = "evaluation"


def graded_categories(grading: Grading) -> list[dict[str, Any]]:
    """The sections as categories of a rubric, in their own order; empty if one of them does not say its maximum."""
    if not grading.recorded or not all(score.max_points for score in grading.recorded.values()):
        return []
    return list(_categories(grading.data.get("sections")))


def as_graded(category: Category, recorded: Mapping[Place, RecordedScore]) -> Category:
    """A category with the maxima that its points were given by."""
    section = fold(category.name)
    if category.implicit:
        # Its own maximum is not looked at: editing a section rewrites it with the sum of the scores.
        return category
    whole = recorded.get((section, ""))
    if whole is not None and whole.points is not None:
        return _graded_as_a_whole(category, whole)
    criteria = tuple(_with_maximum(c, recorded.get((section, fold(c.name)))) for c in category.criteria)
    return category if criteria == category.criteria else replace(category, criteria=criteria)


def _graded_as_a_whole(category: Category, whole: RecordedScore) -> Category:
    """A category that got one score for all of its criteria has one criterion: itself."""
    if category.max_points > MAX_POINTS:
        raise RubricInvalid(f"A category is worth more than {MAX_POINTS:g} points.", code="rubric_too_large")
    first = category.criteria[0]
    # One score for what was said and what was seen cannot be taken apart: words alone do not show it.
    evidence = next((c.evidence for c in category.criteria if not c.is_observable), Medium.TRANSCRIPT)
    one = Criterion(category.name, "", category.max_points, first.max_source, first.step, evidence)
    # A maximum that equals the score may be what an edit left of it.
    is_stated = whole.max_points is not None and whole.points is not None and whole.max_points > whole.points
    criterion = _with_maximum(one, whole) if is_stated else one
    return replace(category, criteria=(criterion,), implicit=True)


def _with_maximum(criterion: Criterion, recorded: RecordedScore | None) -> Criterion:
    maximum = recorded.max_points if recorded else None
    if maximum is None or not 0 < maximum <= MAX_POINTS or abs(maximum - criterion.max_points) <= _SAME_MAXIMUM:
        return criterion
    return replace(criterion, max_points=round(maximum, 4), max_source=_FROM_EVALUATION)


def _categories(sections: object) -> Iterator[dict[str, Any]]:
    for name, section in sections.items() if isinstance(sections, Mapping) else ():
        if isinstance(section, Mapping):
            items = [_part(item.get("name"), item.get("maxPoints")) for item in section_items(section)]
            yield _part(name, section.get("maxScore")) | {"subcategories": items}


def _part(name: object, maximum: object) -> dict[str, Any]:
    return {"name": name, "points": maximum, "maxSource": _FROM_EVALUATION}
