"""The rubric that an evaluation was graded with: its own snapshot, completed from the rubric's row.

The snapshot holds names and sometimes points, the row holds descriptions and the scale, and either may be of another
rubric by now: the app rebuilds the snapshot from whatever is selected, and edits rows in place. So a rubric that does
not know what was scored is not the one, and where none does, the scores themselves say what was graded and out of how
much. Where the grading recorded another maximum for a criterion, that one is what its points mean.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from speechgrade_shared.canonicalize import decoded
from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.rubric import Rubric, finite_number, fold, parse_rubric, positive_points

from speechgrade_exporter.graded_structure import as_graded, graded_categories
from speechgrade_exporter.recorded_points import Place, RecordedScore
from speechgrade_exporter.stored_data import Grading


def resolve_rubric(row: Mapping[str, Any] | None, grading: Grading) -> Rubric:
    """Find the rubric of an evaluation.

    Raises:
        RubricInvalid: ``rubric_missing``, or what ``parse_rubric`` says of it.
    """
    stored = row or {}
    kept = decoded(grading.data.get("rubric_structure"))
    snapshot: Mapping[str, Any] = kept if isinstance(kept, Mapping) else {}
    known = _parts(stored.get("categories"))
    wanted, total = _chosen(_parts(snapshot.get("categories")), known, grading, snapshot, stored)
    by_name = _by_name(known)
    is_same = any(_name(category) in by_name for category in wanted)
    # Nothing of a row that has become another rubric belongs to this grading.
    own = stored if is_same else {}
    total = total or _positive(own.get("total_points"))
    recorded = {} if total else grading.recorded
    rubric = parse_rubric(
        {
            "name": own.get("name") or grading.data.get("rubricUsed"),
            "speechType": own.get("speech_type"),
            "totalPoints": total,
            "gradeScale": decoded(grading.data.get("gradeScale")) or decoded(own.get("grade_scale")),
            "categories": [_completed(item, by_name, recorded) for item in wanted],
        }
    )
    categories = tuple(as_graded(category, grading.recorded) for category in rubric.categories)
    return replace(rubric, categories=categories)


def _chosen(
    kept: list[object], known: list[object], grading: Grading, snapshot: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[list[object], float | None]:
    """The categories to grade by, and the total that their maxima share where they have none of their own."""
    candidates = [(kept, _positive(snapshot.get("totalPoints"))), (known, _positive(stored.get("total_points")))]
    candidates = [(categories, total) for categories, total in candidates if categories]
    for categories, total in candidates:
        if _knows(categories, grading.recorded):
            return categories, total
    graded: list[object] = list(graded_categories(grading))
    if graded:
        return graded, None
    if not candidates:
        raise RubricInvalid("The evaluation has no rubric.", code="rubric_missing")
    return candidates[0]


def _knows(categories: list[object], recorded: Mapping[Place, RecordedScore]) -> bool:
    """Whether a rubric has every section and criterion that was scored; one without criteria may have any."""
    known: dict[str, set[str]] = {}
    for item in categories:
        if (category := _as_object(item)) is None:
            # What cannot be read is reported as it is.
            return True
        known[_name(category)] = {_name(part) for part in _parts(category.get("subcategories"))}
    return all(
        section in known and (not criterion or not known[section] or criterion in known[section])
        for section, criterion in recorded
    )


def _completed(item: object, by_name: Mapping[str, object], recorded: Mapping[Place, RecordedScore]) -> object:
    category = _as_object(item)
    if category is None:
        return item
    name = _name(category)
    row = _as_object(by_name.get(name)) or {}
    merged = _filled(category, row)
    known = _by_name(_parts(row.get("subcategories")))
    parts = _parts(category.get("subcategories"))
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
    name = _name(criterion)
    merged = _filled(criterion, _as_object(known.get(name)) or {})
    _rescue_maximum(merged, recorded.get((category, name)))
    return merged


def _filled(item: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """An item of the snapshot with the description, the points and the mark of evidence that only the row has."""
    merged = dict(item)
    if not merged.get("description"):
        merged["description"] = row.get("description")
    merged["points"] = positive_points(item) or positive_points(row)
    merged["evidence"] = item.get("evidence") or row.get("evidence")
    return merged


def _rescue_maximum(item: dict[str, Any], recorded: RecordedScore | None) -> None:
    """A rubric without any points takes the maximum that the grading recorded."""
    if item["points"] is None and recorded and recorded.max_points and recorded.max_points > 0:
        item |= {"points": recorded.max_points, "maxSource": "evaluation"}


def _positive(value: object) -> float | None:
    number = finite_number(value)
    return number if number is not None and number > 0 else None


def _by_name(items: list[object]) -> dict[str, object]:
    return {_name(item): item for item in items}


def _name(item: object) -> str:
    name = item.get("name") if isinstance(item, Mapping) else item
    return fold(name) if isinstance(name, str) else ""


def _parts(value: object) -> list[object]:
    parsed = decoded(value)
    return list(parsed) if isinstance(parsed, list) else []


def _as_object(item: object) -> Mapping[str, Any] | None:
    if isinstance(item, Mapping):
        return item
    return {"name": item} if isinstance(item, str) else None
