"""Speeches scored without a pause, so that whatever happens to the adapters happens under load."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.scoring.outcomes import Outcome, Scored
from speechgrade_scorer.scoring.scorer import Scorer
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.roster import Roster
from speechgrade_shared.rubric import parse_rubric

RUBRIC = parse_rubric({"name": "Load", "categories": [{"name": "Hook", "points": 4, "subcategories": []}]})


@dataclass(frozen=True)
class Answered:
    """One outcome, when it was asked for and when it came (monotonic seconds)."""

    asked_at: float
    came_at: float
    outcome: Outcome

    @property
    def adapter(self) -> str:
        """Who gave it, as the engine says; the code where nobody did."""
        return self.outcome.completion.model if isinstance(self.outcome, Scored) else self.outcome.cause.code


@dataclass
class Side:
    """One of several scorers side by side: an adapter sync and a scorer of its own at the engine they share."""

    adapters: AdapterSync
    scorer: Scorer
    answered: list[Answered] = field(default_factory=list)

    async def score(self, scopes: Scopes, text: str = "I speak about bees.") -> Answered:
        asked_at = time.monotonic()
        outcome = await self.scorer.score(Speech(None, text, RUBRIC, Roster(), scopes))
        answered = Answered(asked_at, time.monotonic(), outcome)
        self.answered.append(answered)
        return answered

    async def score_on_and_on(self, scopes: Scopes) -> None:
        while True:
            await self.score(scopes, f"I speak about bees, for the {uuid.uuid4().int % 1000}. time.")


@asynccontextmanager
async def side_by_side(settings: ScorerSettings, cache: Path, count: int) -> AsyncIterator[list[Side]]:
    """So many scorers, each looking at its adapters again and again, with a disk of its own."""
    projects = [SupabaseProject.from_settings(settings) for _ in range(count)]
    engines = [Engine.from_settings(settings) for _ in range(count)]
    sides = []
    for number, (project, engine) in enumerate(zip(projects, engines, strict=True)):
        own = settings.model_copy(update={"adapter_cache": cache / str(number)})
        adapters = AdapterSync(own, project, engine, Metrics())
        sides.append(Side(adapters, Scorer(own, engine, adapters, Metrics())))
    try:
        async with anyio.create_task_group() as tasks:
            for side in sides:
                await side.adapters.look()
                tasks.start_soon(side.adapters.run)
            yield sides
            tasks.cancel_scope.cancel()
    finally:
        for engine in engines:
            await engine.close()
        for project in projects:
            project.close()


@asynccontextmanager
async def under_load(sides: list[Side], scopes: Scopes, *, each: int) -> AsyncIterator[None]:
    """``each`` speeches at once on every side, from before the block until after it."""
    async with anyio.create_task_group() as tasks:
        for side in sides:
            for _ in range(each):
                tasks.start_soon(side.score_on_and_on, scopes)
        yield
        tasks.cancel_scope.cancel()


async def answers(sides: list[Side], adapter: str, count: int, limit_s: float = 60.0) -> None:
    """Wait until an adapter has given so many answers more on every side."""
    before = [len(side.answered) for side in sides]
    with anyio.fail_after(limit_s):
        for side, start in zip(sides, before, strict=True):
            while sum(answer.adapter == adapter for answer in side.answered[start:]) < count:
                await anyio.sleep(0.02)
