"""Promotion, withdrawal and scarcity while speeches are scored: who answers in between, and who must not."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread
from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.errors import AdapterRefused, ModelUnknown, NoChampion
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.scoring.outcomes import Scored
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.errors import ObjectMissing, ProjectUnreachable
from speechgrade_shared.roster import Roster
from speechgrade_shared.rubric import parse_rubric

from .conftest import GOOD, RUBRIC, FakeEngine, FakeProject, says

pytestmark = pytest.mark.anyio


class Gate:
    """Holds downloads until it is opened."""

    def __init__(self, project: FakeProject) -> None:
        self._open = threading.Event()
        self._download = project.download_to
        self.waiting = threading.Event()
        project.download_to = self._held  # type: ignore[method-assign]

    def _held(self, bucket: str, path: str, target: Path) -> str:
        self.waiting.set()
        assert self._open.wait(10)
        return self._download(bucket, path, target)

    async def reached(self) -> None:
        assert await to_thread.run_sync(self.waiting.wait, 10)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def adapters(service: ScoringService) -> AdapterSync:
    return service.adapters


def with_settings(project: FakeProject, engine: FakeEngine, settings: ScorerSettings, **changes: Any) -> AdapterSync:
    changed = settings.model_copy(update=changes)
    return AdapterSync(changed, project, engine.client(), Metrics())  # type: ignore[arg-type]


def champions(project: FakeProject, *scopes: tuple[str, str]) -> list[str]:
    """A champion for each scope; returns their names."""
    rows = [project.add_adapter(f"{kind} {scope}", scope_kind=kind, scope_id=scope) for kind, scope in scopes]
    project.state = rows
    return [row["name"] for row in rows]


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not holds():
            await anyio.sleep(0.01)


async def test_the_old_champion_answers_while_the_new_one_is_on_its_way(
    adapters: AdapterSync, project: FakeProject
) -> None:
    first = project.state[0]["name"]
    await adapters.look()
    gate, second = Gate(project), project.add_adapter("two")["name"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(adapters.look)
        await gate.reached()
        found = adapters.route(Scopes()).answering
        assert found.name == first
        async with adapters.using(found):
            pass
        assert adapters.obstacles() == []
        assert [gap.code for gap in adapters.gaps()] == ["champion_not_loaded"]
        gate.open()
    assert adapters.route(Scopes()).answering.name == second
    assert adapters.gaps() == []


async def test_an_old_champion_that_is_withdrawn_does_not_wait_for_the_new_one(
    adapters: AdapterSync, project: FakeProject
) -> None:
    first = project.state[0]["name"]
    await adapters.look()
    gate = Gate(project)
    project.add_adapter("two")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(adapters.run)
        await gate.reached()
        project.approved.discard(first)
        await adapters.look(waits=False)
        with pytest.raises(NoChampion) as caught:
            adapters.route(Scopes())
        assert caught.value.code == "champion_not_loaded"
        gate.open()
        await until(lambda: len(adapters.serving.loaded) == 1 and first not in adapters.serving.loaded)
        tasks.cancel_scope.cancel()


async def test_a_champion_that_is_withdrawn_while_it_comes_is_not_loaded(
    adapters: AdapterSync, project: FakeProject, engine: FakeEngine
) -> None:
    gate = Gate(project)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(adapters.look)
        await gate.reached()
        project.state[0] |= {"servable": False, "status": "tainted"}
        await adapters.look(waits=False)
        gate.open()
    assert engine.loaded == set()


async def test_a_withdrawal_stops_an_answer_that_is_being_given(
    adapters: AdapterSync, project: FakeProject, engine: FakeEngine
) -> None:
    await adapters.look()
    champion = adapters.route(Scopes()).answering
    stopped = anyio.Event()

    async def answer() -> None:
        with pytest.raises(ModelUnknown):
            async with adapters.using(champion):
                await anyio.sleep_forever()
        stopped.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer)
        await anyio.wait_all_tasks_blocked()
        project.state[0] |= {"servable": False, "status": "tainted"}
        await adapters.look()
        with anyio.fail_after(5):
            await stopped.wait()
    assert engine.loaded == set()
    with pytest.raises(ModelUnknown):
        async with adapters.using(champion):
            raise AssertionError("a withdrawn adapter was asked")


async def test_an_answer_that_came_just_before_the_withdrawal_was_seen_does_not_count(
    adapters: AdapterSync, project: FakeProject
) -> None:
    await adapters.look()
    with pytest.raises(ModelUnknown):
        async with adapters.using(adapters.route(Scopes()).answering):
            project.state[0] |= {"servable": False, "status": "tainted"}
            with anyio.CancelScope(shield=True):
                await adapters.look()


async def test_a_withdrawn_course_champion_is_answered_for_by_the_default_one(
    adapters: AdapterSync, project: FakeProject
) -> None:
    default, own = champions(project, ("default", ""), ("course", "c"))
    await adapters.look()
    scopes = Scopes(course="c")
    assert adapters.route(scopes).answering.name == own
    project.state[1] |= {"servable": False, "status": "tainted"}
    await adapters.look()
    assert adapters.route(scopes).answering.name == default
    assert adapters.obstacles() == []
    assert [gap.as_dict()["scope"] for gap in adapters.gaps()] == ["course:c"]


async def test_an_adapter_that_the_engine_lost_is_loaded_again_for_its_next_use(
    adapters: AdapterSync, engine: FakeEngine
) -> None:
    await adapters.look()
    champion = adapters.route(Scopes()).answering
    engine.loaded.clear()
    with pytest.raises(ModelUnknown):
        async with adapters.using(champion):
            raise ModelUnknown("The engine has restarted.")
    async with adapters.using(adapters.route(Scopes()).answering):
        assert engine.loaded == {champion.name}


async def test_more_champions_than_places_take_turns(
    project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    scopes = [("default", ""), ("course", "a"), ("course", "b")]
    default, a, b = champions(project, *scopes)
    adapters = with_settings(project, engine, settings, max_loaded_adapters=2)
    await adapters.look()
    assert engine.loaded == {default, a}
    for _ in range(2):
        for course, name in (("a", a), ("b", b)):
            found = adapters.route(Scopes(course=course)).answering
            async with adapters.using(found):
                assert found.name == name
                assert name in engine.loaded
        async with adapters.using(adapters.route(Scopes()).answering):
            assert default in engine.loaded
        assert len(engine.loaded) == 2
    await adapters.look()
    assert len(engine.loaded) == 2
    assert adapters.gaps() == []


async def test_a_promotion_takes_over_also_where_every_place_is_taken(
    project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    (first,) = champions(project, ("default", ""))
    adapters = with_settings(project, engine, settings, max_loaded_adapters=1)
    await adapters.look()
    async with adapters.using(adapters.route(Scopes()).answering):
        second = project.add_adapter("two")["name"]
        await adapters.look()
        assert adapters.route(Scopes()).answering.name == second
        assert engine.loaded == {first, second}
    await adapters.look()
    assert engine.loaded == {second}


async def test_a_challenger_is_loaded_when_somebody_asks_it_and_the_previous_one_only_by_policy(
    project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    previous = project.add_adapter("zero")
    champion = project.add_adapter("one", previous=previous)
    challenger = project.add_adapter("two", alias="challenger", percent=0, is_shadow=True)
    project.state = [champion, challenger]
    adapters = with_settings(project, engine, settings)
    await adapters.look()
    assert engine.loaded == {champion["name"]}
    challenger |= {"percent": 100}
    await adapters.look()
    assert engine.loaded == {champion["name"], challenger["name"]}
    shadow = adapters.route(Scopes(), draw="d").shadow
    assert shadow is not None
    assert shadow.name == challenger["name"]
    assert adapters.previous(Scopes()) is None
    by_policy = with_settings(project, engine, settings, score_fallback=("previous",))
    await by_policy.look()
    assert previous["name"] in engine.loaded
    champion |= {"servable": False, "status": "tainted"}
    await by_policy.look()
    with pytest.raises(NoChampion):
        by_policy.route(Scopes())
    stand_in = by_policy.previous(Scopes())
    assert stand_in is not None
    assert stand_in.name == previous["name"]
    assert by_policy.obstacles() == []


@pytest.mark.parametrize(
    ("failure", "code", "answer"),
    [
        (ProjectUnreachable("no"), "project_unreachable", NoChampion),
        (ObjectMissing("no"), "object_missing", AdapterRefused),
        (OSError(28, "full"), "adapter_cache_failed", AdapterRefused),
    ],
)
async def test_what_fails_for_one_adapter_is_said_and_keeps_no_other_from_answering(
    adapters: AdapterSync, project: FakeProject, failure: Exception, code: str, answer: type[Exception]
) -> None:
    download, now = project.download_to, 1000.0
    adapters._clock = lambda: now

    def failing(bucket: str, path: str, target: Path) -> str:
        if path.startswith(project.state[1]["object_prefix"]):
            raise failure
        return download(bucket, path, target)

    project.download_to = failing  # type: ignore[method-assign]
    default, own = champions(project, ("default", ""), ("course", "c"))
    await adapters.look()
    assert adapters.route(Scopes()).answering.name == default
    with pytest.raises(answer):
        adapters.route(Scopes(course="c"))
    assert adapters.obstacles() == []
    assert [(gap.adapter, gap.code) for gap in adapters.gaps()] == [(own, code)]
    project.download_to = download  # type: ignore[method-assign]
    now += 15
    await adapters.look()
    assert adapters.route(Scopes(course="c")).answering.name == own


async def test_what_failed_is_tried_again_less_and_less_often(
    adapters: AdapterSync, project: FakeProject, settings: ScorerSettings
) -> None:
    now, tries = 1000.0, 0
    adapters._clock = lambda: now

    def failing(_bucket: str, _path: str, _target: Path) -> str:
        nonlocal tries
        tries += 1
        raise ObjectMissing("no")

    project.download_to = failing  # type: ignore[method-assign]
    found = []
    for _ in range(12):
        await adapters.look()
        found.append(tries)
        now += settings.sync_interval_s
    assert found == [1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4]


async def test_an_engine_without_adapters_is_ready_and_routes_nobody(
    project: FakeProject, settings: ScorerSettings
) -> None:
    project.failures["serving_state"] = AssertionError("there is nothing to look at")
    adapters = AdapterSync(settings, project, None, Metrics())  # type: ignore[arg-type]
    assert adapters.obstacles() == ["starting"]
    await adapters.look()
    assert adapters.obstacles() == []
    assert (adapters.serves_adapters, adapters.gaps()) == (False, [])
    with pytest.raises(NoChampion):
        adapters.route(Scopes())


async def test_readiness_names_what_a_single_scope_lacks_and_stays_ready(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject
) -> None:
    _, own = champions(project, ("default", ""), ("course", "c"))
    project.state[1] |= {"servable": False, "status": "tainted"}
    await service.adapters.look()
    ready = await client.get("/readyz")
    gap = {"scope": "course:c", "alias": "champion", "adapter": own, "code": "adapter_tainted"}
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "reasons": [], "gaps": [gap]})


async def test_a_challenger_that_gives_no_usable_answer_leaves_the_speech_to_the_champion(
    client: httpx.AsyncClient, service: ScoringService, project: FakeProject, engine: FakeEngine
) -> None:
    champion = project.state[0]
    challenger = project.add_adapter("two", alias="challenger", percent=100, is_shadow=False)
    project.state = [champion, challenger]
    await service.adapters.look()
    answer = (await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})).json()
    assert (answer["adapter"]["name"], answer["is_challenger"]) == (challenger["name"], True)
    engine.replies = [says("nonsense")] * service.settings.score_attempts + [says(GOOD)]
    answer = (await client.post("/v1/score", json={"evaluation_id": project.add_evaluation()})).json()
    assert (answer["adapter"]["name"], answer["is_challenger"]) == (champion["name"], False)


async def test_a_withdrawn_champion_is_stood_in_for_by_the_one_before_it_where_policy_says_so(
    project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    previous = project.add_adapter("zero")
    champion = project.add_adapter("one", previous=previous, servable=False, status="tainted")
    changed = settings.model_copy(update={"score_fallback": ("previous",)})
    service = ScoringService(changed, project, engine.client())  # type: ignore[arg-type]
    await service.adapters.look()
    speech = Speech(None, "I speak about bees.", parse_rubric(RUBRIC), Roster())
    outcome = await service._scorer.score(speech)
    assert isinstance(outcome, Scored)
    assert (outcome.completion.model, outcome.is_fallback) == (previous["name"], True)
    assert champion["name"] not in engine.loaded
