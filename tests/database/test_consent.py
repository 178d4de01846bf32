"""Invariant 1 in the database: what may teach a model, decided by the latest word of everybody who has one."""

import pytest

from .conftest import School


def test_a_consenting_student_and_instructor_may_teach(school: School) -> None:
    assert school.may_teach()


@pytest.mark.parametrize(
    "change",
    [
        "update public.evaluations set deleted_locally_at = now()",
        "update public.courses set deleted_locally_at = now()",
        "update public.course_students set deleted_locally_at = now()",
        "update public.user_profiles set llm_training_consent_given = false",
        "update public.user_profiles set account_tier = 'demo'",
        "update public.evaluations set ai_provider = 'demo'",
        "update public.evaluations set student_id = null",
        "update public.evaluations set course_id = null",
        "update public.consent_forms set consent_given = false",
        "update public.consent_forms set consent_given = null",
        "update public.consent_forms set consent_type = 'newsletter'",
        "delete from public.consent_forms",
    ],
)
def test_anything_less_may_not(school: School, change: str) -> None:
    school.db.execute(change)
    assert not school.may_teach()


def test_the_latest_decision_wins(school: School) -> None:
    school.decide(given=False, at="2026-02-01")
    assert not school.may_teach()
    school.decide(given=True, at="2026-03-01")
    assert school.may_teach()


def test_a_no_wins_on_equal_times(school: School) -> None:
    school.decide(given=False)
    assert not school.may_teach()


def test_a_no_of_one_type_is_not_overruled_by_a_yes_of_another(school: School) -> None:
    school.decide(given=False, kind="data_collection", at="2025-01-01")
    assert not school.may_teach()


def test_the_types_that_count_are_policy(school: School) -> None:
    school.db.execute("update llm.policy set consent_types = '{data_collection}'")
    assert not school.may_teach()
    school.decide(given=True, kind="data_collection")
    assert school.may_teach()


def test_a_decision_of_another_course_does_not_count(school: School) -> None:
    school.db.execute(
        "with c as (insert into public.courses (instructor_id, name) values (%s, 'Other') returning id)"
        " update public.consent_forms set course_id = (select id from c)",
        (school.instructor,),
    )
    assert not school.may_teach()
