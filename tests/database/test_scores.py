"""A score and the name of its model are written together, once, and an absent score says why."""

import uuid
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from .conftest import School


def score(school: School, **changes: object) -> dict[str, Any]:
    body = {
        "id": str(uuid.uuid4()),
        "evaluation_id": str(school.evaluation),
        "status": "ok",
        "sections": {},
        "total_points": 4,
        "max_points": 5,
        "model_used": "base@1+sg-1+r1",
        "prompt_version": "r1",
        "attempts": 1,
        "latency_ms": 10,
        "requested_by": "scorer",
    }
    return body | changes


def record(school: School, body: dict[str, Any]) -> dict[str, Any]:
    return dict(school.one("select llm.record_score(%s)", Jsonb(body)))


def test_a_score_names_its_model_on_the_evaluation(school: School) -> None:
    assert record(school, score(school)) == {"recorded": True}
    assert school.one("select model_used from public.evaluations") == "base@1+sg-1+r1"
    assert school.one("select count(*) from llm.audit_log where action = 'score'") == 1


def test_saying_a_score_twice_keeps_one(school: School) -> None:
    body = score(school)
    record(school, body)
    record(school, body | {"model_used": "another"})
    assert school.one("select count(*) from llm.scores") == 1
    assert school.one("select model_used from public.evaluations") == "base@1+sg-1+r1"


def test_an_absent_score_says_why_and_names_no_model(school: School) -> None:
    empty = {"sections": None, "total_points": None, "model_used": None}
    record(school, score(school, status="unscored", reason="answer_shape", **empty))
    assert school.one("select model_used from public.evaluations") is None
    with pytest.raises(psycopg.errors.CheckViolation):
        record(school, score(school, status="unscored", **empty))


def test_a_score_without_sections_is_refused(school: School) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        record(school, score(school, sections=None))


def test_a_score_of_a_vanished_evaluation_is_not_kept(school: School) -> None:
    gone = score(school, evaluation_id=str(uuid.uuid4()))
    assert record(school, gone) == {"recorded": False, "reason": "evaluation_gone"}
    assert school.one("select count(*) from llm.scores") == 0
