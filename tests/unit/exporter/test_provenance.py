"""Who made a label, from the traces that the app leaves."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.provenance import Provenance, classify


def sections(sources: float = 4, order: float = 3.5, letters: str = "BC", maximum: float = 5) -> dict[str, Any]:
    return {
        "Content": {
            "score": sources + order,
            "subcategories": [
                {"name": "Sources", "points": sources, "maxPoints": maximum, "grade": letters[0]},
                {"name": "Order", "points": order, "maxPoints": maximum, "grade": letters[1]},
            ],
        }
    }


def edited(now: dict[str, Any], original: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    kept = {} if original is None else {"model_output_original": {"sections": original, "timeline_markers": []}}
    return {"sections": now, "edited": True, **kept, **more}


@pytest.mark.parametrize("provider", [None, "", "unknown", "manual"])
def test_a_grading_without_a_model_is_the_instructors(provider: str | None) -> None:
    assert classify({"ai_provider": provider}, {"sections": sections()}) is Provenance.HUMAN_AUTHORED


@pytest.mark.parametrize("provider", ["qwen", "gemini", "gpt4o", "claude", "finetuned", "something_new"])
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


def test_a_correction_that_stands_is_a_label() -> None:
    correction = {"field": "Content.Sources.points", "ai_value": "3", "instructor_value": 4, "reason": ""}
    assert (
        classify({"ai_provider": "qwen"}, edited(sections(), None, corrections=[correction]))
        is Provenance.HUMAN_CHANGED
    )
    for other in ({"instructor_value": 2}, {"ai_value": 4}, {"field": "Other.Sources.points"}):
        data = edited(sections(), None, corrections=[correction | other])
        assert classify({"ai_provider": "qwen"}, data) is Provenance.AI_ONLY


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
    assert classify({"ai_provider": own}, copy.deepcopy(data), [own]) in Provenance
