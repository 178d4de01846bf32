"""No answer outside the rubric is ever accepted, and every answer inside it is."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.answer import answer_schema, parse_answer
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.prompt import render_answer
from speechgrade_shared.rubric import Rubric, parse_rubric

from .strategies import JSON, rubrics, scored

RUBRIC = parse_rubric({"categories": [{"name": "Content", "subcategories": [{"name": "Hook", "points": 5}]}]})


def answer(points: str = "4", feedback: str = '"ok"', extra: str = "") -> str:
    body = f'{{"feedback":{feedback},"points":{{"Hook":{points}}}{extra}}}'
    return f'{{"sections":{{"Content":{body}}},"overallComments":"Fine."}}'


def test_a_good_answer_is_accepted() -> None:
    assert parse_answer(answer("3.5"), RUBRIC).sections[0].points == (("Hook", 3.5),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "answer_unreadable"),
        (answer()[:-3], "answer_unreadable"),
        (answer("NaN"), "answer_unreadable"),
        (answer("4", extra=',"points":{"Hook":5}'), "answer_unreadable"),
        (answer("[" * 100_000), "answer_unreadable"),
        ("[]", "answer_shape"),
        (answer(extra=',"score":4'), "answer_shape"),
        (answer(feedback="7"), "answer_shape"),
        (answer(feedback=json.dumps("x" * 601)), "answer_shape"),
        (answer('"4"'), "answer_points"),
        (answer("true"), "answer_points"),
        (answer("5.5"), "answer_points"),
        (answer("-1"), "answer_points"),
        (answer("3.3"), "answer_points"),
        (answer("null"), "answer_points"),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(AnswerInvalid) as caught:
        parse_answer(text, RUBRIC)
    assert caught.value.code == code


def test_what_a_database_cannot_keep_becomes_a_space() -> None:
    speech = parse_answer(answer(feedback='"a\\u0000b\\ud800"'), RUBRIC)
    assert speech.sections[0].feedback == "a b"


@given(st.data())
def test_every_rendered_score_is_in_its_schema_and_reads_back(data: st.DataObject) -> None:
    rubric: Rubric = data.draw(rubrics())
    speech = data.draw(scored(rubric))
    text = render_answer(speech)
    jsonschema.validate(json.loads(text), answer_schema(rubric))
    assert parse_answer(text, rubric) == speech


@given(st.data())
def test_what_is_accepted_is_in_the_schema(data: st.DataObject) -> None:
    rubric: Rubric = data.draw(rubrics())
    body: dict[str, Any] = data.draw(scored(rubric)).as_dict()
    category = data.draw(st.sampled_from([c.name for c in rubric.categories]))
    place = data.draw(st.sampled_from(["sections", "section", "points", "feedback"]))
    junk = data.draw(JSON)
    if place == "sections":
        body["sections"] = junk
    elif place == "section":
        body["sections"][category] = junk
    else:
        body["sections"][category][place] = junk
    try:
        parse_answer(json.dumps(body), rubric)
    except AnswerInvalid:
        return
    jsonschema.validate(body, answer_schema(rubric))
