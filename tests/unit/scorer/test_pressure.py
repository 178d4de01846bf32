"""Nothing waits for ever: deadlines, bounded queues, and one request per key at a time."""

from contextlib import AbstractAsyncContextManager

import anyio
import httpx
import pytest
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings

from .conftest import FakeEngine, FakeProject, calling, says

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("first", [None, says("{")])
async def test_the_deadline_ends_a_hanging_engine_with_a_kept_reason(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine, first: object
) -> None:
    hasty = settings.model_copy(update={"score_deadline_s": 0.3})
    engine.delay_s = 0.2 if first else 30
    engine.replies = [first or says("{")]  # type: ignore[list-item]
    async with caller(hasty, project, engine) as client:
        with anyio.fail_after(3):
            response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    reason = "answer_unreadable" if first else "deadline_exceeded"
    assert response.status_code == (502 if first else 503)
    assert [row["reason"] for row in project.scores.values()] == [reason] == [response.json()["reason"]]


async def test_a_full_queue_and_a_busy_key_are_told_when_to_come_back(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> None:
    narrow = settings.model_copy(update={"max_concurrent_scores": 1, "max_waiting_scores": 1})
    engine.delay_s = 0.3
    body = {"evaluation_id": project.add_evaluation()}
    key = {"Idempotency-Key": "7f4b2f0e-4f5e-4d64-9f3e-0d1c2b3a4f5e"}
    answers: list[httpx.Response] = []
    async with caller(narrow, project, engine) as client:

        async def ask(headers: dict[str, str]) -> None:
            answers.append(await client.post("/v1/score", json=body, headers=headers))

        async with anyio.create_task_group() as tasks:
            for headers in (key, key, {}, {}):
                tasks.start_soon(ask, headers)
                await anyio.sleep(0.02)
    codes = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert sorted(codes, key=str) == [(200, None), (200, None), (409, "score_in_flight"), (429, "scorer_busy")]
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code != 200)


def caller(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    return calling(ScoringService(settings, project, engine.client()))  # type: ignore[arg-type]
