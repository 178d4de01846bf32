"""The scorer over HTTP in front of a real vLLM on CPU, on the real project."""

import json
import time
import uuid
from collections.abc import Iterator

import anyio
import httpx
import pytest
from speechgrade_local.engine import engine_installed
from speechgrade_scorer.engines.provider import Question
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_shared.answer import MAX_FEEDBACK, answer_schema, parse_answer
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.prompt import RENDERER_VERSION, render_messages
from speechgrade_shared.rubric import parse_rubric

from .conftest import BASE, CATEGORIES, REPO, TOKEN, Campus, settings_for
from .served_scorer import serve
from .test_edge_function import deno
from .tiny_models import write_adapter, write_base

pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.skipif(not engine_installed(REPO), reason="the engine's environment is not installed"),
]


@pytest.fixture(scope="session")
def adapters(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two registered adapters for the base that the engine serves, by digest. Boots the engine."""
    folder = tmp_path_factory.mktemp("models")
    write_base(folder / "base")
    for seed in (1, 2):
        write_adapter(folder / str(seed), BASE, seed)
    campus.stack.start_engine(folder / "base", BASE)
    return campus.upload_adapter(folder / "1"), campus.upload_adapter(folder / "2")


@pytest.fixture(scope="module")
def scorer(campus: Campus, adapters: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scorer with the first adapter as champion, and the Edge Function in front of it."""
    campus.promote(adapters[0])
    settings = settings_for(campus, tmp_path_factory.mktemp("cache"), campus.stack.engine_url)
    with serve(settings) as url:
        deno("cache", "index.ts")
        campus.stack.start_functions({"SPEECHGRADE_SCORER_URL": url, "SPEECHGRADE_SCORER_TOKEN": TOKEN})
        yield url


@pytest.fixture(scope="module")
def caller(scorer: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=scorer, headers=headers, timeout=60, trust_env=False) as caller:
        yield caller


def test_an_instructor_gets_a_score_through_the_edge_function(
    campus: Campus, scorer: str, adapters: tuple[str, str]
) -> None:
    assert scorer
    evaluation, key = campus.add_evaluation(), str(uuid.uuid4())
    own = through_the_edge(campus, str(campus.instructor), evaluation, key)
    assert own.status_code == 200, own.text
    assert own.json()["model_used"] == campus.model_used(evaluation)
    assert adapter_name(adapters[0]) in own.json()["model_used"]
    assert through_the_edge(campus, str(campus.instructor), evaluation, key).json() == own.json()
    assert campus.score(own.json()["score_id"])["requested_by"] == f"user:{campus.instructor}"
    stranger = through_the_edge(campus, str(uuid.uuid4()), evaluation)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "evaluation_unknown")
    assert through_the_edge(campus, None, evaluation).status_code == 401
    empty = through_the_edge(campus, str(campus.instructor), campus.add_evaluation(transcript=""))
    assert (empty.status_code, empty.json()["code"]) == (422, "transcript_missing")


def test_a_champion_scores_under_its_digest_until_it_is_tainted(
    caller: httpx.Client, campus: Campus, adapters: tuple[str, str]
) -> None:
    evaluation = campus.add_evaluation()
    response = caller.post("/v1/score", json={"evaluation_id": evaluation})
    body = response.json()
    assert response.status_code == 200, body
    names = [adapter_name(digest) for digest in adapters]
    expected = f"{BASE}@1+{names[0]}+{RENDERER_VERSION}"
    assert body["model_used"] == campus.model_used(evaluation) == expected
    kept = campus.score(body["score_id"])
    assert (kept["status"], kept["adapter_digest"]) == ("ok", adapters[0])
    assert kept["engine"].startswith("vllm/")
    assert list(body["sections"]) == ["Content", "Time"]
    assert body["totalScore"] == sum(section["score"] for section in body["sections"].values())
    assert names[0] in engine_models(campus)

    campus.promote(adapters[1])
    assert eventually(caller, lambda found: found[0]["digest"] == adapters[1] and found[0]["loaded"])
    assert caller.post("/v1/score", json={"evaluation_id": evaluation}).json()["adapter"]["name"] == names[1]
    assert names[0] not in engine_models(campus)

    campus.taint(adapters[1])
    assert eventually(caller, lambda found: not found[0]["loaded"])
    refusal = caller.post("/v1/score", json={"evaluation_id": evaluation})
    assert (refusal.status_code, refusal.json()["code"]) == (503, "no_champion")
    assert names[1] not in engine_models(campus)
    assert caller.get("/readyz").json()["reasons"] == ["no_champion"]
    assert campus.model_used(evaluation) == f"{BASE}@1+{names[1]}+{RENDERER_VERSION}"


async def test_the_grammar_keeps_points_on_the_grid_and_text_within_bounds(
    campus: Campus, adapters: tuple[str, str]
) -> None:
    assert adapters
    rubric = parse_rubric({"name": "Grid", "categories": CATEGORIES})
    engine = Engine(campus.stack.engine_url)
    texts: list[str] = []

    async def sample(seed: int) -> None:
        messages = render_messages(rubric, "I speak about bees.")
        question = Question(BASE, messages, answer_schema(rubric), 2048, temperature=1.5, seed=seed)
        completion = await engine.complete(question)
        assert completion.finish_reason == "stop"
        texts.append(completion.text)

    async with anyio.create_task_group() as tasks:
        for seed in range(12):
            tasks.start_soon(sample, seed)
    await engine.close()
    for text in texts:
        parse_answer(text, rubric)
        feedback = [section["feedback"] for section in json.loads(text)["sections"].values()]
        assert max(map(len, feedback)) <= MAX_FEEDBACK
    assert len({json.dumps(json.loads(text)["sections"]["Content"]["points"]) for text in texts}) > 1


def through_the_edge(campus: Campus, user: str | None, evaluation: str, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    if user:
        headers["Authorization"] = f"Bearer {campus.stack.sign_user_token(user, 'ada@example.org')}"
    url = f"{campus.stack.functions_url}/score"
    return httpx.post(url, json={"evaluation_id": evaluation}, headers=headers, timeout=60, trust_env=False)


def engine_models(campus: Campus) -> set[str]:
    cards = httpx.get(f"{campus.stack.engine_url}/v1/models", trust_env=False).json()["data"]
    return {card["id"] for card in cards}


def eventually(caller: httpx.Client, holds: object, limit_s: float = 15.0) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if holds(caller.get("/v1/models").json()["models"]):  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False
