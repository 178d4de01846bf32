"""What a scorer tells whoever watches: whether it can answer, what is missing, and what must never be."""

import anyio
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from speechgrade_scorer import __version__
from speechgrade_scorer.errors import EngineUnavailable
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.prompt import RENDERER_VERSION

from .conftest import FakeEngine, FakeProject, calling, fails
from .test_durable_requests import abandoned

pytestmark = pytest.mark.anyio
Labels = tuple[tuple[str, str], ...]


async def told(client: httpx.AsyncClient) -> dict[str, dict[Labels, float]]:
    """The samples by name, without our prefix, and labels."""
    samples: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families((await client.get("/metrics")).text):
        for sample in family.samples:
            name = sample.name.removeprefix("speechgrade_scorer_")
            samples.setdefault(name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return samples


async def one(client: httpx.AsyncClient, name: str, **labels: str) -> float | None:
    return (await told(client)).get(name, {}).get(tuple(sorted(labels.items())))


async def test_a_scorer_that_can_answer_says_so(client: httpx.AsyncClient) -> None:
    samples = await told(client)
    assert (samples["ready"], samples["engine_up"], samples["tainted_served"]) == ({(): 1}, {(): 1}, {(): 0})
    assert samples["breaker_open"] == {(("seat", "primary"),): 0}
    assert not {"gaps", "obstacles"} & samples.keys()
    [build] = samples["build_info"]
    assert dict(build).items() >= {"version": __version__, "renderer": RENDERER_VERSION}.items()


async def test_what_is_missing_is_told_by_its_code_and_forgotten_when_it_came(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject
) -> None:
    champion, project.state = project.state, []
    await service.adapters.look()
    samples = await told(client)
    assert samples["ready"] == {(): 0}
    assert samples["obstacles"] == {(("code", "no_champion"),): 1}
    assert samples["gaps"] == {(("alias", "champion"), ("code", "no_champion"), ("scope", "default")): 1}
    project.state = champion
    await service.adapters.look()
    samples = await told(client)
    assert samples["ready"] == {(): 1}
    assert not {"gaps", "obstacles"} & samples.keys()


async def test_gaps_of_a_kind_are_counted_and_name_no_scope(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject
) -> None:
    scopes = [{"scope_kind": "course", "scope_id": f"course-{n}"} for n in range(2)]
    project.state += [project.state[0] | scope | {"servable": False, "status": "tainted"} for scope in scopes]
    await service.adapters.look()
    assert await one(client, "gaps", scope="course", alias="champion", code="adapter_tainted") == 2
    assert "course-0" not in (await client.get("/metrics")).text


async def test_a_tainted_adapter_that_the_engine_does_not_let_go_is_told_until_it_does(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject, engine: FakeEngine
) -> None:
    name = project.state[0]["name"]
    project.state[0] |= {"servable": False, "status": "tainted"}
    project.approved.clear()
    unload, engine.loaded = service._engine.unload_adapter, {name}

    async def refused(_name: str) -> None:
        raise EngineUnavailable("The engine did not answer.")

    service._engine.unload_adapter = refused  # type: ignore[method-assign]
    await service.adapters.look()
    assert await one(client, "tainted_served") == 1
    assert await one(client, "engine_up") == 0
    service._engine.unload_adapter = unload  # type: ignore[method-assign]
    await service.adapters.look()
    assert await one(client, "tainted_served") == 0


async def test_an_engine_that_is_away_is_told(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    engine.replies = [fails(503)]
    for _ in range(3):
        await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
    samples = await told(client)
    assert samples["breaker_open"] == {(("seat", "primary"),): 1}
    assert samples["engine_up"] == {(): 0}


async def test_a_model_that_failed_is_told_until_it_answers_and_not_only_while_it_is_left_alone(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> None:
    brief = settings.model_copy(update={"breaker_open_s": 0.001})
    service = ScoringService(brief, project, engine.client())  # type: ignore[arg-type]
    async with calling(service) as client:
        well, engine.replies = engine.replies, [fails(503)]
        for _ in range(3):
            await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
        with anyio.fail_after(10):
            while await one(client, "engine_up") != 1:
                await anyio.sleep(0)
        assert await one(client, "breaker_open", seat="primary") == 1
        engine.replies = well
        await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})
        assert await one(client, "breaker_open", seat="primary") == 0


async def test_a_wrong_token_is_counted_apart_from_none(client: httpx.AsyncClient) -> None:
    assert await one(client, "refused_total", code="credential_wrong") == 0
    await client.get("/v1/models", headers={"Authorization": "Bearer another"})
    del client.headers["Authorization"]
    for path in ("/v1/models", "/.env"):
        await client.get(path)
    assert await one(client, "refused_total", code="credential_wrong") == 1
    assert await one(client, "refused_total", code="credential_missing") == 2


async def test_what_waits_is_told_also_by_a_scorer_that_is_not_ready(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine
) -> None:
    project.failures["serving_state"] = ProjectUnreachable("no")
    evaluation = project.add_evaluation()
    for _ in range(2):
        abandoned(project, evaluation_id=evaluation, leased_by=None)
    service = ScoringService(settings, project, engine.client())  # type: ignore[arg-type]
    async with calling(service) as client:
        with anyio.fail_after(10):
            while await one(client, "waiting") != 2:
                await anyio.sleep(0.01)
        assert await one(client, "ready") == 0
        age = await one(client, "waiting_age_seconds")
    assert age is not None
    assert age >= 0
