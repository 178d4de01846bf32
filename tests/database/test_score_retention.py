"""Scores go when they have outlived the operator's limit, or when their evaluation is deleted; nothing else goes."""

import uuid

import psycopg
import pytest
from psycopg.types.json import Jsonb

from .conftest import School, as_role
from .test_scores import accept, accepted, end, settle


def given(school: School, days: int, **changes: object) -> str:
    """A score that ended so many days ago."""
    score_id = accepted(school, **changes)
    settle(school, end(score_id))
    age(school, score_id, days)
    return score_id


def age(school: School, score_id: str, days: int) -> None:
    # Ended scores do not change, so their trigger looks away for a moment.
    school.db.execute("alter table llm.scores disable trigger keep_ended_score")
    school.db.execute(
        "update llm.scores set ended_at = now() - make_interval(days => %s), created_at = now() - make_interval(days => %s)"
        " where id = %s",
        (days, days, score_id),
    )
    school.db.execute("alter table llm.scores enable trigger keep_ended_score")


def remove(school: School, days: int | None, most: int = 100) -> dict[str, int]:
    assert school.one("select llm.acquire_lease('publisher', 'w1', 60)")
    return dict(school.one("select llm.remove_scores('w1', %s, %s)", days, most))


def left(school: School) -> set[str]:
    return {str(row["id"]) for row in school.db.execute("select id from llm.scores")}


def settle_as_gone(school: School, days: int) -> None:
    """The exporter has seen so many days ago that the evaluation is not there."""
    school.db.execute(
        "insert into llm.training_data (evaluation_id, status, exclusion_reason, settled_at)"
        " values (%s, 'excluded', 'evaluation_gone', now() - make_interval(days => %s))"
        " on conflict (evaluation_id) do update set settled_at = excluded.settled_at",
        (school.evaluation, days),
    )


def test_what_is_too_old_goes_and_the_app_still_says_what_scored(school: School) -> None:
    old, young = given(school, 31), given(school, 29)
    assert remove(school, 30) == {"outlived": 1, "orphaned": 0}
    assert left(school) == {young} != {old}
    assert school.one("select model_used from public.evaluations") == "base@1+sg-1+r1"


def test_without_a_limit_no_score_of_a_living_evaluation_goes(school: School) -> None:
    kept = given(school, 4000)
    assert remove(school, None) == {"outlived": 0, "orphaned": 0}
    assert left(school) == {kept}


def test_what_waits_or_is_worked_on_stays_however_old_it_is(school: School) -> None:
    waiting, running = accepted(school, leased_by=None), accepted(school)
    school.db.execute("update llm.scores set created_at = now() - interval '400 days'")
    school.db.execute("delete from public.evaluations")
    settle_as_gone(school, 400)
    assert remove(school, 1) == {"outlived": 0, "orphaned": 0}
    assert left(school) == {waiting, running}


def test_a_few_at_a_time_and_the_oldest_first(school: School) -> None:
    scores = [given(school, days) for days in (40, 60, 50)]
    assert remove(school, 30, most=2) == {"outlived": 2, "orphaned": 0}
    assert left(school) == {scores[0]}
    assert remove(school, 30, most=2) == {"outlived": 1, "orphaned": 0}
    assert remove(school, 30, most=2) == {"outlived": 0, "orphaned": 0}


def test_each_removal_is_in_the_audit_log_and_a_look_that_finds_nothing_is_not(school: School) -> None:
    given(school, 31)
    for _ in range(2):
        remove(school, 30)
    kept = school.db.execute("select actor, details from llm.audit_log where action = 'remove_scores'").fetchall()
    assert kept == [{"actor": "w1", "details": {"keep_days": 30, "outlived": 1, "orphaned": 0}}]


def test_a_key_of_a_removed_score_is_a_new_key(school: School) -> None:
    given(school, 31, idempotency_key="k")
    assert accept(school, idempotency_key="k")[1]["verdict"] == "stored"
    remove(school, 30)
    assert accept(school, idempotency_key="k", request_sha256="b")[1]["verdict"] == "accepted"


def test_a_batch_goes_as_a_whole_and_its_row_with_it(school: School) -> None:
    order = {"id": str(uuid.uuid4()), "requested_by": "user:1", "request_sha256": "a", "patience_s": 600}
    ids = [str(school.evaluation)] + [another(school) for _ in range(2)]
    school.one("select llm.accept_batch(%s)", Jsonb(order | {"evaluation_ids": ids, "course_id": None}))
    claimed = [row["id"] for row in school.one("select llm.claim_scores('s', 9, 30)")["claimed"]]
    for score_id in claimed[:2]:
        settle(school, end(score_id), "s")
        age(school, score_id, 40)
    assert remove(school, 30)["outlived"] == 0
    settle(school, end(claimed[2]), "s")
    age(school, claimed[2], 29)
    assert remove(school, 30)["outlived"] == 0
    age(school, claimed[2], 31)
    assert remove(school, 30, most=2)["outlived"] == 2
    assert school.one("select count(*) from llm.score_batches") == 1
    assert remove(school, 30, most=2)["outlived"] == 1
    assert school.one("select count(*) from llm.score_batches") == 0


def another(school: School) -> str:
    evaluation = uuid.uuid4()
    school.db.execute(
        "insert into public.evaluations (id, instructor_id, student_id, course_id, rubric_id, transcript, evaluation_data)"
        " values (%s, %s, %s, %s, %s, 'hello', '{}')",
        (evaluation, school.instructor, school.student, school.course, school.rubric),
    )
    return str(evaluation)


def test_what_was_said_of_a_deleted_evaluation_goes_after_a_day_without_any_limit(school: School) -> None:
    score_id = given(school, 2)
    school.db.execute("delete from public.evaluations where id = %s", (school.evaluation,))
    settle_as_gone(school, 0)
    assert remove(school, None) == {"outlived": 0, "orphaned": 0}
    assert left(school) == {score_id}
    settle_as_gone(school, 2)
    assert remove(school, None) == {"outlived": 0, "orphaned": 1}
    assert left(school) == set()


def test_a_score_that_ended_just_now_is_there_for_whoever_asks_what_became_of_it(school: School) -> None:
    score_id = accepted(school)
    school.db.execute("delete from public.evaluations where id = %s", (school.evaluation,))
    settle(school, end(score_id))
    settle_as_gone(school, 2)
    assert remove(school, None)["orphaned"] == 0
    assert school.one("select llm.stored_score(%s)", uuid.UUID(score_id))["reason"] == "evaluation_gone"


def test_hiding_an_evaluation_in_the_app_removes_no_score(school: School) -> None:
    score_id = given(school, 2)
    school.db.execute("update public.evaluations set deleted_locally_at = now() - interval '90 days'")
    settle_as_gone(school, 2)
    assert remove(school, None) == {"outlived": 0, "orphaned": 0}
    assert left(school) == {score_id}


@pytest.mark.parametrize("days", [0, -1])
def test_no_limit_is_shorter_than_a_day(school: School, days: int) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        remove(school, days)


def test_only_whoever_sweeps_removes(school: School) -> None:
    score_id = given(school, 400)
    with pytest.raises(psycopg.errors.LockNotAvailable), school.db.transaction():
        school.db.execute("select llm.remove_scores('somebody', 30, 100)")
    as_role(school.db, "service_role")
    assert remove(school, 30)["outlived"] == 1
    school.db.execute("reset role")
    assert score_id not in left(school)
