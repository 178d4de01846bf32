"""Models that answer by a script, and the scorer in front of them."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from speechgrade_scorer.adapters.registry import Adapter
from speechgrade_scorer.adapters.routing import Route, Scopes
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.errors import EngineUnavailable
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.scoring.outcomes import Absent, Outcome, Scored
from speechgrade_scorer.scoring.scorer import Scorer
from speechgrade_scorer.scoring.seats import Seats, guarded
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.roster import Roster
from speechgrade_shared.rubric import parse_rubric

from .conftest import BASE, GOOD, RUBRIC

SPEECH = Speech(None, "Bees matter.", parse_rubric(RUBRIC), Roster(), allows_external=True)
UNUSABLE = "{"
AWAY = EngineUnavailable("away")
Step = str | SpeechgradeError | float


def adapter(letter: str) -> Adapter:
    return Adapter(
        name=f"sg-{letter}",
        digest=letter * 64,
        servable=True,
        status="approved",
        base_model=BASE,
        base_revision="1",
        renderer_version=RENDERER_VERSION,
        lora_rank=8,
        object_prefix="adapters",
        files=(),
    )


CHAMPION, BEFORE, CHALLENGER = adapter("c"), adapter("b"), adapter("d")


class Routes:
    """``AdapterSync`` as the scorer sees it; ``routes`` is what is routed next, the last one for ever."""

    def __init__(self, *routes: Route | SpeechgradeError) -> None:
        self.routes = list(routes) or [Route(CHAMPION, previous=BEFORE)]
        self.looks = 0
        self.used: list[str] = []
        self.stand_in: Adapter | None = None
        self.asked: list[tuple[Scopes, str]] = []

    def route(self, scopes: Scopes, *, draw: str = "") -> Route:
        self.asked.append((scopes, draw))
        found = self.routes.pop(0) if len(self.routes) > 1 else self.routes[0]
        if isinstance(found, SpeechgradeError):
            raise found
        return found

    def previous(self, _scopes: Scopes) -> Adapter | None:
        return self.stand_in

    @asynccontextmanager
    async def using(self, adapter: Adapter) -> AsyncIterator[None]:
        self.used.append(adapter.name)
        yield

    async def look(self, *, unless_younger_than_s: float = 0.0, waits: bool = True) -> None:
        assert not waits
        assert unless_younger_than_s > 0
        self.looks += 1


class Model:
    """A provider with a script for each name it is asked by; a number is a pause before the next step."""

    def __init__(self, **scripts: list[Step]) -> None:
        self.scripts = scripts
        self.asked: list[Question] = []
        self.limits: list[float] = []

    @property
    def names(self) -> list[str]:
        return [question.model for question in self.asked]

    async def complete(self, question: Question, *, within_s: float | None = None, **_: object) -> Completion:
        assert within_s is not None
        self.asked.append(question)
        self.limits.append(within_s)
        script = self.scripts[question.model.replace("-", "_")]
        step = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(step, float):
            with anyio.move_on_after(within_s) as scope:
                await anyio.sleep(step)
            if scope.cancelled_caught:
                raise EngineUnavailable("too slow", code="engine_timeout")
            step = json.dumps(GOOD)
        if isinstance(step, SpeechgradeError):
            raise step
        return Completion(question.model, step, "stop", 10, 5)


GOOD_TEXT = json.dumps(GOOD)


async def scored(
    settings: ScorerSettings,
    ours: Model,
    elsewhere: Model | None = None,
    *,
    speech: Speech = SPEECH,
    routes: Routes | None = None,
    fallback: str = "",
    asks: Callable[[Scorer], Any] | None = None,
    **changes: object,
) -> Outcome:
    chosen = settings.model_copy(update={"score_fallback": tuple(fallback.split()), **changes})
    external = guarded(chosen, elsewhere, "https://api.example.com/v1", "gpt-x", is_ours=False) if elsewhere else None
    if chosen.engine_kind == "openai":
        primary = guarded(chosen, ours, "https://tuned.example.com", chosen.engine_model, is_ours=False)
    else:
        primary = guarded(chosen, ours, "http://engine:8000", chosen.base_model, is_ours=True)
    scorer = Scorer(chosen, None, routes or Routes(), Metrics(), seats=Seats(primary, external))  # type: ignore[arg-type]
    outcome = await (asks(scorer) if asks else scorer.score(speech))
    assert isinstance(outcome, Scored | Absent)
    return outcome


def reason(outcome: Outcome) -> str:
    assert isinstance(outcome, Absent), outcome
    return outcome.cause.code
