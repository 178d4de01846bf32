"""Read the scores that the app stored, in any of the shapes that its generations wrote, against a rubric.

Nothing here raises on any JSON value except ``SectionsUnreadable``, whose code says why a row cannot teach anything.
"""

import json
from collections.abc import Mapping
from typing import Any

from speechgrade_shared.errors import SectionsUnreadable
from speechgrade_shared.rubric import Category, Criterion, Rubric, finite_number, fold
from speechgrade_shared.sections import ScoredSpeech, SectionScore

_SLACK = 0.01
_MOST_ENCODINGS = 3


def parse_evaluation_data(raw: object) -> Mapping[str, Any]:
    """Accept ``evaluation_data`` as an object or as a JSON string of one, also one that was encoded again.

    Raises:
        SectionsUnreadable: ``evaluation_data_missing`` or ``evaluation_data_malformed``.
    """
    if raw is None or raw == "":
        raise SectionsUnreadable("The evaluation has no data.", code="evaluation_data_missing")
    raw = decoded(raw)
    if not isinstance(raw, Mapping):
        raise SectionsUnreadable("The data is not a JSON object.", code="evaluation_data_malformed")
    return raw


def decoded(value: object) -> object:
    """A JSON value, also where a column holds its text, once or several times encoded; None for other text."""
    for _ in range(_MOST_ENCODINGS):
        if not isinstance(value, str):
            return value
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return None if isinstance(value, str) else value


def canonical_scores(data: Mapping[str, Any], rubric: Rubric) -> ScoredSpeech:
    """Fit stored sections to the rubric: names matched without case and spacing, points put on the grid.

    What a transcript cannot show may have no points, and then has none here: nobody's zero is made up for it.

    Raises:
        SectionsUnreadable: ``sections_missing``, ``sections_unreadable``, ``sections_duplicate``,
            ``sections_incomplete``, ``points_unreadable`` or ``points_out_of_bounds``.
    """
    by_name = _by_folded_name(_stored_sections(data.get("sections")))
    sections = (_section(category, by_name.get(fold(category.name))) for category in rubric.categories)
    return ScoredSpeech(tuple(section for section in sections if section.points), _prose(data.get("overallComments")))


def _stored_sections(raw: object) -> Mapping[Any, Any]:
    stored = decoded(raw)
    if not isinstance(stored, Mapping):
        if raw:
            raise SectionsUnreadable("The sections are not an object.")
        stored = {}
    if not stored:
        raise SectionsUnreadable("The evaluation has no sections.", code="sections_missing")
    return stored


def _by_folded_name(stored: Mapping[Any, Any]) -> dict[str, object]:
    by_name: dict[str, object] = {}
    for key, value in stored.items():
        _add_once(by_name, fold(str(key)), value)
    return by_name


def _add_once(found: dict[str, object], name: str, value: object) -> None:
    """Say the same thing twice and it is said once; say two different things and neither can be believed."""
    if name in found and found[name] != value:
        raise SectionsUnreadable("A part was scored twice.", code="sections_duplicate")
    found[name] = value


def _section(category: Category, stored: object) -> SectionScore:
    if not isinstance(stored, Mapping):
        if category.observable_criteria:
            raise SectionsUnreadable("A category of the rubric was not scored.", code="sections_incomplete")
        stored = {}
    items = section_items(stored)
    feedback = _prose(stored.get("feedback")) or _joined_feedback(items)
    if category.implicit:
        given: dict[str, object] = {fold(category.name): stored.get("score")}
    else:
        given = _points_by_name(category, items)
    points = ((c.name, _points(c, given.get(fold(c.name)))) for c in category.criteria)
    return SectionScore(category.name, feedback, tuple((name, value) for name, value in points if value is not None))


def section_items(section: Mapping[Any, Any]) -> list[Mapping[Any, Any]]:
    """The scored criteria of a section, under either of the names that the app has used for them."""
    for key in ("subcategories", "feedback"):
        value = section.get(key)
        if isinstance(value, list) and value:
            return [item for item in value if isinstance(item, Mapping)]
    return []


def item_name(item: Mapping[Any, Any]) -> str:
    """The folded name of a scored criterion; empty where it has none."""
    name = item.get("name")
    return fold(name) if isinstance(name, str) else ""


def _points_by_name(category: Category, items: list[Mapping[Any, Any]]) -> dict[str, object]:
    given: dict[str, object] = {}
    for item in items:
        if name := item_name(item):
            _add_once(given, name, item.get("points"))
    wanted = {fold(criterion.name) for criterion in category.observable_criteria}
    if not wanted <= given.keys():
        raise SectionsUnreadable("A criterion of the rubric was not scored.", code="sections_incomplete")
    return given


def _points(criterion: Criterion, value: object) -> float | None:
    number = finite_number(value)
    if number is None and not criterion.is_observable:
        return None
    if number is None:
        raise SectionsUnreadable("The points of a criterion are not a number.", code="points_unreadable")
    if not -_SLACK <= number <= criterion.max_points + _SLACK:
        raise SectionsUnreadable("The points of a criterion are out of bounds.", code="points_out_of_bounds")
    return criterion.nearest(number)


def _prose(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _joined_feedback(items: list[Mapping[Any, Any]]) -> str:
    return " ".join(filter(None, (_prose(item.get("feedback")) for item in items)))
