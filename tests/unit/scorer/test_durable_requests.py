"""An accepted request ends in a kept result, whoever waits, stops, or dies meanwhile."""

from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx
import pytest
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings

from .conftest import BASE, GOOD, RUBRIC, FakeEngine, FakeProject, calling, fails, says

pytestmark = pytest.mark.anyio
PATIENT = {"Prefer": "wait=20"}


async def ended(project: FakeProject, count: int = 1) -> list[dict[str, Any]]:
    """The scores, once so many have ended."""
    with anyio.fail_after(10):
        while True:
            rows = [row for row in project.scores.values() if row["status"] not in ("queued", "running")]
            if len(rows) >= count:
                return rows
            await anyio.sleep(0.01)


def other_scorer(settings: ScorerSettings, project: FakeProject, engine: FakeEngine) -> ScoringService:
    return ScoringService(settings, project, engine.client())  # type: ignore[arg-type]


def abandoned(project: FakeProject, **order: Any) -> str:
    """A score that a scorer accepted and then was not heard of again."""
    body = {"id": str(uuid4()), "evaluation_id": None, "requested_by": "user:1", "request_sha256": "", "request": None}
    body |= {"leased_by": "scorer-dead", "lease_s": -1, "patience_s": 60} | order
    project.rpc("accept_score", {"p_order": body})
    return str(body["id"])


async def test_a_bug_ends_one_score_and_gives_its_key_back(
    client: httpx.AsyncClient, project: FakeProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("My speech is about bees.")

    monkeypatch.setattr("speechgrade_scorer.scoring.scorer.Scorer.score", broken)
    body, headers = {"evaluation_id": project.add_evaluation()}, {"Idempotency-Key": "k"}
    response = await client.post("/v1/score", json=body, headers=headers)
    assert (response.status_code, response.json()["code"], response.json()["retry"]) == (
        500,
        "internal_error",
        "operator",
    )
    assert [(row["status"], row["reason"]) for row in project.scores.values()] == [("unscored", "internal_error")]
    assert "bees" not in response.text + "".join(capsys.readouterr())
    monkeypatch.undo()
    assert (await client.post("/v1/score", json=body, headers=headers)).status_code == 200


async def test_a_dead_scorers_requests_are_taken_up(client: httpx.AsyncClient, project: FakeProject) -> None:
    by_id = abandoned(project, evaluation_id=project.add_evaluation())
    by_text = abandoned(project, request={"transcript": "Bees matter.", "rubric": RUBRIC})
    for score_id in (by_id, by_text):
        response = await client.get(f"/v1/scores/{score_id}", headers=PATIENT)
        assert (response.status_code, response.json()["totalScore"]) == (200, 9.5)
    assert project.scores[by_text]["request"] is None


async def test_a_caller_that_does_not_wait_asks_again(client: httpx.AsyncClient, project: FakeProject) -> None:
    body = {"evaluation_id": project.add_evaluation()}
    pending = await client.post("/v1/score", json=body, headers={"Prefer": "respond-async"})
    assert pending.status_code == 202
    assert pending.json()["evaluation_id"] == body["evaluation_id"]
    assert pending.headers["retry-after"]
    response = await client.get(pending.headers["location"], headers=PATIENT)
    assert (response.status_code, response.json()["score_id"]) == (200, pending.json()["score_id"])


async def test_a_caller_that_goes_away_costs_no_score(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    engine.delay_s = 0.1
    with anyio.move_on_after(0.05):
        await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert [row["status"] for row in await ended(project)] == ["ok"]


async def test_an_engine_that_is_away_for_a_while_delays_a_score(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speechgrade_scorer.requests.worker._DELAY_S", (0.0, 0.0))
    patient = settings.model_copy(update={"score_patience_s": 600, "score_attempts": 1})
    engine.replies = [fails(503), fails(503), says(GOOD)]
    async with calling(other_scorer(patient, project, engine)) as client:
        pending = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
        assert (pending.status_code, pending.json()["status"]) == (202, "queued")
        response = await client.get(pending.headers["location"], headers=PATIENT)
    assert (response.status_code, len(engine.asked)) == (200, 3)


async def test_a_scorer_that_lost_its_lease_keeps_its_hands_off(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> None:
    engine.delay_s = 1.0
    hasty = settings.model_copy(update={"score_lease_s": 0.05, "claim_interval_s": 60})
    async with calling(other_scorer(hasty, project, engine)) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: client.post("/v1/score", json={"evaluation_id": project.add_evaluation()}))
        with anyio.fail_after(5):
            while not project.scores:
                await anyio.sleep(0)
            [row] = project.scores.values()
            row["leased_by"] = "scorer-other"
    assert (row["status"], row["leased_by"]) == ("running", "scorer-other")


@pytest.mark.parametrize(("drain_s", "status"), [(10, "ok"), (0, "queued")])
async def test_a_scorer_that_stops_ends_its_work_or_leaves_it_to_others(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine, drain_s: int, status: str
) -> None:
    engine.delay_s = 0.2
    brief = settings.model_copy(update={"drain_s": drain_s})
    async with calling(other_scorer(brief, project, engine)) as client:
        body = {"evaluation_id": project.add_evaluation()}
        await client.post("/v1/score", json=body, headers={"Prefer": "respond-async"})
    assert [row["status"] for row in project.scores.values()] == [status]


async def test_a_scorer_that_stops_takes_nothing_new(client: httpx.AsyncClient, service: ScoringService) -> None:
    service.is_draining = True
    response = await client.post("/v1/score", json={"transcript": "Bees.", "rubric": RUBRIC})
    assert (response.status_code, response.json()["code"]) == (503, "scorer_draining")
    assert (await client.get("/readyz")).json()["reasons"] == ["draining"]


async def test_a_course_is_scored_in_the_background(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    course = str(uuid4())
    speeches = [project.add_evaluation(course_id=course) for _ in range(5)]
    ordered = await client.post("/v1/score/batch", json={"course_id": course}, headers={"X-Requested-By": "user:7"})
    assert (ordered.status_code, ordered.json()["total"], ordered.json()["requested_by"]) == (202, 5, "user:7")
    await ended(project, 5)
    progress = (await client.get(ordered.headers["location"])).json()
    assert (progress["scored"], progress["is_done"], len(engine.asked)) == (5, True, 5)
    assert sorted(row["evaluation_id"] for row in progress["scores"]) == sorted(speeches)


async def test_a_cancelled_batch_gives_no_further_scores(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> None:
    idle = settings.model_copy(update={"claim_interval_s": 60})
    async with calling(other_scorer(idle, project, engine)) as client:
        body = {"evaluation_ids": [project.add_evaluation() for _ in range(3)]}
        ordered = await client.post("/v1/score/batch", json=body)
        progress = (await client.delete(ordered.headers["location"])).json()
        assert (progress["cancelled"], progress["is_done"], progress["is_cancelled"]) == (3, True, True)
        refused = await client.get(f"/v1/scores/{progress['scores'][0]['score_id']}")
    assert (refused.status_code, refused.json()["code"]) == (410, "score_cancelled")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/scores/"), ("GET", "/v1/score/batch/")])
async def test_what_was_never_asked_for_is_unknown(client: httpx.AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, f"{path}{uuid4()}")
    assert (response.status_code, response.json()["code"][-8:]) == (404, "_unknown")


async def test_a_comparison_is_answered_by_its_adapter_and_not_shown(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject
) -> None:
    digest = project.state[0]["digest"]
    shadow = abandoned(project, evaluation_id=project.add_evaluation(), is_shadow=True, wanted_adapter=digest)
    await ended(project)
    assert project.scores[shadow]["adapter_digest"] == digest
    assert (await client.get(f"/v1/scores/{shadow}")).status_code == 404
    assert service.worker_id.startswith("scorer-")


async def test_an_evaluation_deleted_while_it_waited_says_so(client: httpx.AsyncClient, project: FakeProject) -> None:
    evaluation = project.add_evaluation()
    score_id = abandoned(project, evaluation_id=evaluation)
    project.evaluations.clear()
    response = await client.get(f"/v1/scores/{score_id}", headers=PATIENT)
    assert (response.status_code, response.json()["code"]) == (410, "evaluation_gone")
    assert response.json()["evaluation_id"] == evaluation


async def test_the_former_servers_shape_is_complete(client: httpx.AsyncClient) -> None:
    body = {"transcript": "Bees matter.", "rubric_name": "Short", "rubric": RUBRIC, "video_notes": "She smiles."}
    answer = (await client.post("/evaluate", json=body)).json()
    assert answer["transcript"] == ""
    assert list(answer["sections"]) == ["Content", "Time"]
    assert answer["sections"]["Content"]["subcategories"][1]["grade"] == "A"
    assert UUID(answer["score_id"])
    assert answer["model_used"].startswith(BASE)


async def test_the_former_server_is_healthy_only_when_it_can_score(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject
) -> None:
    assert (await client.get("/health")).json() == {"status": "ok", "model_loaded": True, "model": BASE}
    project.state = []
    await service.adapters.look()
    assert (await client.get("/health")).json()["status"] == "model_not_loaded"
