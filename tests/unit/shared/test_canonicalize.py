"""Stored scores in any of the app's shapes become canonical ones, or say why they cannot."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.canonicalize import canonical_scores, parse_evaluation_data
from speechgrade_shared.errors import SectionsUnreadable
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, from_dict, to_app_shape

from .strategies import JSON, rubrics, scored

RUBRIC = parse_rubric(
    {
        "categories": [
            {"name": "Content", "subcategories": [{"name": "Hook", "points": 5}, {"name": "Support", "points": 5}]},
            {"name": "Time", "points": 10},
        ]
    }
)


def data(content: object, time: object = None) -> dict[str, Any]:
    return {"sections": {"Content": content, "Time": time or {"score": 8}}, "overallComments": " Well done. "}


def content(hook: object = 4, support: object = 3) -> dict[str, Any]:
    items = [{"name": "Support", "points": support}, {"name": " hook ", "points": hook}]
    return {"score": 1, "feedback": "Clear.", "subcategories": items}


def test_names_are_matched_without_case_and_space_and_put_in_the_rubrics_order() -> None:
    result = canonical_scores(data(content()), RUBRIC)
    assert result.sections[0].points == (("Hook", 4.0), ("Support", 3.0))
    assert result.sections[1].points == (("Time", 8.0),)
    assert result.overall_comments == "Well done."


def test_sums_come_from_the_points_and_not_from_the_stored_score() -> None:
    assert canonical_scores(data(content()), RUBRIC).sections[0].total == 7


def test_criteria_under_feedback_and_points_as_strings_are_read() -> None:
    old = {"feedback": [{"name": "Hook", "points": "4", "feedback": "Good."}, {"name": "Support", "points": "2.27"}]}
    section = canonical_scores(data(old), RUBRIC).sections[0]
    assert section.points == (("Hook", 4.0), ("Support", 2.5))
    assert section.feedback == "Good."


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ({"sections": {}}, "sections_missing"),
        ({"sections": {"Time": {"score": 1}}}, "sections_incomplete"),
        ({"sections": "text"}, "sections_unreadable"),
        ({"sections": [1]}, "sections_unreadable"),
        ({"sections": {"Content": content(), "content ": content(hook=1)}}, "sections_duplicate"),
        (data({"subcategories": [{"name": "Hook", "points": p} for p in (1, 2)]}), "sections_duplicate"),
        (data({"subcategories": [{"name": "Hook", "points": 1}]}), "sections_incomplete"),
        (data(content(hook=None)), "points_unreadable"),
        (data(content(hook="NaN")), "points_unreadable"),
        (data(content(hook=True)), "points_unreadable"),
        (data(content(hook=6)), "points_out_of_bounds"),
        (data(content(hook=-1)), "points_out_of_bounds"),
    ],
)
def test_scores_that_cannot_be_read_say_why(stored: dict[str, Any], code: str) -> None:
    with pytest.raises(SectionsUnreadable) as caught:
        canonical_scores(stored, RUBRIC)
    assert caught.value.code == code


@pytest.mark.parametrize("raw", [None, "", "nonsense", "[1]", 7, "[" * 100_000])
def test_data_that_is_no_object_says_so(raw: object) -> None:
    with pytest.raises(SectionsUnreadable):
        parse_evaluation_data(raw)


def test_what_was_stored_twice_alike_counts_once() -> None:
    twice = content() | {"subcategories": content()["subcategories"] * 2}
    stored = {"sections": {"Content": twice, "content ": twice, "Time": {"score": 8}}}
    assert canonical_scores(stored, RUBRIC).sections[0].points == (("Hook", 4.0), ("Support", 3.0))


def test_an_object_and_its_json_string_are_the_same_however_often_it_was_encoded() -> None:
    stored = data(content())
    once = json.dumps(stored)
    assert parse_evaluation_data(once) == stored
    assert parse_evaluation_data(json.dumps(once)) == stored
    encoded = stored | {"sections": json.dumps(stored["sections"])}
    assert canonical_scores(encoded, RUBRIC) == canonical_scores(stored, RUBRIC)


@given(JSON, rubrics())
def test_nothing_but_our_own_error_comes_out_of_any_json(raw: Any, rubric: Rubric) -> None:
    sections = {category.name: raw for category in rubric.categories}
    for candidate in (raw, {"sections": raw}, {"sections": sections}):
        try:
            canonical_scores(parse_evaluation_data(candidate), rubric)
        except SectionsUnreadable as error:
            assert error.code


@given(st.data())
def test_what_the_app_would_store_of_our_score_reads_back_to_it(data: st.DataObject) -> None:
    rubric = data.draw(rubrics())
    speech: ScoredSpeech = data.draw(scored(rubric))
    shape = json.loads(json.dumps(to_app_shape(speech, rubric)))
    back = canonical_scores(shape, rubric)
    assert [section.points for section in back.sections] == [section.points for section in speech.sections]
    assert shape["totalScore"] == pytest.approx(speech.total)


@given(st.data())
def test_canonical_json_survives_a_store_that_forgets_the_order(data: st.DataObject) -> None:
    rubric = data.draw(rubrics())
    speech: ScoredSpeech = data.draw(scored(rubric))
    assert from_dict(json.loads(json.dumps(speech.as_dict(), sort_keys=True)), rubric) == speech
