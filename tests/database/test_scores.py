"""A score is kept before its work, worked on by one at a time, settled once with its model's name, and then never changes."""

import uuid
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from .conftest import School

WORKER = "scorer-one"
OTHER = "scorer-two"


def order(school: School, **changes: object) -> dict[str, Any]:
    body = {
        "id": str(uuid.uuid4()),
        "evaluation_id": str(school.evaluation),
        "requested_by": "user:1",
        "request_sha256": "a",
        "leased_by": WORKER,
        "lease_s": 30,
        "patience_s": 600,
    }
    return body | changes


def accept(school: School, **changes: object) -> tuple[str, dict[str, Any]]:
    body = order(school, **changes)
    return body["id"], dict(school.one("select llm.accept_score(%s)", Jsonb(body)))


def accepted(school: School, **changes: object) -> str:
    score_id, verdict = accept(school, **changes)
    assert verdict["verdict"] == "accepted"
    return score_id


def end(score_id: str, **changes: object) -> dict[str, Any]:
    body = {
        "id": score_id,
        "status": "ok",
        "rubric": {"categories": []},
        "sections": {"Content": {}},
        "total_points": 4,
        "max_points": 5,
        "model_used": "base@1+sg-1+r1",
        "prompt_version": "r1",
        "attempts": 1,
        "latency_ms": 10,
    }
    return body | changes


def absent(score_id: str) -> dict[str, Any]:
    return {
        "id": score_id,
        "status": "unscored",
        "reason": "answer_shape",
        "problem": {"code": "unscored"},
        "attempts": 3,
    }


def settle(school: School, body: dict[str, Any], worker: str = WORKER, *, keeps_key: bool = True) -> dict[str, Any]:
    return dict(school.one("select llm.settle_score(%s, %s, %s)", Jsonb(body), worker, keeps_key))


def claim(school: School, worker: str = OTHER, most: int = 10) -> list[str]:
    return [row["id"] for row in school.one("select llm.claim_scores(%s, %s, 30)", worker, most)["claimed"]]


@pytest.fixture
def adapter(school: School) -> str:
    """An approved adapter."""
    school.settle_included()
    school.publish()
    school.register()
    school.promote()
    return "e" * 64


def status(school: School, score_id: str) -> str:
    return str(school.one("select status from llm.scores where id = %s", score_id))


def forget_lease(school: School, score_id: str) -> None:
    school.db.execute("update llm.scores set lease_until = now() - interval '1 second' where id = %s", (score_id,))


def test_what_is_accepted_exists_before_any_work_and_brings_its_reading(school: School) -> None:
    score_id, verdict = accept(school)
    assert status(school, score_id) == "running"
    assert verdict["reading"]["evaluation_id"] == str(school.evaluation)
    assert verdict["reading"]["scopes"]["course"] == str(school.course)


def test_accepting_twice_accepts_once(school: School) -> None:
    body = order(school)
    for _ in range(2):
        assert school.one("select llm.accept_score(%s)", Jsonb(body))["verdict"] == "accepted"
    assert school.one("select count(*) from llm.scores") == 1


def test_an_unknown_or_deleted_evaluation_is_not_accepted(school: School) -> None:
    assert accept(school, evaluation_id=str(uuid.uuid4()))[1] == {"verdict": "evaluation_unknown"}
    school.db.execute("update public.evaluations set deleted_locally_at = now()")
    assert accept(school)[1] == {"verdict": "evaluation_unknown"}
    assert school.one("select count(*) from llm.scores") == 0


def test_a_key_is_in_flight_then_answers_the_same_and_conflicts_with_another_body(school: School) -> None:
    first = accepted(school, idempotency_key="k")
    assert accept(school, idempotency_key="k")[1] == {"verdict": "in_flight", "id": first}
    assert accept(school, idempotency_key="k", request_sha256="b")[1] == {"verdict": "conflict", "id": first}
    settle(school, end(first))
    kept = school.one("select to_jsonb(s) from llm.scores s where s.id = %s", uuid.UUID(first))
    assert accept(school, idempotency_key="k")[1] == {"verdict": "stored", "score": kept}
    assert accept(school, idempotency_key="k", requested_by="user:2")[1]["verdict"] == "accepted"


def test_a_passing_failure_gives_the_key_back(school: School) -> None:
    first = accepted(school, idempotency_key="k")
    settle(school, absent(first), keeps_key=False)
    assert accept(school, idempotency_key="k")[1]["verdict"] == "accepted"
    assert status(school, first) == "unscored"


def test_a_settled_score_names_its_model_on_the_evaluation(school: School) -> None:
    settled = settle(school, end(accepted(school)))
    assert settled == {"settled": True, "status": "ok", "reason": None}
    assert school.one("select model_used from public.evaluations") == "base@1+sg-1+r1"
    assert school.one("select count(*) from llm.audit_log where action = 'score'") == 1


def test_settling_twice_keeps_one_and_answers_the_same(school: School) -> None:
    body = end(accepted(school))
    assert settle(school, body) == settle(school, body)
    assert settle(school, body | {"sections": {}}) == {"settled": False, "reason": "lost"}
    assert school.one("select count(*) from llm.audit_log where action = 'score'") == 1


def test_an_absent_score_says_why_and_names_no_model(school: School) -> None:
    score_id = accepted(school)
    with pytest.raises(psycopg.errors.CheckViolation), school.db.transaction():
        settle(school, absent(score_id) | {"reason": None})
    settle(school, absent(score_id))
    assert school.one("select model_used from public.evaluations") is None


def test_a_score_without_sections_or_rubric_is_refused(school: School) -> None:
    for missing in ("sections", "rubric", "model_used", "total_points"):
        with pytest.raises(psycopg.errors.CheckViolation), school.db.transaction():
            settle(school, end(accepted(school), **{missing: None}))


def test_a_score_that_has_ended_never_changes(school: School) -> None:
    score_id = accepted(school)
    settle(school, end(score_id))
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        school.db.execute("update llm.scores set total_points = 5 where id = %s", (score_id,))


@pytest.mark.parametrize(
    "gone", ["delete from public.evaluations", "update public.evaluations set deleted_locally_at = now()"]
)
def test_an_evaluation_deleted_meanwhile_gets_no_score_and_says_so(school: School, gone: str) -> None:
    score_id = accepted(school)
    school.db.execute(gone)
    assert settle(school, end(score_id)) == {"settled": True, "status": "unscored", "reason": "evaluation_gone"}
    assert school.one("select sections from llm.scores where id = %s", uuid.UUID(score_id)) is None


def test_an_instructors_edit_stands_beside_the_models_score(school: School) -> None:
    settle(school, end(accepted(school)))
    data = {"totalScore": 5, "edited": True, "studentName": "Noor Quill", "overallComments": "Well done, Noor."}
    school.db.execute("update public.evaluations set evaluation_data = %s", (Jsonb(data),))
    told = school.one("select llm.score_history(%s)", school.evaluation)
    assert [row["total_points"] for row in told["scores"]] == [4]
    assert (told["now"]["totalScore"], told["now"]["edited"], told["model_used"]) == (5, True, "base@1+sg-1+r1")
    assert "Noor" not in str(told)


def test_an_adapter_tainted_meanwhile_gives_no_score(school: School, adapter: str) -> None:
    score_id = accepted(school)
    school.db.execute("update llm.adapters set status = 'tainted'")
    refused = settle(school, end(score_id, adapter_digest=adapter))
    assert refused == {"settled": False, "reason": "adapter_not_approved"}
    assert status(school, score_id) == "running"


def test_only_silent_scorers_lose_their_work_and_only_once(school: School) -> None:
    score_id = accepted(school)
    assert claim(school) == []
    forget_lease(school, score_id)
    assert (claim(school), claim(school)) == ([score_id], [])
    assert settle(school, end(score_id)) == {"settled": False, "reason": "lost"}
    assert school.one("select llm.extend_scores(%s, %s, 30)", WORKER, [uuid.UUID(score_id)]) == []
    assert school.one("select llm.extend_scores(%s, %s, 30)", OTHER, [uuid.UUID(score_id)]) == [score_id]
    assert settle(school, end(score_id), OTHER)["settled"]


def test_a_score_that_no_scorer_survives_is_given_up_with_a_reason(school: School) -> None:
    score_id = accepted(school)
    for number in range(4):
        forget_lease(school, score_id)
        assert claim(school, f"scorer-{number}") == [score_id]
    forget_lease(school, score_id)
    assert claim(school) == []
    assert school.one("select reason from llm.scores") == "score_abandoned"


def test_a_score_is_put_back_as_long_as_its_patience_lasts(school: School) -> None:
    patient, hasty = accepted(school), accepted(school, patience_s=0)
    for score_id, is_put_back in ((patient, True), (hasty, False)):
        answer = school.one("select llm.put_back_score(%s, %s, 5)", uuid.UUID(score_id), WORKER)
        assert answer == {"put_back": is_put_back}
    assert claim(school) == []
    school.db.execute("update llm.scores set not_before = now() where id = %s", (patient,))
    assert claim(school) == [patient]


def test_a_scorer_that_stops_leaves_its_work_at_once(school: School) -> None:
    mine, theirs = accepted(school), accepted(school, leased_by=OTHER)
    assert school.one("select llm.release_scores(%s)", WORKER) == 1
    assert (claim(school, "scorer-three"), status(school, theirs)) == ([mine], "running")


def test_what_somebody_waits_for_comes_before_batches_and_comparisons(school: School, adapter: str) -> None:
    shadow = accepted(school, leased_by=None, rank=2, is_shadow=True, wanted_adapter=adapter)
    batch = accepted(school, leased_by=None, rank=1)
    waited_for = accepted(school, leased_by=None)
    assert claim(school, most=2) == [waited_for, batch]
    assert claim(school) == [shadow]


def test_a_comparison_is_kept_and_never_shown(school: School, adapter: str) -> None:
    score_id = accepted(school, is_shadow=True, wanted_adapter=adapter)
    settle(school, end(score_id, adapter_digest=adapter))
    assert school.one("select model_used from public.evaluations") is None
    assert school.one("select llm.stored_score(%s)", uuid.UUID(score_id)) is None
    assert status(school, score_id) == "ok"


def test_what_was_asked_is_kept_until_the_end_only(school: School) -> None:
    score_id = accepted(school, evaluation_id=None, request={"transcript": "[STUDENT_FIRST_NAME] spoke."})
    assert "request" not in school.one("select llm.stored_score(%s)", uuid.UUID(score_id))
    settle(school, end(score_id))
    assert school.one("select request from llm.scores where id = %s", uuid.UUID(score_id)) is None


def test_the_owner_of_the_database_may_delete_what_has_ended_and_no_service_can(school: School) -> None:
    score_id = accepted(school)
    settle(school, end(score_id))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), school.db.transaction():
        school.db.execute("set local role service_role")
        school.db.execute("delete from llm.scores")
    assert school.db.execute("delete from llm.scores where id = %s", (score_id,)).rowcount == 1


def test_a_score_keeps_the_trace_of_whoever_asked_for_it(school: School) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    score_id = accepted(school, traceparent=traceparent)
    forget_lease(school, score_id)
    [row] = school.one("select llm.claim_scores(%s, 9, 30)", OTHER)["claimed"]
    assert (row["id"], row["traceparent"]) == (score_id, traceparent)
    with pytest.raises(psycopg.errors.CheckViolation):
        accepted(school, traceparent="Noor")


def test_what_waits_is_told_with_its_age(school: School) -> None:
    assert school.one("select llm.score_queue()") == {"waiting": 0, "oldest_seconds": 0}
    score_id = accepted(school, leased_by=None)
    school.db.execute("update llm.scores set created_at = now() - interval '5 minutes' where id = %s", (score_id,))
    queue = school.one("select llm.score_queue()")
    assert queue["waiting"] == 1
    assert 299 < queue["oldest_seconds"] < 400
    # Asking for nothing takes nothing.
    assert school.one("select llm.claim_scores(%s, 0, 30)", OTHER)["waiting"] == 1


def test_a_score_given_after_the_deadline_of_a_taint_would_be_seen(school: School, adapter: str) -> None:
    settle(school, end(accepted(school), adapter_digest=adapter))
    school.db.execute("update llm.adapters set status = 'tainted', tainted_at = now() - interval '4 minutes'")
    assert school.one("select llm.vital_signs()")["scored_while_tainted"] == 0
    school.db.execute("update llm.adapters set tainted_at = now() - interval '6 minutes'")
    assert school.one("select llm.vital_signs()")["scored_while_tainted"] == 1
