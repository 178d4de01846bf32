"""Read the scores that the app stored, in any of the shapes that its generations wrote, against a rubric.

Nothing here raises on any JSON value except ``SectionsUnreadable``, whose code says why a row cannot teach anything.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from speechgrade_shared.errors import SectionsUnreadable
from speechgrade_shared.rubric import Category, Criterion, Rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore

_SLACK = 0.01


def parse_evaluation_data(raw: object) -> Mapping[str, Any]:
    """Accept ``evaluation_data`` as an object or as a JSON string of one.

    Raises:
        SectionsUnreadable: ``evaluation_data_missing`` or ``evaluation_data_malformed``.
    """
    if raw is None or raw == "":
        raise SectionsUnreadable("The evaluation has no data.", code="evaluation_data_missing")
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise SectionsUnreadable("The data is not JSON.", code="evaluation_data_malformed") from error
    if not isinstance(raw, Mapping):
        raise SectionsUnreadable("The data is not an object.", code="evaluation_data_malformed")
    return raw


def canonical_scores(data: Mapping[str, Any], rubric: Rubric) -> ScoredSpeech:
    """Fit stored sections to the rubric: names matched without case and spacing, points put on the grid.

    Raises:
        SectionsUnreadable: ``sections_missing``, ``sections_duplicate``, ``sections_incomplete``,
            ``points_unreadable`` or ``points_out_of_bounds``.
    """
    stored = data.get("sections")
    if not isinstance(stored, Mapping) or not stored:
        raise SectionsUnreadable("The evaluation has no sections.", code="sections_missing")
    by_name = _by_folded_name(stored)
    sections = tuple(_section(category, by_name.get(fold(category.name))) for category in rubric.categories)
    return ScoredSpeech(sections, _prose(data.get("overallComments")))


def fold(name: str) -> str:
    """A name without case and spacing differences, for matching."""
    return " ".join(name.split()).casefold()


def _by_folded_name(stored: Mapping[Any, Any]) -> dict[str, object]:
    by_name: dict[str, object] = {}
    for key, value in stored.items():
        name = fold(str(key))
        if name in by_name:
            raise SectionsUnreadable("A section appears twice.", code="sections_duplicate")
        by_name[name] = value
    return by_name


def _section(category: Category, stored: object) -> SectionScore:
    if not isinstance(stored, Mapping):
        raise SectionsUnreadable("A category of the rubric was not scored.", code="sections_incomplete")
    items = _items(stored)
    feedback = _prose(stored.get("feedback")) or _joined_feedback(items)
    if category.implicit:
        given: dict[str, object] = {fold(category.name): stored.get("score")}
    else:
        given = _points_by_name(category, items)
    points = tuple((c.name, _points(c, given.get(fold(c.name)))) for c in category.criteria)
    return SectionScore(category.name, feedback, points)


def _items(stored: Mapping[Any, Any]) -> list[Mapping[Any, Any]]:
    # An early writer put the criteria under "feedback"; the app's readers still take either.
    for key in ("subcategories", "feedback"):
        value = stored.get(key)
        if isinstance(value, list) and value:
            return [item for item in value if isinstance(item, Mapping)]
    return []


def _points_by_name(category: Category, items: list[Mapping[Any, Any]]) -> dict[str, object]:
    given: dict[str, object] = {}
    for item in items:
        name = fold(str(item.get("name", "")))
        if name in given:
            raise SectionsUnreadable("A criterion appears twice.", code="sections_duplicate")
        given[name] = item.get("points")
    wanted = {fold(criterion.name) for criterion in category.criteria}
    if not wanted <= given.keys():
        raise SectionsUnreadable("A criterion of the rubric was not scored.", code="sections_incomplete")
    return given


def _points(criterion: Criterion, value: object) -> float:
    number = _number(value)
    if number is None:
        raise SectionsUnreadable("The points of a criterion are not a number.", code="points_unreadable")
    if not -_SLACK <= number <= criterion.max_points + _SLACK:
        raise SectionsUnreadable("The points of a criterion are out of bounds.", code="points_out_of_bounds")
    return criterion.nearest(number)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _prose(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _joined_feedback(items: list[Mapping[Any, Any]]) -> str:
    return " ".join(filter(None, (_prose(item.get("feedback")) for item in items)))
