"""What callers see: credentials, bad input with stable codes, states, and ids that pass through."""

import json
import logging
from typing import Any
from uuid import uuid4

import httpx
import pytest
from speechgrade_scorer.api.app import create_app
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_shared.errors import ProjectUnreachable

from .conftest import RUBRIC, TOKEN, FakeEngine, FakeProject

pytestmark = pytest.mark.anyio
SPEECH = "My speech is about bees."


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "credential_missing"),
        ("", "credential_missing"),
        ("Bearer", "credential_missing"),
        ("Bearer ", "credential_missing"),
        (TOKEN, "credential_missing"),
        (f"Basic {TOKEN}", "credential_missing"),
        (f"Bearer {TOKEN[:-1]}", "credential_wrong"),
        (f"Bearer {TOKEN}t", "credential_wrong"),
        (f"Bearer {TOKEN.upper()}", "credential_wrong"),
        ("Bearer \u00fc\u00fc".encode().decode("latin-1"), "credential_wrong"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/score"), ("GET", "/v1/models")])
async def test_every_wrong_credential_is_refused(
    client: httpx.AsyncClient, method: str, path: str, header: str | None, code: str
) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    client.headers.pop("Authorization")
    response = await client.request(method, path, headers=headers, json={"transcript": SPEECH, "rubric": RUBRIC})
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "request_invalid"),
        ({"evaluation_id": "x"}, 422, "request_invalid"),
        ({"evaluation_id": str(uuid4()), "transcript": SPEECH, "rubric": RUBRIC}, 422, "request_invalid"),
        ({"transcript": SPEECH}, 422, "request_invalid"),
        ({"transcript": SPEECH, "rubric": RUBRIC, "more": 1}, 422, "request_invalid"),
        ({"transcript": SPEECH, "rubric": []}, 422, "request_invalid"),
        ({"transcript": f"{SPEECH}\ud800", "rubric": RUBRIC}, 422, "request_invalid"),
        ({"transcript": SPEECH, "rubric": {**RUBRIC, "name": "\u0000"}}, 422, "request_invalid"),
        ({"evaluation_id": str(uuid4())}, 404, "evaluation_unknown"),
        ({"transcript": "  ", "rubric": RUBRIC}, 422, "transcript_missing"),
        ({"transcript": "bees " * 401, "rubric": RUBRIC}, 413, "transcript_too_long"),
        ({"transcript": SPEECH, "rubric": {}}, 422, "rubric_empty"),
        ({"transcript": SPEECH, "rubric": {"categories": ["A", "a"], "totalPoints": 4}}, 422, "rubric_duplicate_name"),
        ({"transcript": SPEECH, "rubric": {"categories": ["A"]}}, 422, "rubric_no_points"),
        ({"transcript": SPEECH, "rubric": {"categories": [{}]}}, 422, "rubric_unreadable"),
    ],
)
async def test_bad_input_has_a_stable_code(
    client: httpx.AsyncClient, project: FakeProject, body: Any, status: int, code: str
) -> None:
    content = json.dumps(body)
    response = await client.post("/v1/score", content=content, headers={"content-type": "application/json"})
    problem = response.json()
    assert (response.status_code, problem["code"], problem["type"]) == (status, code, f"urn:speechgrade:problem:{code}")
    assert response.headers["content-type"] == "application/problem+json"
    assert "bees" not in response.text
    assert project.scores == {}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 5000, b'{"evaluation_id": NaN}'])
async def test_a_body_that_is_not_json_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    response = await client.post("/v1/score", content=content, headers={"content-type": "application/json"})
    assert 400 <= response.status_code < 500
    assert response.json()["code"] == "request_invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evaluation": None}, "evaluation_unknown"),
        ({"evaluation": {"transcript": SPEECH, "deleted_locally_at": "2026-01-01"}}, "evaluation_unknown"),
        ({"evaluation": {"transcript": None}}, "transcript_missing"),
        ({"rubric": None}, "rubric_missing"),
        ({"rubric": None, "evaluation": {"transcript": SPEECH, "evaluation_data": "{"}}, "evaluation_data_malformed"),
        ({"rubric": {"categories": [{"name": "A", "points": -1}]}}, "rubric_no_points"),
    ],
)
async def test_an_evaluation_that_cannot_be_scored_says_why(
    client: httpx.AsyncClient, project: FakeProject, changes: dict[str, Any], code: str
) -> None:
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation(**changes)})
    assert response.json()["code"] == code


@pytest.mark.parametrize("stored", ["object", "string"])
async def test_the_rubric_inside_the_evaluation_serves_where_the_row_is_gone(
    client: httpx.AsyncClient, project: FakeProject, stored: str
) -> None:
    data: Any = {"rubric_structure": {"categories": RUBRIC["categories"], "totalPoints": 10}}
    if stored == "string":
        data = json.dumps(data)
    evaluation = project.add_evaluation(evaluation={"transcript": SPEECH, "evaluation_data": data}, rubric=None)
    assert (await client.post("/v1/score", json={"evaluation_id": evaluation})).status_code == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_beyond_the_limit_is_refused(client: httpx.AsyncClient, announced: bool) -> None:
    content = json.dumps({"transcript": "x" * 21_000, "rubric": RUBRIC}).encode()

    async def chunks() -> Any:
        yield content[:10_000]
        yield content[10_000:]

    headers = {"content-type": "application/json"}
    response = await client.post("/v1/score", content=content if announced else chunks(), headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_an_unreachable_project_loses_nothing_and_says_so(
    client: httpx.AsyncClient, project: FakeProject
) -> None:
    project.failures["accept_score"] = ProjectUnreachable("The Supabase project did not answer.")
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    assert (response.status_code, response.json()["code"]) == (503, "project_unreachable")
    assert response.headers["retry-after"]


async def test_ids_pass_through_and_back(client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    headers = {"X-Request-Id": "r-1", "traceparent": trace, "X-Requested-By": "user:6a6f"}
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()}, headers=headers)
    assert response.headers["x-request-id"] == "r-1"
    assert engine.headers[0]["traceparent"] == trace
    assert engine.headers[0]["x-request-id"].startswith("r-1-")
    assert project.scores[response.json()["score_id"]]["requested_by"] == "user:6a6f"
    response = await client.get("/v1/models", headers={"X-Request-Id": "two words"})
    assert response.headers["x-request-id"] != "two words"


async def test_a_bug_is_contained_and_quotes_nothing(
    client: httpx.AsyncClient, service: ScoringService, capsys: pytest.CaptureFixture[str], caplog: Any
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(SPEECH)

    service.score = broken  # type: ignore[method-assign,assignment]
    with caplog.at_level(logging.DEBUG):
        response = await client.post("/v1/score", json={"transcript": SPEECH, "rubric": RUBRIC})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    logged = "".join(capsys.readouterr()) + caplog.text
    assert "internal_error" in logged
    assert "bees" not in response.text + logged


async def test_no_word_of_a_speech_is_logged_or_counted(
    client: httpx.AsyncClient, project: FakeProject, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.post("/v1/score", json={"evaluation_id": project.add_evaluation("I am Noor and I like zeppelins.")})
    told = "".join(capsys.readouterr()) + (await client.get("/metrics")).text
    assert 'speechgrade_scorer_scores_total{kind="shown",status="ok"} 1.0' in told
    assert not any(word in told for word in ("Noor", "zeppelins", "Well done"))


async def test_readiness_says_exactly_what_is_missing(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject, engine: FakeEngine
) -> None:
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "reasons": [], "gaps": []})
    project.state = []
    engine.base = "another-base"
    await service.adapters.look()
    assert (await client.get("/readyz")).json()["reasons"] == ["engine_base_mismatch", "no_champion"]
    project.failures["serving_state"] = ProjectUnreachable("no")
    await service.adapters.look()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "project_unreachable" in answer.json()["reasons"]


async def test_the_open_routes_need_no_token_and_the_description_is_complete(client: httpx.AsyncClient) -> None:
    client.headers.pop("Authorization")
    for path in ("/healthz", "/readyz", "/metrics", "/version"):
        assert (await client.get(path)).status_code == 200
    document = (await client.get("/openapi.json")).json()
    answers = document["paths"]["/v1/score"]["post"]["responses"]
    assert {"200", "401", "404", "409", "410", "413", "422", "429", "502", "503"} <= answers.keys()
    assert list(answers["503"]["content"]) == ["application/problem+json"]
    assert "Problem" in document["components"]["schemas"]
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    assert (await client.get("/nothing")).json()["code"] == "route_unknown"
    assert (await client.get("/v1/score")).json()["code"] == "method_not_allowed"


async def test_the_first_look_is_made_while_the_application_starts(service: ScoringService) -> None:
    app = create_app(service)
    async with app.router.lifespan_context(app):
        for _ in range(200):
            if service.adapters.serving.problem is None:
                break
            await _tick()
        assert service.adapters.obstacles() == []


async def _tick() -> None:
    import anyio

    await anyio.sleep(0.01)
