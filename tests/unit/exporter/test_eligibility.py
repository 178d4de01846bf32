"""Every reason why an evaluation may not teach."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.eligibility import exclusion_reason, obstacles, student_decision

YES = {"type": "llm_training", "given": True, "at": "2026-01-10T10:00:00+00:00"}
NO = {"type": "llm_training", "given": False, "at": "2026-02-10T10:00:00.5+00:00"}
DELETED = {"deleted_locally_at": "2026-03-01T00:00:00+00:00"}
TYPES = ("llm_training", "data_collection")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"evaluation": None}, "evaluation_gone"),
        ({"consent": [YES, NO]}, "student_consent_refused"),
        ({"consent": [YES, NO | {"type": "data_collection"}]}, "student_consent_refused"),
        ({"consent": [NO, YES | {"at": "2026-05-01T00:00:00+00:00"}]}, None),
        ({"consent": []}, "student_consent_missing"),
        ({"consent": [YES | {"at": "infinity"}]}, "consent_unreadable"),
        ({"consent": [YES, NO | {"type": None}]}, "consent_unreadable"),
        ({"consent": [YES, {"type": "research", "given": False, "at": "infinity"}]}, None),
        ({"consent": [YES | {"at": "infinity"}, NO | {"type": "data_collection"}]}, "student_consent_refused"),
        ({"consent": [YES | {"given": "true"}]}, "student_consent_refused"),
        ({"consent_types": ["other"]}, "student_consent_missing"),
        ({"consent_types": None}, "student_consent_missing"),
        ({"consent": None}, "student_consent_missing"),
        # The move dialogs of the app can write an id that is no enrolment's.
        ({"evaluation": {"student_id": "someone"}, "enrolment": None}, "enrolment_unknown"),
        ({"evaluation": {"course_id": None}, "course": None, "enrolment": {"course_id": None}}, "course_missing"),
        ({"instructor": {"llm_training_consent_given": False}}, "instructor_consent_missing"),
        ({"instructor": {"llm_training_consent_given": None}}, "instructor_consent_missing"),
        ({"instructor": None}, "instructor_unknown"),
        ({"course": None}, "course_missing"),
        ({"enrolment": None}, "enrolment_unknown"),
        ({"enrolment": {"course_id": "another"}}, "enrolment_unknown"),
        ({"evaluation": DELETED}, "evaluation_deleted"),
        ({"course": DELETED}, "course_deleted"),
        ({"enrolment": DELETED}, "enrolment_deleted"),
        ({"instructor": {"account_tier": "demo"}}, "demo_account"),
        ({"evaluation": {"ai_provider": " Demo "}}, "demo_provider"),
        ({"may_teach": False}, "consent_changed"),
        ({"may_teach": None}, "consent_changed"),
        # A refusal is what has to be acted on, whatever else holds.
        ({"consent": [NO], "evaluation": DELETED}, "student_consent_refused"),
        ({"consent": [], "course": DELETED}, "student_consent_missing"),
    ],
)
def test_each_exclusion_has_its_reason(make_row: Any, changes: dict[str, Any], reason: str | None) -> None:
    assert exclusion_reason(make_row(**changes)) == reason


def test_of_two_decisions_at_the_same_time_the_no_stands() -> None:
    at = "2026-01-10T10:00:00+00:00"
    forms = [{"type": "llm_training", "given": given, "at": at} for given in (True, False, True)]
    assert student_decision(forms, TYPES) == "refused"


def test_every_obstacle_is_known_and_not_only_the_first(make_row: Any) -> None:
    row = make_row(consent=[NO], course=DELETED, evaluation={"ai_provider": "demo"})
    assert obstacles(row) == ["student_consent_refused", "course_deleted", "demo_provider"]


forms = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(TYPES),
            "given": st.booleans(),
            "at": st.none() | st.integers(0, 5).map(lambda day: f"2026-01-0{day + 1}T00:00:00+00:00"),
        }
    ),
    max_size=6,
)


@given(forms, st.randoms())
def test_the_decision_does_not_depend_on_the_order_of_the_forms(consent: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(consent, len(consent))
    assert student_decision(shuffled, TYPES) == student_decision(consent, TYPES)


@given(forms)
def test_a_later_no_always_wins(consent: list[dict[str, Any]]) -> None:
    assert student_decision([*consent, NO | {"at": "2027-01-01T00:00:00+00:00"}], TYPES) == "refused"
