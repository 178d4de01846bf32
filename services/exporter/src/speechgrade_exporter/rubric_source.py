"""The rubric that an evaluation was graded with: its own snapshot, completed from the rubric's row.

The snapshot holds names and sometimes points, the row holds descriptions and the scale, and the row may have been
edited since. Where the grading itself recorded another maximum for a criterion, that one is what its points mean.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from speechgrade_shared.canonicalize import fold
from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.rubric import MAX_POINTS, Category, Criterion, Rubric, parse_rubric

from speechgrade_exporter.recorded_points import Place, RecordedScore, finite_number, recorded_scores

_SAME_MAXIMUM = 0.02
_POINTS = ("points", "maxPoints", "maxScore")


def resolve_rubric(row: Mapping[str, Any] | None, data: Mapping[str, Any]) -> Rubric:
    """Find the rubric of an evaluation.

    Raises:
        RubricInvalid: ``rubric_missing``, or what ``parse_rubric`` says of it.
    """
    stored = row or {}
    known = _categories(stored.get("categories"))
    kept = data.get("rubric_structure")
    snapshot = kept if isinstance(kept, Mapping) else {}
    wanted = _categories(snapshot.get("categories")) or known
    if not wanted:
        raise RubricInvalid("The evaluation has no rubric.", code="rubric_missing")
    by_name = _by_name(known)
    is_same = any(_name(category) in by_name for category in wanted)
    recorded = recorded_scores(data.get("sections"))
    total = _positive(snapshot.get("totalPoints")) or _positive(stored.get("total_points"))
    rubric = parse_rubric(
        {
            "name": (stored.get("name") if is_same else None) or data.get("rubricUsed"),
            "speechType": stored.get("speech_type") if is_same else None,
            "totalPoints": total,
            "gradeScale": _parsed(stored.get("grade_scale")) or data.get("gradeScale"),
            "categories": [_completed(item, by_name, {} if total else recorded) for item in wanted],
        }
    )
    return replace(rubric, categories=tuple(_as_graded(category, recorded) for category in rubric.categories))


def _completed(item: object, by_name: Mapping[str, object], recorded: Mapping[Place, RecordedScore]) -> object:
    category = _as_object(item)
    if category is None:
        return item
    name = _name(category)
    merged = _filled(category, by_name.get(name))
    known = _by_name(_categories(_as_object(by_name.get(name) or {}, "subcategories")))
    parts = _categories(category.get("subcategories"))
    merged["subcategories"] = [_completed_part(part, known, recorded, name) for part in parts]
    if not parts:
        _rescue_maximum(merged, recorded.get((name, "")))
    return merged


def _completed_part(
    part: object, known: Mapping[str, object], recorded: Mapping[Place, RecordedScore], category: str
) -> object:
    criterion = _as_object(part)
    if criterion is None:
        return part
    merged = _filled(criterion, known.get(_name(criterion)))
    _rescue_maximum(merged, recorded.get((category, _name(criterion))))
    return merged


def _filled(item: Mapping[str, Any], known: object) -> dict[str, Any]:
    """An item of the snapshot with the description and the points that only the row has."""
    merged = dict(item)
    row = _as_object(known) or {}
    if not merged.get("description"):
        merged["description"] = row.get("description")
    merged["points"] = _maximum(merged) or _maximum(row)
    return merged


def _rescue_maximum(item: dict[str, Any], recorded: RecordedScore | None) -> None:
    """A rubric without any points takes the maximum that the grading recorded."""
    if item["points"] is None and recorded and recorded.max_points and recorded.max_points > 0:
        item |= {"points": recorded.max_points, "maxSource": "evaluation"}


def _as_graded(category: Category, recorded: Mapping[Place, RecordedScore]) -> Category:
    # A section's own maximum is not looked at: editing the section rewrites it with the sum of the scores.
    if category.implicit:
        return category
    criteria = tuple(_with_maximum(c, recorded.get((fold(category.name), fold(c.name)))) for c in category.criteria)
    return replace(category, criteria=criteria)


def _with_maximum(criterion: Criterion, recorded: RecordedScore | None) -> Criterion:
    maximum = recorded.max_points if recorded else None
    if maximum is None or not 0 < maximum <= MAX_POINTS or abs(maximum - criterion.max_points) <= _SAME_MAXIMUM:
        return criterion
    return replace(criterion, max_points=round(maximum, 4), max_source="evaluation")


def _maximum(item: Mapping[str, Any]) -> float | None:
    return next((points for points in (_positive(item.get(key)) for key in _POINTS) if points), None)


def _positive(value: object) -> float | None:
    number = finite_number(value)
    return number if number is not None and number > 0 else None


def _by_name(items: list[object]) -> dict[str, object]:
    return {_name(item): item for item in items}


def _name(item: object) -> str:
    named = _as_object(item)
    return fold(str(named.get("name", ""))) if named else ""


def _categories(value: object) -> list[object]:
    parsed = _parsed(value)
    return list(parsed) if isinstance(parsed, list) else []


def _as_object(item: object, key: str | None = None) -> Any:
    named = {"name": item} if isinstance(item, str) else item
    if not isinstance(named, Mapping):
        return None
    return named if key is None else named.get(key)


def _parsed(value: object) -> object:
    """JSON columns may hold a JSON string of what they should hold."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
