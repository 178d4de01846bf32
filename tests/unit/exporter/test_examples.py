"""From a row to an example or a reason, on good rows and on any JSON."""

import json
from dataclasses import replace
from typing import Any

import pytest
from speechgrade_exporter.examples import settle
from speechgrade_exporter.lines import Example
from speechgrade_exporter.redaction import shortened
from speechgrade_shared.answer import MAX_FEEDBACK, parse_answer
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.subject import Split

NAMES = ("noor", "haddad", "mateo", "alvarez", "okonkwo", "miriam", "student.example", "n202600100")

UNMATCHED = {
    "Content": {
        "score": 0,
        "subcategories": [{"name": n, "points": 0, "maxPoints": 0, "grade": "C"} for n in ("Sources", "Order")],
    },
    "Delivery": {"score": 4, "maxScore": 5},
}


def test_a_consented_human_grading_becomes_an_example(make_row: Any, rules: Any) -> None:
    settlement = settle(make_row(), rules)
    assert (settlement.status, settlement.reason, settlement.provenance) == ("included", None, "human_authored")
    assert settlement.example is not None
    line = json.loads(settlement.example.line())
    assert [message["role"] for message in line["messages"]] == ["system", "user", "assistant"]
    answer = json.loads(line["messages"][2]["content"])
    assert answer["sections"]["Content"]["points"] == {"Sources": 4, "Order": 3.5}
    assert answer["sections"]["Content"]["feedback"] == "Well done, [STUDENT_FIRST_NAME]."
    assert "max 5" in line["messages"][0]["content"]


def test_nothing_of_it_names_anybody(make_row: Any, rules: Any) -> None:
    item = settle(make_row(), rules).as_item(1)
    text = json.dumps({key: value for key, value in item.items() if key != "evaluation_id"}).casefold()
    assert not [name for name in NAMES if name in text]
    assert "60000000" not in text
    assert "[student_first_name]" in text
    assert "[peer_name]" in text


def test_the_target_is_an_answer_that_would_be_accepted(make_row: Any, rules: Any) -> None:
    example = settle(make_row(), rules).example
    assert example is not None
    line = json.loads(example.line())
    rubric = parse_rubric(line["rubric"])
    assert parse_answer(line["messages"][2]["content"], rubric) == example.taught_scores


def test_a_stored_row_gives_the_same_bytes(make_row: Any, rules: Any) -> None:
    item = settle(make_row(), rules).as_item(1)
    # jsonb keeps the values of an object and forgets the order of its keys.
    stored = json.loads(json.dumps(item, sort_keys=True))
    assert Example.from_row(stored).content_sha256() == item["content_sha256"]


def test_a_person_keeps_the_split_that_is_frozen(make_row: Any, rules: Any) -> None:
    for split in Split:
        assert settle(make_row(person={"split": split}), rules).split is split


def test_who_was_erased_stays_away_and_a_speech_of_nobody_is_left_out(make_row: Any, rules: Any) -> None:
    assert settle(make_row(person={"erased": True}), rules).reason == "subject_erased"
    assert settle(make_row(person=None), rules).reason == "enrolment_unknown"


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"sections": {}}, "excluded", "sections_missing"),
        ({"sections": {"Delivery": {"score": 4}}}, "quarantined", "sections_incomplete"),
        ({"sections": "text"}, "quarantined", "sections_unreadable"),
        ({"sections": {"Content": {"score": 0}, "Delivery": {"score": 0}}}, "quarantined", "sections_fabricated"),
        ({"sections": UNMATCHED}, "quarantined", "sections_fabricated"),
        ({"edited": False, "provider": "qwen"}, "excluded", "provenance_ai_only"),
        ({"speechTime": "0:01"}, "excluded", "transcript_implausible"),
        ({"rubric_structure": {"categories": [7]}}, "quarantined", "rubric_unreadable"),
    ],
)
def test_what_cannot_teach_says_why(graded: Any, rules: Any, changes: dict[str, Any], status: str, reason: str) -> None:
    settlement = settle(graded(**changes), rules)
    assert (settlement.status, settlement.reason) == (status, reason)
    assert settlement.example is None


@pytest.mark.parametrize(
    ("stored", "status", "reason"),
    [
        (None, "excluded", "evaluation_data_missing"),
        ("", "excluded", "evaluation_data_missing"),
        ("{", "quarantined", "evaluation_data_malformed"),
        ([1], "quarantined", "evaluation_data_malformed"),
        ("[" * 5000, "quarantined", "evaluation_data_malformed"),
    ],
)
def test_unreadable_data_is_kept_apart(make_row: Any, rules: Any, stored: Any, status: str, reason: str) -> None:
    settlement = settle(make_row(evaluation={"evaluation_data": stored}), rules)
    assert (settlement.status, settlement.reason) == (status, reason)


def test_no_rubric_anywhere_is_a_reason(graded: Any, rules: Any) -> None:
    row = graded(rubric_structure=None, sections={"Delivery": {"score": 4}}) | {"rubric": None}
    assert settle(row, rules).reason == "rubric_missing"


def test_data_may_be_a_json_string(make_row: Any, rules: Any) -> None:
    row = make_row()
    text = json.dumps(row["evaluation"]["evaluation_data"])
    as_string = make_row(evaluation={"evaluation_data": text})
    assert settle(as_string, rules).example == settle(row, rules).example


def test_what_no_database_can_store_is_taken_out(graded: Any, rules: Any) -> None:
    row = graded(overallComments="Good\x00 work\ud800.")
    row["evaluation"]["evaluation_data"] = json.dumps(row["evaluation"]["evaluation_data"])
    example = settle(row, rules).example
    assert example is not None
    assert example.scored.overall_comments == "Good work."


def test_an_invisible_character_hides_no_name(make_row: Any, rules: Any) -> None:
    row = make_row()
    hidden = row["evaluation"]["transcript"].replace("Haddad", "Had\u200bdad")
    example = settle(make_row(evaluation={"transcript": hidden}), rules).example
    assert example is not None
    assert "dad" not in example.transcript


def test_a_name_in_the_rubric_is_quarantined(make_row: Any, rules: Any) -> None:
    row = make_row(rubric={"name": "Okonkwo's rubric"})
    settlement = settle(row, rules)
    assert settlement.status == "quarantined"
    assert str(settlement.reason).startswith("leak_")


def test_markers_are_kept_only_when_asked_for_and_never_in_the_line(graded: Any, rules: Any) -> None:
    from dataclasses import replace

    row = graded(timeline_markers=[{"id": "m_1", "seconds": 83, "note": "Noor looks down", "severity": "minor"}, 5])
    row["evaluation"]["evaluation_data"]["timeline_markers"].append({"timestamp": "1:02:03", "note": ""})
    plain, marked = settle(row, rules), settle(row, replace(rules, with_markers=True))
    assert plain.markers is None
    assert marked.markers == [
        {"seconds": 83, "severity": "minor", "note": "[STUDENT_FIRST_NAME] looks down"},
        {"timestamp": "1:02:03", "seconds": 3723, "note": ""},
    ]
    assert plain.example == marked.example


def test_a_long_comment_ends_with_a_whole_sentence() -> None:
    text = "This sentence has six words in it. " * 40
    cut = shortened(text, MAX_FEEDBACK)
    assert len(cut) <= MAX_FEEDBACK
    assert cut.endswith("in it.")
    assert len(shortened("x" * 2000, MAX_FEEDBACK)) == MAX_FEEDBACK


def test_excluded_rows_carry_no_text(graded: Any, rules: Any) -> None:
    item = settle(graded(provider="qwen"), rules).as_item(3)
    assert {key for key, value in item.items() if value is not None} == {
        "evaluation_id",
        "generation",
        "status",
        "exclusion_reason",
        "subject_hash",
        "provenance",
    }


class Everybody:
    """A model for names that has heard of one."""

    def find(self, text: str) -> list[tuple[int, int]]:
        place = text.find("bees")
        return [(place, place + 4)] if place >= 0 else []


def test_a_model_for_names_is_asked_and_named_in_the_version(make_row: Any, rules: Any) -> None:
    seen = replace(rules, name_finder=Everybody(), anonymizer_version="a+model")
    item = settle(make_row(), seen).as_item(1)
    assert "[PERSON_NAME]" in item["anonymized_transcript"]
    assert item["anonymizer_version"] == "a+model"
