"""A score is complete, named and kept, or it is absent with a reason: nothing in between."""

import json
import time
from typing import Any

import httpx
import pytest
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.prompt import RENDERER_VERSION

from .conftest import BASE, GOOD, RUBRIC, FakeEngine, FakeProject, calling, fails, says

pytestmark = pytest.mark.anyio
BAD_POINTS = json.loads(json.dumps(GOOD).replace("3.5", "3.7"))


async def test_a_score_is_complete_in_the_apps_shape_and_names_what_made_it(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    evaluation = project.add_evaluation()
    response = await client.post("/v1/score", json={"evaluation_id": evaluation})
    body = response.json()
    assert response.status_code == 200, body
    adapter = project.state[0]
    assert body["model_used"] == f"{BASE}@1+{adapter['name']}+{RENDERER_VERSION}"
    assert body["adapter"] == {"name": adapter["name"], "digest": adapter["digest"]}
    assert list(body["sections"]) == ["Content", "Time"]
    assert body["sections"]["Content"]["score"] == 7.5
    assert [s["name"] for s in body["sections"]["Content"]["subcategories"]] == ["Hook", "Proof"]
    assert (body["totalScore"], body["maxScore"], body["percentage"], body["letterGrade"]) == (9.5, 10, "95.0", "A")
    kept = project.scores[body["score_id"]]
    assert (kept["status"], kept["model_used"], kept["total_points"]) == ("ok", body["model_used"], 9.5)
    assert engine.asked[0]["temperature"] == 0
    assert engine.asked[0]["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (says("{"), "answer_unreadable"),
        (says(GOOD, "length"), "answer_truncated"),
        (says(GOOD, "abort"), "answer_unfinished"),
        (says(BAD_POINTS), "answer_points"),
        (says({"sections": {}, "overallComments": ""}), "answer_shape"),
    ],
)
async def test_an_answer_that_does_not_fit_is_asked_for_again_then_absent(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, reply: Any, reason: str
) -> None:
    engine.replies = [reply]
    evaluation = project.add_evaluation()
    response = await client.post("/v1/score", json={"evaluation_id": evaluation})
    body = response.json()
    assert (response.status_code, body["code"], body["reason"]) == (502, "unscored", reason)
    kept = project.scores[body["score_id"]]
    assert (kept["status"], kept["reason"], kept["attempts"], kept["sections"]) == ("unscored", reason, 3, None)
    assert len({(asked["seed"], asked["temperature"]) for asked in engine.asked}) == 3

    engine.replies = [reply, says(GOOD)]
    response = await client.post("/v1/score", json={"evaluation_id": evaluation})
    assert (response.status_code, response.json()["attempts"]) == (200, 2)


@pytest.mark.parametrize("reply", [httpx.ReadTimeout("slow"), httpx.ConnectError("gone"), fails(500), says("")])
async def test_a_failing_engine_is_asked_again_and_never_gives_zeros(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, reply: Any
) -> None:
    engine.replies = [reply]
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert response.status_code in (502, 503)
    assert len(engine.asked) == 3
    assert [row["status"] for row in project.scores.values()] == ["unscored"]
    if response.status_code == 503:
        timed_out = isinstance(reply, httpx.ReadTimeout)
        assert response.json()["code"] == ("deadline_exceeded" if timed_out else "engine_unavailable")
        assert response.headers["Retry-After"]


async def test_a_refusal_of_the_engine_is_not_repeated_and_not_quoted(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.replies = [fails(400)]
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["code"], len(engine.asked)) == (502, "engine_refused", 1)
    assert "secret words" not in response.text + str(capsys.readouterr())


async def test_a_prompt_beyond_the_models_context_is_the_callers_to_shorten(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    engine.replies = [fails(400, "This model's maximum context length is 4096 tokens.")]
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["code"]) == (413, "transcript_too_long")


async def test_an_answer_of_another_model_is_not_taken(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    engine.replies = [says(GOOD, model="sg-other")]
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["code"]) == (502, "engine_model_unexpected")


async def test_a_restarted_engine_gets_its_adapter_back_within_the_request(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, service: ScoringService
) -> None:
    engine.loaded.clear()
    service.adapters._clock = lambda: time.monotonic() + 5
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["attempts"]) == (200, 2)


async def test_without_a_champion_the_reason_is_kept_and_said(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, service: ScoringService
) -> None:
    project.state = []
    await service.adapters.look()
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["code"]) == (503, "no_champion")
    assert response.headers["Retry-After"]
    assert project.scores[response.json()["score_id"]]["reason"] == "no_champion"
    assert engine.asked == []


async def test_a_champion_promoted_a_moment_ago_answers(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject
) -> None:
    promoted, project.state = project.state, []
    await service.adapters.look()
    project.state = promoted
    service.adapters._clock = lambda: time.monotonic() + 5
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["attempts"]) == (200, 1)


async def test_the_base_answers_under_its_own_name_only_where_policy_allows(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> None:
    project.state = []
    lenient = settings.model_copy(update={"score_fallback": ("base",)})
    async with calling(ScoringService(lenient, project, engine.client())) as client:  # type: ignore[arg-type]
        answer = (await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})).json()
    assert (answer["status"], answer["model_used"]) == ("fallback", f"{BASE}@1+{RENDERER_VERSION}")
    assert answer["adapter"] is None


async def test_names_never_reach_the_engine(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    evaluation = project.add_evaluation("I am Noor Quill and I like bees. Write to noor@example.org.")
    response = await client.post("/v1/score", json={"evaluation_id": evaluation})
    assert response.status_code == 200
    sent = json.dumps(engine.asked)
    assert "[STUDENT_FIRST_NAME]" in sent
    assert not any(name in sent for name in ("Noor", "Quill", "example.org"))


async def test_what_still_leaks_is_not_sent(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speechgrade_scorer.scoring.redaction.leaks", lambda _text, _roster: ("name",))
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    body = response.json()
    assert (response.status_code, body["code"], body["reason"]) == (422, "unscored", "leak_name")
    assert engine.asked == []
    assert project.scores[body["score_id"]]["reason"] == "leak_name"


async def test_a_score_that_cannot_be_kept_yet_is_not_given_out_and_not_lost(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    project.failures["settle_score"] = ProjectUnreachable("no")
    body = {"evaluation_id": project.add_evaluation()}
    response = await client.post("/v1/score", json=body, headers={"Prefer": "wait=1"})
    assert (response.status_code, response.json()["status"]) == (202, "running")
    assert "sections" not in response.json()
    project.failures.clear()
    later = await client.get(response.headers["location"], headers={"Prefer": "wait=20"})
    assert (later.status_code, len(engine.asked)) == (200, 1)


async def test_one_key_keeps_one_score(client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine) -> None:
    headers = {"Idempotency-Key": "7f4b2f0e-4f5e-4d64-9f3e-0d1c2b3a4f5e"}
    request = {"json": {"evaluation_id": project.add_evaluation()}, "headers": headers}
    first, second = [await client.post("/v1/score", **request) for _ in range(2)]
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert (len(project.scores), len(engine.asked)) == (1, 1)
    other = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


async def test_a_passing_failure_does_not_use_up_the_key(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    headers = {"Idempotency-Key": "7f4b2f0e-4f5e-4d64-9f3e-0d1c2b3a4f5e"}
    request = {"json": {"evaluation_id": project.add_evaluation()}, "headers": headers}
    engine.replies = [fails(503)]
    assert (await client.post("/v1/score", **request)).status_code == 503
    engine.replies = [says(GOOD)]
    assert (await client.post("/v1/score", **request)).status_code == 200
    engine.replies = [says("{")]
    final = {"Idempotency-Key": "00000000-0000-4000-8000-000000000001"}
    answers = [await client.post("/v1/score", json=request["json"], headers=final) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [502, 502]
    assert answers[0].json() == answers[1].json()


async def test_a_transcript_and_a_rubric_can_be_scored_without_an_evaluation(
    client: httpx.AsyncClient, project: FakeProject
) -> None:
    response = await client.post("/v1/score", json={"transcript": "Bees matter.", "rubric": RUBRIC})
    assert response.status_code == 200
    assert project.scores[response.json()["score_id"]]["evaluation_id"] is None
