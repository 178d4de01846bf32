"""What the model may answer: the JSON schema of a rubric, and the validation that no answer gets around.

The schema binds the grammar of the engine; the validation does not trust that it did. Points are an ``enum`` of the
grid because every grammar backend honours an enum, and not every one honours numeric bounds. Criteria with the same
grid share it, so that a rubric of many fine grids stays small enough to compile.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Never

from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.rubric import Category, Criterion, Rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore, whole

MAX_FEEDBACK = 600
MAX_COMMENTS = 1200
# JSON may escape control characters and lone surrogates; a database can keep neither.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def answer_schema(rubric: Rubric) -> dict[str, Any]:
    """The JSON schema (draft 2020-12 subset) of an answer for this rubric: exact names, order and grids.

    It covers what a transcript can show of the rubric, as the prompt does.
    """
    categories = rubric.observable.categories
    grids = list(dict.fromkeys(criterion.grid() for category in categories for criterion in category.criteria))
    sections = {category.name: _category_schema(category, grids) for category in categories}
    shared = {_grid_name(place): {"enum": [whole(value) for value in grid]} for place, grid in enumerate(grids)}
    return _closed({"sections": _closed(sections), "overallComments": _string(MAX_COMMENTS)}) | {"$defs": shared}


def parse_answer(text: str, rubric: Rubric) -> ScoredSpeech:
    """Accept an answer only if it is complete, inside its bounds and on its grid, and says nothing of other criteria.

    Raises:
        AnswerInvalid: ``answer_unreadable`` (no JSON, duplicate keys, NaN), ``answer_shape`` (missing or extra parts,
            another order) or ``answer_points`` (not a number, out of bounds or off the grid).
    """
    try:
        raw = json.loads(
            text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_float=_exact_number
        )
    except (ValueError, RecursionError) as error:
        raise AnswerInvalid("The model's answer is not JSON.") from error
    body = _exact(raw, ("sections", "overallComments"))
    categories = rubric.observable.categories
    stored = _exact(body["sections"], tuple(category.name for category in categories))
    sections = tuple(_section(category, stored[category.name]) for category in categories)
    return ScoredSpeech(sections, _text(body["overallComments"], MAX_COMMENTS))


def _category_schema(category: Category, grids: Sequence[tuple[float, ...]]) -> dict[str, Any]:
    points = {c.name: {"$ref": f"#/$defs/{_grid_name(grids.index(c.grid()))}"} for c in category.criteria}
    return _closed({"feedback": _string(MAX_FEEDBACK), "points": _closed(points)})


def _grid_name(place: int) -> str:
    return f"grid{place}"


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _string(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


def _section(category: Category, raw: object) -> SectionScore:
    entry = _exact(raw, ("feedback", "points"))
    given = _exact(entry["points"], tuple(criterion.name for criterion in category.criteria))
    points = tuple((criterion.name, _points(criterion, given[criterion.name])) for criterion in category.criteria)
    return SectionScore(category.name, _text(entry["feedback"], MAX_FEEDBACK), points)


def _exact(raw: object, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or tuple(raw) != names:
        raise AnswerInvalid("The model's answer does not have the rubric's parts.", code="answer_shape")
    return raw


def _points(criterion: Criterion, raw: object) -> float:
    if not isinstance(raw, bool) and isinstance(raw, int | Decimal):
        # As written, not as rounded: 3.49999999999999999 is not on a grid of halves.
        for value in criterion.grid():
            if raw == Decimal(str(value)):
                return value
    raise AnswerInvalid("The model gave points that the rubric does not allow.", code="answer_points")


def _text(raw: object, longest: int) -> str:
    if not isinstance(raw, str) or len(raw) > longest:
        raise AnswerInvalid("The model's answer does not have the rubric's parts.", code="answer_shape")
    return _UNSTORABLE.sub(" ", raw).strip()


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _exact_number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("the exponent is beyond any number") from error


def _refuse_constant(name: str) -> Never:
    raise ValueError(name)
