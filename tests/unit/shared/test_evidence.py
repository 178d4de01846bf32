"""What a transcript cannot show is neither asked for nor answered, and never becomes a number."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.answer import answer_schema, parse_answer
from speechgrade_shared.canonicalize import canonical_scores
from speechgrade_shared.errors import AnswerInvalid, RubricInvalid
from speechgrade_shared.evidence import Medium, listed_medium, marked_medium
from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, from_dict, to_app_shape

from .strategies import rubrics, scored

SCALE = {"A": {"min": 90, "label": "Great"}, "B": {"min": 75, "label": "Good"}, "C": {"min": 50, "label": "Fair"}}
RAW: dict[str, Any] = {
    "name": "Persuasive",
    "gradeScale": SCALE,
    "categories": [
        {"name": "Content", "subcategories": [{"name": "Hook", "points": 4}, {"name": "Proof", "points": 4}]},
        {"name": "Delivery", "subcategories": [{"name": "Eye contact", "points": 5}, {"name": "Wording", "points": 2}]},
        {"name": "Vocal delivery", "subcategories": [{"name": "Warmth", "points": 5}]},
        {"name": "Visual aids", "points": 10},
    ],
}
RUBRIC = parse_rubric(RAW)
ANSWER = {
    "sections": {
        "Content": {"feedback": "Clear.", "points": {"Hook": 3, "Proof": 4}},
        "Delivery": {"feedback": "Plain words.", "points": {"Wording": 1}},
    },
    "overallComments": "Well done.",
}


def media(raw: dict[str, Any]) -> dict[str, str]:
    return {c.name: str(c.evidence) for category in parse_rubric(raw).categories for c in category.criteria}


@pytest.mark.parametrize(
    ("name", "medium"),
    [
        ("Eye contact", Medium.VIDEO),
        ("  EYE-CONTACT ", Medium.VIDEO),
        ("Maintains eye contact with the audience", Medium.VIDEO),
        ("Posture", Medium.VIDEO),
        ("Use of gestures", Medium.VIDEO),
        ("Facial Expressions", Medium.VIDEO),
        ("Delivery", Medium.VIDEO),
        ("Appearance", Medium.VIDEO),
        ("Visual aid", Medium.VIDEO),
        ("Volume", Medium.AUDIO),
        ("Pace / Volume", Medium.AUDIO),
        ("Rate, pitch and volume", Medium.AUDIO),
        ("Vocal variety, rate & fluency", Medium.AUDIO),
        ("Volume and posture", Medium.VIDEO),
        ("Vocal Delivery", Medium.AUDIO),
    ],
)
def test_names_that_mean_what_is_seen_or_heard_are_listed(name: str, medium: Medium) -> None:
    assert listed_medium(name, "Anything") is medium


@pytest.mark.parametrize(
    "name",
    [
        *("Organization", "Content", "Language", "Word choice", "Time", "Time limit", "Transitions", "Filler words"),
        *("Confidence", "Presentation of evidence", "Volume of sources", "The pace of the argument", "Tone"),
        *("Addresses the audience", "Rates of change", "Delivery of a clear thesis", "Eye", "Contact", "and", "&", ""),
    ],
)
def test_names_that_may_mean_words_are_not(name: str) -> None:
    assert listed_medium(name, "Delivery") is Medium.TRANSCRIPT


def test_a_category_decides_for_its_criteria_only_where_its_name_can_mean_nothing_else() -> None:
    assert listed_medium("Warmth", "Vocal delivery") is Medium.AUDIO
    assert listed_medium("Relevance", "Visual aids") is Medium.VIDEO
    assert listed_medium("Wording", "Delivery") is Medium.TRANSCRIPT
    assert listed_medium("Wording", "Verbal and nonverbal delivery") is Medium.TRANSCRIPT


def test_the_rubric_says_it_better_than_the_list_and_the_criterion_better_than_its_category() -> None:
    raw = {
        "totalPoints": 8,
        "categories": [
            {
                "name": "Delivery",
                "evidence": "audio",
                "subcategories": ["Warmth", {"name": "Wording", "evidence": " Transcript "}],
            },
            {"name": "Voice", "evidence": "AUDIO"},
            {"name": "Volume", "evidence": "transcript"},
        ],
    }
    assert media(raw) == {"Warmth": "audio", "Wording": "transcript", "Voice": "audio", "Volume": "transcript"}


@pytest.mark.parametrize("mark", [None, "", "smell", 7, ["video"], {"video": True}, "video audio"])
def test_an_unknown_mark_is_none(mark: object) -> None:
    assert marked_medium(mark) is None
    raw = {"totalPoints": 4, "categories": [{"name": "Posture", "evidence": mark}, {"name": "Hook", "evidence": mark}]}
    assert media(raw) == {"Posture": "video", "Hook": "transcript"}


def test_what_is_left_of_a_rubric_is_in_its_order_and_what_is_not_says_why() -> None:
    left = {category.name: [c.name for c in category.criteria] for category in RUBRIC.observable.categories}
    assert left == {"Content": ["Hook", "Proof"], "Delivery": ["Wording"]}
    assert RUBRIC.observable.max_points == 10
    assert [tuple(item.as_dict().values()) for item in RUBRIC.not_scored] == [
        ("Delivery", "Eye contact", "needs_video"),
        ("Vocal delivery", "Warmth", "needs_audio"),
        ("Visual aids", "Visual aids", "needs_video"),
    ]


def test_a_rubric_of_which_words_show_nothing_is_refused() -> None:
    rubric = parse_rubric({"totalPoints": 9, "categories": ["Posture", "Volume"]})
    assert not rubric.is_observable
    for use in (lambda: rubric.observable, lambda: answer_schema(rubric), lambda: render_messages(rubric, "Hello.")):
        with pytest.raises(RubricInvalid) as caught:
            use()
        assert caught.value.code == "rubric_not_observable"


def test_prompt_and_grammar_know_nothing_of_the_rest() -> None:
    asked = render_messages(RUBRIC, "Hello.")[0].content + json.dumps(answer_schema(RUBRIC))
    assert "Hook" in asked
    assert not [name for name in ("Eye contact", "Warmth", "Visual aids") if name in asked]
    assert "Delivery (max 2)" in asked
    assert render_messages(RUBRIC, "Hello.") == render_messages(RUBRIC.observable, "Hello.")


def test_an_answer_about_the_rest_is_not_accepted() -> None:
    assert parse_answer(json.dumps(ANSWER), RUBRIC).total == 8
    invented = json.loads(json.dumps(ANSWER))
    invented["sections"]["Delivery"]["points"]["Eye contact"] = 5
    with pytest.raises(AnswerInvalid) as caught:
        parse_answer(json.dumps(invented), RUBRIC)
    assert caught.value.code == "answer_shape"


def test_the_apps_shape_is_complete_and_its_sums_and_letters_are_of_what_was_scored() -> None:
    shape = to_app_shape(parse_answer(json.dumps(ANSWER), RUBRIC), RUBRIC)
    assert list(shape["sections"]) == ["Content", "Delivery", "Vocal delivery", "Visual aids"]
    delivery, voice, aids = (shape["sections"][name] for name in ("Delivery", "Vocal delivery", "Visual aids"))
    assert delivery["subcategories"] == [
        {
            "name": "Eye contact",
            "points": None,
            "maxPoints": 5,
            "grade": "N/A",
            "gradeLabel": "Not scored",
            "notScored": "needs_video",
        },
        {"name": "Wording", "points": 1, "maxPoints": 2, "grade": "C", "gradeLabel": "Fair"},
    ]
    assert (delivery["score"], delivery["maxScore"], delivery["feedback"]) == (1, 2, "Plain words.")
    assert (voice["score"], voice["maxScore"], voice["notScored"]) == (None, 0, "needs_audio")
    assert voice["feedback"] == "Not scored from the words of the speech: it has to be heard."
    assert [item["points"] for item in voice["subcategories"]] == [None]
    assert (aids["score"], aids["subcategories"], aids["notScored"]) == (None, [], "needs_video")
    assert (shape["totalScore"], shape["maxScore"], shape["percentage"], shape["letterGrade"]) == (8, 10, "80.0", "B")
    assert shape["notScored"] == [item.as_dict() for item in RUBRIC.not_scored]


def test_what_a_person_gave_for_the_rest_counts_and_what_nobody_gave_stays_absent() -> None:
    stored = to_app_shape(parse_answer(json.dumps(ANSWER), RUBRIC), RUBRIC)
    stored["sections"]["Delivery"]["subcategories"][0]["points"] = 4
    del stored["sections"]["Visual aids"]
    whole = canonical_scores(stored, RUBRIC)
    assert dict(whole.sections[1].points) == {"Eye contact": 4, "Wording": 1}
    assert [section.name for section in whole.sections] == ["Content", "Delivery"]
    shape = to_app_shape(whole, RUBRIC)
    assert (shape["totalScore"], shape["maxScore"]) == (12, 15)
    assert [item["criterion"] for item in shape["notScored"]] == ["Warmth", "Visual aids"]
    assert from_dict(json.loads(json.dumps(whole.as_dict(), sort_keys=True)), RUBRIC) == whole


@st.composite
def marked_rubrics(draw: st.DrawFn) -> Rubric:
    """Any rubric with any marks, at least one of them the words."""
    raw = draw(rubrics()).as_dict()
    marks = st.sampled_from(["transcript", "video", "audio"])
    parts = [part for category in raw["categories"] for part in (category["subcategories"] or [category])]
    for part in parts:
        part["evidence"] = draw(marks)
    draw(st.sampled_from(parts))["evidence"] = "transcript"
    return parse_rubric(raw)


@given(marked_rubrics())
def test_marks_read_back_and_the_rest_of_the_rest_is_nothing(rubric: Rubric) -> None:
    assert parse_rubric(rubric.as_dict()) == rubric
    observable = rubric.observable
    assert observable.observable == observable
    assert not observable.not_scored
    assert parse_rubric(observable.as_dict()) == observable
    everything = sum(len(category.criteria) for category in rubric.categories)
    assert sum(len(category.criteria) for category in observable.categories) + len(rubric.not_scored) == everything


@given(st.data())
def test_for_any_rubric_the_shape_is_complete_and_holds_no_invented_number(data: st.DataObject) -> None:
    rubric: Rubric = data.draw(marked_rubrics())
    given_by_model: ScoredSpeech = data.draw(scored(rubric)).within(rubric.observable)
    text = render_answer(given_by_model)
    jsonschema.validate(json.loads(text), answer_schema(rubric))
    assert parse_answer(text, rubric) == given_by_model
    shape = to_app_shape(given_by_model, rubric)
    assert list(shape["sections"]) == [category.name for category in rubric.categories]
    assert shape["totalScore"] == given_by_model.total
    assert shape["maxScore"] == rubric.observable.max_points
    for category in rubric.categories:
        section = shape["sections"][category.name]
        assert section["feedback"]
        assert section["maxScore"] == sum(c.max_points for c in category.observable_criteria)
        assert (section["score"] is None) == (not category.observable_criteria) == ("notScored" in section)
        shown = [] if category.implicit else category.criteria
        for criterion, item in zip(shown, section["subcategories"], strict=True):
            assert item["name"] == criterion.name
            assert (item["points"] is None) == (not criterion.is_observable) == ("notScored" in item)
    assert canonical_scores(shape, rubric).within(rubric).sections[0].points == given_by_model.sections[0].points
