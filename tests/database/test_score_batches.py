"""A course is scored as a batch: each evaluation once, with progress, and cancelled as far as it has not begun."""

import uuid
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from .conftest import School

WORKER = "scorer-one"


def order(school: School, **changes: object) -> dict[str, Any]:
    body = {
        "id": str(uuid.uuid4()),
        "course_id": str(school.course),
        "requested_by": "user:1",
        "request_sha256": "a",
        "patience_s": 600,
    }
    return dict(school.one("select llm.accept_batch(%s)", Jsonb(body | changes)))


def progress(school: School, batch_id: str) -> dict[str, Any]:
    return dict(school.one("select llm.batch_progress(%s)", uuid.UUID(batch_id)))


@pytest.fixture
def evaluations(school: School) -> list[str]:
    """Three evaluations with a transcript; of the course, one more has none and one is deleted."""
    for transcript, deleted in (("two", False), ("three", False), ("  ", False), ("four", True)):
        school.db.execute(
            "insert into public.evaluations (id, instructor_id, student_id, course_id, rubric_id, transcript, evaluation_data,"
            " deleted_locally_at) values (%s, %s, %s, %s, %s, %s, '{}', case when %s then now() end)",
            (uuid.uuid4(), school.instructor, school.student, school.course, school.rubric, transcript, deleted),
        )
    rows = school.db.execute(
        "select id::text from public.evaluations where btrim(transcript) <> '' and deleted_locally_at is null order by id"
    )
    return [row["id"] for row in rows.fetchall()]


def test_a_batch_holds_every_speech_of_the_course_once(school: School, evaluations: list[str]) -> None:
    answer = order(school)["progress"]
    assert (answer["total"], answer["queued"], answer["is_done"]) == (3, 3, False)
    assert [row["evaluation_id"] for row in answer["scores"]] == evaluations


def test_a_batch_of_named_evaluations_holds_those(school: School, evaluations: list[str]) -> None:
    named = [evaluations[0], evaluations[0], evaluations[2]]
    answer = order(school, course_id=None, evaluation_ids=named)["progress"]
    assert [row["evaluation_id"] for row in answer["scores"]] == [evaluations[0], evaluations[2]]


@pytest.mark.usefixtures("evaluations")
def test_the_same_key_is_the_same_batch(school: School) -> None:
    first, second = (order(school, idempotency_key="k") for _ in range(2))
    assert first == second
    assert order(school, idempotency_key="k", request_sha256="b") == {"verdict": "conflict"}
    assert school.one("select count(*) from llm.scores") == 3


def test_nothing_to_score_is_no_batch(school: School) -> None:
    assert order(school, course_id=str(uuid.uuid4())) == {"verdict": "course_unknown"}
    school.db.execute("update public.evaluations set transcript = null")
    assert order(school) == {"verdict": "batch_empty"}
    assert school.one("select llm.batch_progress(%s)", uuid.uuid4()) is None


@pytest.mark.usefixtures("evaluations")
def test_cancelling_takes_back_what_has_not_begun(school: School) -> None:
    batch = order(school)["progress"]["batch_id"]
    [begun] = school.one("select llm.claim_scores(%s, 1, 30)", WORKER)["claimed"]
    school.one("select llm.cancel_batch(%s, 'user:1')", uuid.UUID(batch))
    answer = progress(school, batch)
    assert (answer["cancelled"], answer["running"], answer["is_done"], answer["is_cancelled"]) == (2, 1, False, True)
    end = {"id": begun["id"], "status": "unscored", "reason": "answer_shape", "problem": {}}
    school.one("select llm.settle_score(%s, %s, true)", Jsonb(end), WORKER)
    answer = progress(school, batch)
    assert (answer["unscored"], answer["is_done"]) == (1, True)
    assert school.one("select llm.claim_scores(%s, 9, 30)", WORKER)["claimed"] == []


def test_the_scores_of_a_batch_keep_the_trace_of_whoever_ordered_it(school: School) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    order(school, traceparent=traceparent)
    claimed = school.one("select llm.claim_scores(%s, 99, 30)", WORKER)["claimed"]
    assert {row["traceparent"] for row in claimed} == {traceparent}
