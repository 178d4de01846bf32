"""What a transcript cannot show is kept as the instructor graded it, and never taught or taken for a judgement."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from speechgrade_exporter.examples import decide, settle
from speechgrade_exporter.explanation import maxima
from speechgrade_exporter.lines import Example
from speechgrade_exporter.rubric_source import resolve_rubric
from speechgrade_exporter.shards import Line
from speechgrade_exporter.stored_data import read_grading
from speechgrade_shared.answer import parse_answer
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.sections import to_app_shape

CATEGORIES: list[dict[str, Any]] = [
    {"name": "Content", "subcategories": [{"name": "Sources", "points": 5}, {"name": "Order", "points": 5}]},
    {"name": "Delivery", "subcategories": [{"name": "Eye contact", "points": 5}, {"name": "Wording", "points": 5}]},
    {"name": "Volume", "points": 5, "subcategories": []},
]
RUBRIC = parse_rubric({"categories": CATEGORIES})
STRUCTURE = {"categories": CATEGORIES, "totalPoints": 25}
ANSWER = {
    "sections": {
        "Content": {"feedback": "A talk about bees.", "points": {"Sources": 4, "Order": 3}},
        "Delivery": {"feedback": "Plain.", "points": {"Wording": 2}},
    },
    "overallComments": "Fine.",
}


def graded_in_full() -> dict[str, Any]:
    """As an instructor grades who was there."""
    sections = app_sections()
    sections["Delivery"]["subcategories"][0] |= {"points": 1, "grade": "F"}
    sections["Volume"] = {"score": 2, "maxScore": 5, "feedback": "Too soft.", "subcategories": []}
    return sections


def app_sections() -> dict[str, Any]:
    """As the scorer gave it, from the words alone."""
    sections: dict[str, Any] = copy.deepcopy(to_app_shape(parse_answer(json.dumps(ANSWER), RUBRIC), RUBRIC)["sections"])
    return sections


def as_the_app_keeps_it() -> dict[str, Any]:
    """The same where a page has read null as zero."""
    sections = app_sections()
    sections["Delivery"]["subcategories"][0] |= {"points": 0, "grade": "F"}
    sections["Volume"] |= {"score": 0}
    return sections


@pytest.fixture
def row(graded: Any) -> Any:
    def make(sections: dict[str, Any], own: Any = None, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = graded(sections=sections, rubric_structure=STRUCTURE, **more)
        return made | {"rubric": None, "own_scores": [] if own is None else [own]}

    return make


def test_the_row_keeps_all_of_it_and_the_line_teaches_the_words(row: Any, rules: Any) -> None:
    settlement = settle(row(graded_in_full()), rules)
    assert (settlement.status, settlement.reason) == ("included", None)
    item = settlement.as_item(1)
    kept = item["sections"]["sections"]
    assert kept["Delivery"]["points"] == {"Eye contact": 1, "Wording": 2}
    assert kept["Volume"]["points"] == {"Volume": 2}
    assert len(item["rubric"]["categories"]) == 3
    example = Example.from_row(json.loads(json.dumps(item, sort_keys=True)))
    line = example.line().decode()
    assert not [name for name in ("Eye contact", "Volume", "Too soft") if name in line]
    taught = json.loads(line)
    answer = json.loads(taught["messages"][2]["content"])
    assert {name: section["points"] for name, section in answer["sections"].items()} == {
        "Content": {"Sources": 4, "Order": 3},
        "Delivery": {"Wording": 2},
    }
    assert parse_answer(taught["messages"][2]["content"], parse_rubric(taught["rubric"])) == example.taught_scores
    assert Line.of("e", example).share == 9 / 15


def test_remarks_about_it_are_not_taught_either(row: Any, rules: Any) -> None:
    sections = graded_in_full()
    sections["Content"]["feedback"] = "Two sources, both named. Hold eye contact! The 2.5 minutes on hives were clear."
    sections["Delivery"]["feedback"] = "Your volume dropped.\nNoor, the wording is plain."
    row_ = row(sections, overallComments="Great posture and gestures.")
    settlement = settle(row_, rules)
    assert settlement.example is not None
    content, delivery = settlement.example.taught_scores.sections
    assert content.feedback == "Two sources, both named. The 2.5 minutes on hives were clear."
    assert delivery.feedback == "[STUDENT_FIRST_NAME], the wording is plain."
    assert settlement.example.taught_scores.overall_comments == ""
    kept = settlement.as_item(1)["sections"]
    assert "eye contact" in kept["sections"]["Content"]["feedback"]


@pytest.mark.parametrize("sections", [app_sections(), as_the_app_keeps_it()])
def test_what_nobody_could_score_keeps_no_speech_out(row: Any, rules: Any, sections: dict[str, Any]) -> None:
    settlement = settle(row(sections), rules)
    assert settlement.status == "included"
    assert settlement.example is not None
    assert settlement.example.taught_scores.total == 9


def test_a_missing_score_of_the_words_still_does(row: Any, rules: Any) -> None:
    sections = graded_in_full()
    del sections["Delivery"]["subcategories"][1]
    assert settle(row(sections), rules).reason == "sections_incomplete"


def test_what_a_person_adds_out_of_sight_makes_no_label_of_a_models_scores(row: Any, rules: Any) -> None:
    """The eye contact is the instructor's; the points that would be taught are still the model's own."""
    own = ANSWER["sections"]
    added = graded_in_full()
    by_words = row(added, own, provider="finetuned", edited=True, model_used="base@1")
    assert settle(by_words, rules).reason == "provenance_ai_only"
    kept = {"model_output_original": {"sections": app_sections()}}
    by_app = row(added, provider="finetuned", edited=True, **kept)
    strict = replace(rules, trainable=frozenset({"human_changed"}))
    assert settle(by_app, strict).reason == "provenance_human_confirmed"
    log = [{"field": "Delivery.Eye contact.points", "ai_value": 0, "instructor_value": 1, "timestamp": "2030-01-01"}]
    by_log = row(added, provider="finetuned", edited=True, corrections=log)
    by_log["evaluation"]["created_at"] = "2026-01-01T00:00:00+00:00"
    assert settle(by_log, rules).reason == "provenance_ai_only"


def test_a_change_of_the_words_is_a_label(row: Any, rules: Any) -> None:
    changed = graded_in_full()
    changed["Content"]["subcategories"][1] |= {"points": 4.5, "grade": "A"}
    kept = {"model_output_original": {"sections": app_sections()}}
    by_app = row(changed, ANSWER["sections"], provider="finetuned", edited=True, model_used="base@1", **kept)
    settlement = settle(by_app, rules)
    assert (settlement.status, settlement.provenance) == ("included", "human_changed")


def test_a_rubric_of_which_words_show_nothing_is_left_out_with_its_reason(graded: Any, rules: Any) -> None:
    sections = {"Posture": {"score": 3, "maxScore": 5}, "Volume": {"score": 4, "maxScore": 5}}
    structure = {"categories": ["Posture", "Volume"], "totalPoints": 10}
    settlement = settle(graded(sections=sections, rubric_structure=structure) | {"rubric": None}, rules)
    assert (settlement.status, settlement.reason, settlement.example) == ("excluded", "rubric_not_observable", None)


def test_the_rubrics_own_word_counts_also_where_only_its_row_has_it() -> None:
    row = {"categories": [{"name": "Volume", "evidence": "transcript"}, {"name": "Warmth", "evidence": "audio"}]}
    grading = read_grading({"rubric_structure": {"categories": ["volume", "Warmth"], "totalPoints": 4}})
    rubric = resolve_rubric(row, grading)
    assert [str(category.criteria[0].evidence) for category in rubric.categories] == ["transcript", "audio"]


def test_one_score_for_what_was_said_and_seen_is_not_taught(row: Any, rules: Any) -> None:
    sections = graded_in_full() | {"Delivery": {"score": 6, "maxScore": 10, "feedback": "Good."}}
    settlement = settle(row(sections), rules)
    assert settlement.example is not None
    assert [section.name for section in settlement.example.taught_scores.sections] == ["Content"]


def test_a_person_is_told_what_is_not_taught(row: Any, rules: Any) -> None:
    told = {entry["criterion"]: entry["not_taught"] for entry in maxima(decide(row(graded_in_full()), rules))}
    assert told == {
        "Sources": None,
        "Order": None,
        "Eye contact": "needs_video",
        "Wording": None,
        "Volume": "needs_audio",
    }
