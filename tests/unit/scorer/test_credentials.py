"""Every operation but the open ones refuses every wrong credential, before it looks at anything else."""

import hmac
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from speechgrade_scorer.api import access
from speechgrade_scorer.api.app import create_app
from speechgrade_scorer.requests.service import ScoringService

from .conftest import TOKEN, FakeEngine, FakeProject

pytestmark = pytest.mark.anyio
# Whoever operates the scorer, and whoever is written against it, needs no token for these.
OPEN = {
    ("GET", "/health"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/version"),
    ("GET", "/openapi.json"),
}
WRONG: dict[str, list[str]] = {
    "none": [],
    "empty": [""],
    "a scheme alone": ["Bearer"],
    "a scheme and nothing": ["Bearer "],
    "the token without a scheme": [TOKEN],
    "another scheme": [f"Basic {TOKEN}"],
    "an unknown scheme": [f"Token {TOKEN}"],
    "a scheme that begins alike": [f"Bearers {TOKEN}"],
    "a colon": [f"Bearer: {TOKEN}"],
    "another token": [f"Bearer {'u' * 40}"],
    "a prefix of the token": [f"Bearer {TOKEN[:-1]}"],
    "the token and more": [f"Bearer {TOKEN}t"],
    "something before the token": [f"Bearer t{TOKEN}"],
    "the token in capitals": [f"Bearer {TOKEN.upper()}"],
    "the token quoted": [f'Bearer "{TOKEN}"'],
    "the token twice": [f"Bearer {TOKEN} {TOKEN}"],
    "two credentials in one header": [f"Bearer {TOKEN}, Bearer {TOKEN}"],
    "two headers, the right one first": [f"Bearer {TOKEN}", "Bearer wrong"],
    "two headers, the right one last": ["Bearer wrong", f"Bearer {TOKEN}"],
    "the right header twice": [f"Bearer {TOKEN}", f"Bearer {TOKEN}"],
    "a very long token": [f"Bearer {TOKEN * 1000}"],
    "a token that is not ASCII": ["Bearer \u00fc\u00fc".encode().decode("latin-1")],
    "the token with a look-alike": [f"Bearer {TOKEN[:-1]}\u00fe"],
    "the token with a null": [f"Bearer {TOKEN}\x00"],
}
ELSEWHERE: dict[str, dict[str, Any]] = {
    "query": {"params": {"access_token": TOKEN, "token": TOKEN, "authorization": f"Bearer {TOKEN}"}},
    "cookie": {"headers": {"Cookie": f"authorization=Bearer {TOKEN}; access_token={TOKEN}; token={TOKEN}"}},
    "another header": {"headers": {"X-Authorization": f"Bearer {TOKEN}", "Proxy-Authorization": f"Bearer {TOKEN}"}},
    "apikey": {"headers": {"apikey": TOKEN, "x-api-key": TOKEN}},
}


@pytest.fixture
def app(service: ScoringService) -> FastAPI:
    return create_app(service)


@pytest.fixture
async def stranger(app: FastAPI) -> Any:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://scorer") as client:
        yield client


def closed_operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    """What is served and not open, with an id where the path wants one."""
    described = app.openapi()["paths"]
    for path, operations in described.items():
        for method in operations:
            if (method.upper(), path) not in OPEN:
                yield method.upper(), path.replace("{", "").replace("}", "")
    yield "GET", "/nothing"
    yield "OPTIONS", "/v1/score"
    yield "POST", "/healthz/"


@pytest.mark.parametrize("shown", WRONG.values(), ids=WRONG)
async def test_a_wrong_credential_opens_nothing(app: FastAPI, stranger: httpx.AsyncClient, shown: list[str]) -> None:
    headers = [(b"content-type", b"application/json"), *credentials(shown)]
    for method, path in closed_operations(app):
        for content in (b"{", b"{}", b"x" * 30_000):
            assert_refused(await stranger.request(method, path, headers=headers, content=content), method, path)


@pytest.mark.parametrize("options", ELSEWHERE.values(), ids=ELSEWHERE)
async def test_the_token_counts_nowhere_else(
    app: FastAPI, stranger: httpx.AsyncClient, options: dict[str, Any]
) -> None:
    for method, path in closed_operations(app):
        assert_refused(await stranger.request(method, path, **options), method, path)


async def test_a_stranger_leaves_no_trace(
    stranger: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    evaluation = project.add_evaluation()
    for shown in WRONG.values():
        await stranger.post("/v1/score", headers=credentials(shown), json={"evaluation_id": evaluation})
    assert project.scores == {}
    assert engine.asked == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
async def test_the_name_of_the_scheme_may_be_in_any_case(stranger: httpx.AsyncClient, scheme: str) -> None:
    # RFC 9110, 11.1.
    response = await stranger.get("/v1/models", headers={"Authorization": f"{scheme} {TOKEN}"})
    assert response.status_code == 200


async def test_the_open_routes_are_these_and_no_page_loads_scripts(app: FastAPI, stranger: httpx.AsyncClient) -> None:
    for method, path in sorted(OPEN):
        assert (await stranger.request(method, path)).status_code in (200, 503), path
    described = {(method.upper(), path) for path, operations in app.openapi()["paths"].items() for method in operations}
    hidden = {
        (method, route.path)
        for route in app.routes
        for method in (getattr(route, "methods", None) or ())
        if method != "HEAD" and not isinstance(route, APIRoute)
    }
    assert hidden == {("GET", "/openapi.json")}
    assert OPEN - described == {("GET", "/openapi.json")}
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert_refused(await stranger.get(path), "GET", path)
        assert (await stranger.get(path, headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 404


async def test_a_token_is_compared_in_constant_time(
    stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []

    def watched(shown: bytes, expected: bytes) -> bool:
        compared.append(shown)
        return hmac.compare_digest(shown, expected)

    monkeypatch.setattr(access, "hmac", type("Watched", (), {"compare_digest": staticmethod(watched)}))
    await stranger.get("/v1/models", headers={"Authorization": f"Bearer {TOKEN[:-1]}"})
    assert compared == [TOKEN[:-1].encode()]


def credentials(shown: list[str]) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", header.encode("latin-1")) for header in shown]


def assert_refused(response: httpx.Response, method: str, path: str) -> None:
    assert response.status_code in (401, 403), (method, path, response.status_code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer")
    problem = response.json()
    assert problem["code"] in ("credential_missing", "credential_wrong")
    assert TOKEN not in response.text
