"""Thousands of engine outputs against a judge of our own and jsonschema: none invalid is taken, none valid refused.

``SPEECHGRADE_JUDGED_ANSWERS`` says how many.
"""

import json
import os
import random
from collections import Counter

import jsonschema
import pytest
from speechgrade_scorer.engines.provider import Completion
from speechgrade_scorer.scoring.scorer import accepted_answer
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.rubric import Rubric, parse_rubric

from .strict_answer import Points, exact, points_if_valid
from .wrong_answers import WAYS, right_tree, some_rubric

ANSWERS = int(os.environ.get("SPEECHGRADE_JUDGED_ANSWERS", "10000"))
PER_RUBRIC = 50
UNFINISHED = ("length", "abort", "tool_calls", "content_filter", "None", "", "STOP", "stop ")


def test_no_invalid_answer_is_taken_and_no_valid_one_refused() -> None:
    chance = random.Random(5)
    seen: Counter[tuple[str, bool]] = Counter()
    for number in range(ANSWERS):
        if number % PER_RUBRIC == 0:
            rubric = some_rubric(chance)
            schema = jsonschema.Draft202012Validator(answer_schema(rubric))
        way = WAYS[number % len(WAYS)]
        text = way(right_tree(rubric, chance), chance)
        expected = points_if_valid(text, rubric)
        assert taken(text, "stop", rubric) == expected, (way.__name__, text)
        seen[way.__name__, expected is not None] += 1
        if expected is not None:
            assert schema.is_valid(json.loads(text)), text
            assert taken(text, chance.choice(UNFINISHED), rubric) is None
    assert sum(count for (_, valid), count in seen.items() if valid) > ANSWERS / 8
    assert all(seen[way.__name__, False] for way in WAYS if way.__name__ not in ("written_otherwise", "equal_number"))


def taken(text: str, finish_reason: str, rubric: Rubric) -> Points | None:
    try:
        scored = accepted_answer(Completion("m", text, finish_reason, 1, 1), rubric)
    except AnswerInvalid:
        return None
    return [(section.name, name, points) for section in scored.sections for name, points in section.points]


@pytest.mark.parametrize("written", ["0.1", "1e-1", "10E-2", "0.10", "1.0e-1", "0.0001e3"])
def test_the_judge_knows_a_number_in_every_writing(written: str) -> None:
    assert exact(written) == exact("0.1")
    assert exact("-" + written) != exact("0.1")


def test_a_zero_below_zero_is_zero() -> None:
    rubric = parse_rubric({"categories": [{"name": "A", "points": 1}]})
    points = taken('{"sections":{"A":{"feedback":"","points":{"A":-0.0}}},"overallComments":""}', "stop", rubric)
    assert str(points) == "[('A', 'A', 0.0)]"
