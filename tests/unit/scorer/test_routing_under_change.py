"""Two scorers at one engine while aliases move, adapters are withdrawn and the engine restarts: who is asked, when."""

import random
from collections import Counter
from pathlib import Path

import anyio
import pytest
from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.errors import ModelUnknown, NoChampion
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.settings import ScorerSettings

from .conftest import BASE, FakeProject

pytestmark = pytest.mark.anyio
COURSES = ("", "a", "b", "c")


class SharedEngine:
    """Knows which adapters it holds, and who is using them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    async def model_names(self) -> frozenset[str]:
        await anyio.sleep(0)
        return frozenset(self.names | {BASE})

    async def load_adapter(self, name: str, folder: Path) -> None:
        await anyio.sleep(0)
        if not (folder / "adapter_model.safetensors").is_file():
            raise ModelUnknown("There is no such folder.")
        self.names.add(name)

    async def unload_adapter(self, name: str) -> None:
        await anyio.sleep(0)
        self.names.discard(name)

    async def version(self) -> str:
        return "shared"


class OneScorer:
    """Asks as the scorer does: route, use, and route again when the engine does not know the adapter."""

    def __init__(self, settings: ScorerSettings, project: FakeProject, engine: SharedEngine) -> None:
        self.in_use: Counter[str] = Counter()
        self.unloaded_in_use: list[str] = []
        self.wrong: list[str] = []
        self.answers = 0
        self._engine, self._project = engine, project
        self.adapters = AdapterSync(settings, project, self, Metrics())  # type: ignore[arg-type]
        self.model_names, self.load_adapter = engine.model_names, engine.load_adapter
        self.version = engine.version

    async def unload_adapter(self, name: str) -> None:
        if self.in_use[name] and name in self._project.approved:
            self.unloaded_in_use.append(name)
        await self._engine.unload_adapter(name)

    async def ask(self, course: str, ticks: int) -> None:
        for _ in range(6):
            try:
                found = self.adapters.route(Scopes(course=course)).answering
                async with self.adapters.using(found):
                    await self._answer(found.name, ticks)
            except ModelUnknown:
                continue
            except NoChampion as error:
                self.wrong.append(f"{error.code} for {course or 'default'}")
                return
            self.answers += 1
            if found.name not in self.seen_approved():
                self.wrong.append(f"{found.name} was withdrawn")
            return
        self.wrong.append("asked in vain")

    async def _answer(self, name: str, ticks: int) -> None:
        if name not in self._engine.names:
            raise ModelUnknown("Not here.")
        self.in_use[name] += 1
        try:
            for _ in range(ticks):
                await anyio.sleep(0)
        finally:
            self.in_use[name] -= 1

    def seen_approved(self) -> frozenset[str]:
        return self.adapters._approved


class Campus:
    """A champion for everybody and one for each course, and what befalls them."""

    def __init__(self, project: FakeProject, engine: SharedEngine, chance: random.Random) -> None:
        self._project, self._engine, self._chance = project, engine, chance
        self._rows = {course: project.add_adapter(f"{course}0", **scope(course)) for course in COURSES}
        project.state = list(self._rows.values())

    def change(self, step: int) -> None:
        course = self._chance.choice(COURSES)
        match self._chance.choice(["promote", "promote", "withdraw", "restart", "nothing"]):
            case "promote":
                self._rows[course] = self._project.add_adapter(f"{course}{step}", **scope(course))
            case "withdraw" if course:
                self._project.approved.discard(self._rows[course]["name"])
                self._rows[course] = self._rows[course] | {"servable": False, "status": "tainted"}
            case "restart":
                self._engine.names.clear()
        self._project.state = list(self._rows.values())


@pytest.mark.parametrize("seed", range(12))
async def test_nobody_is_asked_in_vain_and_nobody_withdrawn_answers(
    settings: ScorerSettings, project: FakeProject, seed: int
) -> None:
    chance, engine = random.Random(seed), SharedEngine()
    settings = settings.model_copy(update={"max_loaded_adapters": chance.choice([1, 2, 3, 8]), "sync_interval_s": 0.02})
    campus = Campus(project, engine, chance)
    scorers = [OneScorer(settings, project, engine) for _ in range(2)]
    for scorer in scorers:
        await scorer.adapters.look()

    async with anyio.create_task_group() as tasks:
        for scorer in scorers:
            tasks.start_soon(scorer.adapters.run)
        async with anyio.create_task_group() as asking:
            for step in range(25):
                campus.change(step)
                for scorer in scorers:
                    for course in COURSES:
                        asking.start_soon(scorer.ask, course, chance.randrange(30))
                await anyio.sleep(chance.choice([0, 0.005, 0.02]))
        tasks.cancel_scope.cancel()
    for scorer in scorers:
        assert scorer.wrong == []
        assert scorer.unloaded_in_use == []
        assert scorer.answers > 50


def scope(course: str) -> dict[str, str]:
    return {"scope_kind": "course", "scope_id": course} if course else {"scope_kind": "default", "scope_id": ""}
