"""Who made a label, from the traces that the app leaves."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.edit_screen import Difference
from speechgrade_exporter.provenance import Evidence, Provenance, trace_label
from speechgrade_exporter.stored_data import read_grading


def evidence(evaluation: dict[str, Any], data: dict[str, Any], own: Any = None, **more: Any) -> Evidence:
    return trace_label(evaluation, read_grading(data), own, **more)


def classify(evaluation: dict[str, Any], data: dict[str, Any], own: Any = None, **more: Any) -> Provenance:
    return evidence(evaluation, data, own, **more).provenance


def sections(sources: float = 4, order: float = 3.5, letters: str = "BC", maximum: float = 5) -> dict[str, Any]:
    return {
        "Content": {
            "score": sources + order,
            "feedback": "A fine talk about tea.",
            "subcategories": [
                {"name": "Sources", "points": sources, "maxPoints": maximum, "grade": letters[0]},
                {"name": "Order", "points": order, "maxPoints": maximum, "grade": letters[1]},
            ],
        }
    }


def edited(now: dict[str, Any], original: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    kept = {} if original is None else {"model_output_original": {"sections": original, "timeline_markers": []}}
    return {"sections": now, "edited": True, **kept, **more}


@pytest.mark.parametrize("provider", [None, "", "manual", " Instructor "])
def test_a_grading_without_a_model_is_the_instructors(provider: str | None) -> None:
    assert classify({"ai_provider": provider}, {"sections": sections()}) is Provenance.HUMAN_AUTHORED


@pytest.mark.parametrize("provider", ["qwen", "gemini", "gpt4o", "claude", "finetuned", "something_new", "unknown"])
def test_what_a_model_gave_and_nobody_touched_is_not_a_label(provider: str) -> None:
    data = {"sections": sections(), "edited": False, "model_output_original": {"sections": sections()}}
    assert classify({"ai_provider": provider}, data) is Provenance.AI_ONLY
    assert classify({"ai_provider": provider}, {"sections": sections(), "edited": True}) is Provenance.AI_ONLY


def test_a_hidden_model_is_known_by_its_kept_output() -> None:
    data = {"sections": sections(), "model_output_original": {"sections": sections()}}
    assert classify({"ai_provider": "unknown"}, data) is Provenance.AI_ONLY


def test_points_changed_by_a_person_are_a_label() -> None:
    assert classify({"ai_provider": "qwen"}, edited(sections(4.5), sections(3))) is Provenance.HUMAN_CHANGED


def test_a_letter_changed_in_the_edit_screen_is_a_label() -> None:
    data = edited(sections(5, 3.5, "AC"), sections(4, 3.5, "BC"))
    assert classify({"ai_provider": "qwen"}, data) is Provenance.HUMAN_CHANGED


@pytest.mark.parametrize(
    ("before", "letter", "after"), [(2.25, "B", 2.1), (0, "", 0.8), (1.9, "", 0.8), (2.5, "B", 2.13)]
)
def test_points_that_the_edit_screen_rewrote_are_an_artefact(before: float, letter: str, after: float) -> None:
    original, now = sections(before, 2.5, "XA", 2.5), sections(after, 2.5, "XA", 2.5)
    for scores in (original, now):
        scores["Content"]["subcategories"][0]["grade"] = letter
    assert classify({"ai_provider": "qwen"}, edited(now, original)) is Provenance.ARTEFACT


def test_saving_without_a_change_confirms() -> None:
    assert classify({"ai_provider": "qwen"}, edited(sections(), sections())) is Provenance.HUMAN_CONFIRMED


def test_the_output_kept_of_another_evaluation_proves_nothing() -> None:
    foreign = {"Structure": sections()["Content"]}
    assert classify({"ai_provider": "qwen"}, edited(sections(), foreign)) is Provenance.AI_ONLY


def test_who_counts_as_a_person_is_a_choice() -> None:
    data = {"sections": sections()}
    assert classify({"ai_provider": "unknown"}, data, human_providers=frozenset({"unknown"})) == "human_authored"
    assert classify({"ai_provider": None}, data, human_providers=frozenset({"manual"})) == "ai_only"


def test_points_that_nobody_gave_spoil_what_a_person_changed() -> None:
    """Without a letter, the edit screen shows an F and saves its points, whatever else is changed beside it."""
    original = sections(1.9, 2, "BC", 2.5)
    now = sections(1.9, 0.8, "AC", 2.5)
    now["Content"]["subcategories"][0]["points"] = 2.5
    assert classify({"ai_provider": "qwen"}, edited(now, original)) is Provenance.HUMAN_CHANGED
    for scores in (original, now):
        scores["Content"]["subcategories"][1]["grade"] = ""
    found = evidence({"ai_provider": "qwen"}, edited(now, original))
    assert found.provenance is Provenance.ARTEFACT
    assert set(found.differences.values()) == {Difference.CHANGED, Difference.UNGRADED}


def test_fractions_cut_off_by_the_dialog_are_an_artefact() -> None:
    assert classify({"ai_provider": "qwen"}, edited(sections(4, 3), sections(4, 3.5))) is Provenance.ARTEFACT
    # The dialog would have cut the other fraction of the section too.
    changed = edited(sections(4, 2.5), sections(4.5, 2.5))
    assert classify({"ai_provider": "qwen"}, changed) is Provenance.HUMAN_CHANGED


def with_comment(scores: dict[str, Any], comment: str) -> dict[str, Any]:
    return {"Content": scores["Content"] | {"feedback": comment}}


@pytest.mark.parametrize(
    "foreign",
    [
        with_comment(sections(2, 2), "Your bees were lovely."),
        with_comment(sections(2, 2, maximum=10), "A fine talk about tea."),
        with_comment(sections(7, 2), "A fine talk about tea."),
        with_comment(sections(2, 2), ""),
    ],
    ids=["another comment", "other maxima", "more points than there are", "no comment"],
)
def test_the_output_kept_of_another_speech_with_the_same_rubric_proves_nothing(foreign: dict[str, Any]) -> None:
    now = with_comment(sections(), "A fine talk about tea.")
    found = evidence({"ai_provider": "qwen"}, edited(now, foreign))
    assert (found.provenance, found.kept_output_is_foreign) == (Provenance.AI_ONLY, True)
    own = with_comment(sections(2, 2), "A fine  talk about tea.")
    assert classify({"ai_provider": "qwen"}, edited(now, own)) is Provenance.HUMAN_CHANGED


def test_a_log_that_fits_ties_a_speech_whose_every_comment_was_rewritten() -> None:
    given = with_comment(sections(2, 3, "CC"), "The model's words.")
    now = with_comment(sections(4, 3.5, "BC"), "The instructor's words.")
    assert classify(SAVED, edited(now, given)) is Provenance.AI_ONLY
    found = evidence(SAVED, edited(now, given, corrections=CORRECTIONS))
    assert (found.provenance, found.kept_output_is_foreign) == (Provenance.HUMAN_CHANGED, False)
    assert set(found.differences.values()) == {Difference.CHANGED}


CORRECTIONS = [
    {
        "field": "Content.Sources.points",
        "ai_value": "3",
        "instructor_value": 4,
        "timestamp": "2026-02-02T10:00:00.000Z",
    },
    {"field": "content.order.points", "ai_value": 3, "instructor_value": "3.5", "timestamp": "2026-02-02T10:01:00Z"},
    {"timestamp": "2026-02-02T10:02:00Z", "instructor_id": "x", "changes": {"sections": {}}, "reason": ""},
    {"field": "timeline_marker_added", "timestamp": "2026-02-02T10:02:00Z"},
    "no entry",
]
SAVED = {"ai_provider": "qwen", "created_at": "2026-02-03T00:00:00+00:00"}


def test_corrections_that_stand_are_a_label() -> None:
    found = evidence(SAVED, edited(sections(), None, corrections=CORRECTIONS))
    assert found.provenance is Provenance.HUMAN_CHANGED
    assert found.corrected == ("content.order.points", "content.sources.points")


@pytest.mark.parametrize("change", [{"instructor_value": 2}, {"ai_value": 4}, {"field": "Other.Sources.points"}])
def test_a_log_that_does_not_fit_is_that_of_another_evaluation(change: dict[str, Any]) -> None:
    log = [CORRECTIONS[0] | change, *CORRECTIONS[1:]]
    assert classify(SAVED, edited(sections(), None, corrections=log)) is Provenance.AI_ONLY


def test_one_correction_that_stands_may_be_chance_unless_it_was_made_on_this_very_row() -> None:
    data = edited(sections(), None, corrections=CORRECTIONS[:1])
    assert classify(SAVED, data) is Provenance.AI_ONLY
    for saved_at in ("2026-02-02T09:00:00+00:00", "2026-02-02T12:00:00+02:00"):
        assert classify(SAVED | {"created_at": saved_at}, data) is Provenance.HUMAN_CHANGED
    assert classify({"ai_provider": "qwen"}, data) is Provenance.AI_ONLY


def test_one_correction_counts_where_it_is_all_that_differs_from_the_models_output() -> None:
    """With the comments rewritten nothing else ties the output to the speech; of three criteria two agree."""
    voice = {"Voice": {"score": 4, "maxScore": 5, "feedback": "Rewritten."}}
    now = with_comment(sections(), "Rewritten too.") | voice
    given = sections(3) | {"Voice": voice["Voice"] | {"feedback": "As the model had it."}}
    log = CORRECTIONS[:1]
    assert classify(SAVED, edited(now, given, corrections=log)) is Provenance.HUMAN_CHANGED
    elsewhere = sections(3, 2) | {"Voice": given["Voice"]}
    assert classify(SAVED, edited(now, elsewhere, corrections=log)) is Provenance.AI_ONLY
    of_another = sections(2) | {"Voice": given["Voice"]}
    assert classify(SAVED, edited(now, of_another, corrections=log)) is Provenance.AI_ONLY


def test_a_log_that_doubled_at_every_save_says_what_it_said_before() -> None:
    first = CORRECTIONS[0] | {"instructor_value": 1, "timestamp": "2026-02-01T10:00:00Z"}
    doubled = [*CORRECTIONS, first] * 4000
    assert len(evidence(SAVED, edited(sections(), None, corrections=doubled)).corrected) == 2


def test_a_name_that_could_be_two_criteria_is_none() -> None:
    item = {"points": 4, "maxPoints": 5, "grade": "B"}
    now = {"A": {"subcategories": [item | {"name": "B.C"}]}, "A.B": {"subcategories": [item | {"name": "C"}]}}
    log = [CORRECTIONS[0] | {"field": "A.B.C.points"}]
    assert classify(SAVED | {"created_at": "2026-01-01"}, edited(now, None, corrections=log)) is Provenance.AI_ONLY


def test_a_section_without_criteria_can_be_corrected_as_a_whole() -> None:
    now = {"Delivery": {"score": 4, "maxScore": 5}}
    log = [CORRECTIONS[0] | {"field": "Delivery_total_score"}]
    found = evidence(SAVED | {"created_at": "2026-01-01"}, edited(now, None, corrections=log))
    assert found.corrected == ("delivery_total_score",)


def test_our_own_score_never_comes_back_as_a_label() -> None:
    scored = {"ai_provider": None, "model_used": "base@1+sg-0+r1"}
    canonical = {"Content": {"feedback": "", "points": {"Sources": 4, "Order": 3.5}}}
    assert classify(scored, {"sections": sections()}, [canonical]) is Provenance.AI_ONLY
    assert classify(scored, {"sections": sections()}, []) is Provenance.AI_ONLY
    assert classify(scored, {"sections": sections()}, ["unreadable"]) is Provenance.AI_ONLY


def test_a_grading_that_was_there_before_our_score_stays_the_instructors() -> None:
    scored = {"ai_provider": None, "model_used": "base@1+sg-0+r1"}
    canonical = {"Content": {"feedback": "", "points": {"Sources": 1, "Order": 3.5}}}
    assert classify(scored, {"sections": sections()}, [canonical]) is Provenance.HUMAN_AUTHORED


def test_our_own_score_saved_again_is_no_label_until_a_person_changes_it() -> None:
    scored = {"ai_provider": "finetuned", "model_used": "base@1+sg-0+r1"}
    canonical = {"Content": {"feedback": "", "points": {"Sources": 4, "Order": 3.5}}}
    given = sections(4, 3.5, "BC")
    assert classify(scored, edited(given, given), [canonical]) is Provenance.AI_ONLY
    assert classify(scored, edited(given, given), []) is Provenance.AI_ONLY
    snapped = sections(4.25, 3.75, "BC")
    assert classify(scored, edited(snapped, given), [canonical]) is Provenance.ARTEFACT
    assert classify(scored | {"ai_provider": None}, edited(snapped, None), [canonical]) is Provenance.ARTEFACT
    changed = sections(2, 3.75, "FC")
    assert classify(scored, edited(changed, given), [canonical]) is Provenance.HUMAN_CHANGED
    assert classify(scored, edited(changed, given), []) is Provenance.HUMAN_CHANGED


def test_our_own_score_of_a_category_without_criteria_is_known_too() -> None:
    scored = {"ai_provider": "manual", "model_used": "base@1+sg-0+r1"}
    canonical = {"Time": {"feedback": "", "points": {"Time": 4}}}
    assert classify(scored, {"sections": {"time": {"score": 4}}}, [canonical]) is Provenance.AI_ONLY
    assert classify(scored, {"sections": {"time": {"score": 3}}}, [canonical]) is Provenance.HUMAN_AUTHORED


def test_letters_that_agree_with_our_score_do_not_make_a_persons_grading_ours() -> None:
    scored = {"ai_provider": "manual", "model_used": "base@1+sg-0+r1"}
    canonical = {"Content": {"feedback": "", "points": {"Sources": 4, "Order": 3.5}}}
    by_letter = {"sections": sections(4.25, 3.75, "BC"), "edited": False}
    assert classify(scored, by_letter, [canonical]) is Provenance.HUMAN_AUTHORED


def test_demo_rows_are_synthetic() -> None:
    assert classify({"ai_provider": "demo"}, {"sections": sections()}) is Provenance.SYNTHETIC


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, json_values, json_values, json_values)
def test_anything_gets_a_provenance(now: Any, kept: Any, corrections: Any, own: Any) -> None:
    data = {"sections": now, "model_output_original": kept, "corrections": corrections, "edited": True}
    for evaluation in ({"ai_provider": own}, {"model_used": "x", "created_at": own}):
        assert classify(evaluation, copy.deepcopy(data), [own]) in Provenance
