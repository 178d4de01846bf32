"""Whatever an engine says, only an answer that fits the rubric becomes a score."""

import json
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from speechgrade_scorer.engines.provider import Completion
from speechgrade_scorer.scoring.scorer import accepted_answer
from speechgrade_shared.answer import MAX_COMMENTS, MAX_FEEDBACK, answer_schema
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import to_app_shape

NAMES = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12).filter(lambda n: n.strip())
POINTS = st.sampled_from([0.5, 1, 2, 2.5, 4, 5, 7.25, 10])


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    def unique(most: int) -> list[str]:
        return draw(st.lists(NAMES, min_size=1, max_size=most, unique_by=lambda n: " ".join(n.split()).casefold()))

    categories = []
    for name in unique(3):
        subcategories = [{"name": n, "points": draw(POINTS)} for n in unique(3)] if draw(st.booleans()) else []
        categories.append({"name": name, "points": draw(POINTS), "subcategories": subcategories})
    return parse_rubric({"categories": categories, "pointStep": draw(st.sampled_from([0.25, 0.5, 1.0]))})


@st.composite
def good_answers(draw: st.DrawFn, rubric: Rubric) -> dict[str, Any]:
    sections = {
        category.name: {
            "feedback": draw(st.text(max_size=20)),
            "points": {c.name: draw(st.sampled_from(c.grid())) for c in category.criteria},
        }
        for category in rubric.categories
    }
    return {"sections": sections, "overallComments": draw(st.text(max_size=20))}


@st.composite
def mutated(draw: st.DrawFn, answer: dict[str, Any]) -> str:  # noqa: C901
    """An answer after one change at a random place; some changes leave it right."""
    body = json.loads(json.dumps(answer))
    section = body["sections"][draw(st.sampled_from(sorted(body["sections"])))]
    criterion = draw(st.sampled_from(sorted(section["points"])))
    noise = st.one_of(
        st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5), st.just([]), st.just({})
    )
    match draw(st.integers(0, 7)):
        case 0:
            section["points"][criterion] = draw(noise)
        case 1:
            del section["points"][criterion]
        case 2:
            section["points"]["extra"] = 1
        case 3:
            section["feedback"] = draw(noise)
        case 4:
            body["sections"] = draw(noise)
        case 5:
            body["overallComments"] = "x" * draw(st.integers(MAX_COMMENTS - 1, MAX_COMMENTS + 2))
        case 6:
            section["feedback"] = "x" * draw(st.integers(MAX_FEEDBACK - 1, MAX_FEEDBACK + 2))
        case 7:
            text = json.dumps(body)
            return text[: draw(st.integers(0, len(text)))] + draw(st.sampled_from(["", "}", "{", '"']))
    return json.dumps(body)


def completion(text: str, finish_reason: str = "stop") -> Completion:
    return Completion("m", text, finish_reason, 1, 1)


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_accepted_answer_is_one_that_its_schema_accepts(data: st.DataObject) -> None:
    rubric = data.draw(rubrics())
    text = data.draw(mutated(data.draw(good_answers(rubric))))
    try:
        scored = accepted_answer(completion(text), rubric)
    except AnswerInvalid:
        return
    jsonschema.validate(json.loads(text), answer_schema(rubric))
    for category, section in zip(rubric.categories, scored.sections, strict=True):
        for criterion, (name, points) in zip(category.criteria, section.points, strict=True):
            assert name == criterion.name
            assert points in criterion.grid()


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_right_answer_becomes_a_complete_score_with_true_sums(data: st.DataObject) -> None:
    rubric = data.draw(rubrics())
    answer = data.draw(good_answers(rubric))
    shape = to_app_shape(accepted_answer(completion(json.dumps(answer)), rubric), rubric)
    assert list(shape["sections"]) == [category.name for category in rubric.categories]
    given_points = [p for section in answer["sections"].values() for p in section["points"].values()]
    assert math.isclose(shape["totalScore"], sum(given_points), abs_tol=1e-3)
    json.dumps(shape, ensure_ascii=False).encode("utf-8")
    assert all(section["feedback"] for section in shape["sections"].values())


@given(st.text(max_size=60))
@settings(deadline=None)
def test_arbitrary_text_is_never_a_score(text: str) -> None:
    rubric = parse_rubric({"categories": [{"name": "A", "points": 1}]})
    with pytest.raises(AnswerInvalid):
        accepted_answer(completion(text), rubric)


@pytest.mark.parametrize("reason", ["length", "abort", "content_filter", "None", ""])
def test_an_unfinished_answer_is_not_looked_at(reason: str) -> None:
    rubric = parse_rubric({"categories": [{"name": "A", "points": 1}]})
    right = json.dumps({"sections": {"A": {"feedback": "", "points": {"A": 1}}}, "overallComments": ""})
    assert accepted_answer(completion(right), rubric)
    with pytest.raises(AnswerInvalid):
        accepted_answer(completion(right, reason), rubric)


def test_what_a_database_cannot_keep_is_taken_from_the_prose() -> None:
    rubric = parse_rubric({"categories": [{"name": "A", "points": 1}]})
    text = '{"sections":{"A":{"feedback":"a\\u0000b\\ud800c","points":{"A":1}}},"overallComments":"\\u0007 d"}'
    scored = accepted_answer(completion(text), rubric)
    assert (scored.sections[0].feedback, scored.overall_comments) == ("a b c", "d")
