"""The whole bench in one run: every comparison on the same stack, both of its sides by turns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.progress import Progress
from speechgrade_scorer.scoring.scorer import accepted_answer
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.telemetry import configure_logging

from speechgrade_local.bench_scorer.bed import (
    SCORER,
    SCORER_AT_SCRIPTED,
    SCRIPTED,
    UNCACHED,
    Bed,
    opened_bed,
)
from speechgrade_local.bench_scorer.calls import Call, Line, closed_loop
from speechgrade_local.bench_scorer.lengths import Lengths, lengths
from speechgrade_local.bench_scorer.parts import (
    Part,
    completion_of,
    engine_client_part,
    http_part,
    record_parts,
    text_parts,
)
from speechgrade_local.bench_scorer.questions import Asked, given_questions, questions
from speechgrade_local.bench_scorer.ways import Latency, Load, Step, Throughput, Way, latency, throughput
from speechgrade_local.errors import StepFailed
from speechgrade_local.tiny_base import BASE_MODEL

CALLERS = 16
PACE_S = 1.0
_SPELL = 4
ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    speeches: int = 32
    pairs: int = 60
    rounds: int = 4
    scripted_pairs: int = 200
    unseen_pairs: int = 12
    part_times: int = 100

    def load(self, seconds: float = 0.0) -> Load:
        """So many rounds; where a call takes its seconds whatever the load, each caller has several to make."""
        turns = _SPELL * CALLERS // self.speeches if seconds else max(1, 2 * CALLERS // self.speeches)
        return Load(CALLERS, self.rounds, max(1, turns))

    @property
    def unseen(self) -> int:
        return self.unseen_pairs + 2 * CALLERS


QUICK = Plan(speeches=16, pairs=16, rounds=2, scripted_pairs=60, unseen_pairs=4, part_times=40)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured. Milliseconds, calls per second, tokens."""

    added: Latency
    saturated: Throughput
    added_scripted: Latency
    saturated_scripted: Throughput
    parts: tuple[Part, ...]
    adapters: Throughput
    caching: Latency
    caching_saturated: Throughput
    lengths: tuple[Lengths, Lengths]
    edge: Latency


def measure(repo: Path, state: Path, plan: Plan, console: Console) -> Figures:
    """Measure all of it; progress goes to the console.

    Raises:
        StackError: a part of the stack failed, or an answer was not one.
    """
    configure_logging("bench", level="warning", as_json=False)
    console.print("Starting the stack, two engines and a scorer …")
    with opened_bed(repo, state, plan.speeches, plan.unseen) as bed:
        return _Trial(bed, plan, console).run()


class _Trial:
    """A bed on which one comparison after the other is made."""

    def __init__(self, bed: Bed, plan: Plan, console: Console) -> None:
        self._bed, self._plan, self._console = bed, plan, console
        self._asked = questions(bed.project, bed.speeches.single, bed.adapters[0])
        self._direct = Way(bed.address(ENGINE), [asked.to_engine() for asked in self._asked])
        self._scored = Way(bed.address(SCORER), [bed.score_call(asked.evaluation) for asked in self._asked])

    def run(self) -> Figures:
        plan, bed = self._plan, self._bed
        with self._step("warming up", 0):
            answers = self._warm_up()
        with self._step("one caller, scorer against engine", plan.pairs) as step:
            added = latency(self._direct, self._scored, plan.pairs, step)
        with self._step(f"{CALLERS} callers, scorer against engine", 2 * plan.rounds) as step:
            saturated = throughput(self._direct, self._scored, plan.load(), step, bed.processor_ms)
        with self._step("1 against 4 adapters", 2 * plan.rounds) as step:
            adapters = self._four_adapters(step)
        with self._step("prefix caching off against on", plan.unseen_pairs + 2) as step:
            caching, caching_saturated = self._caching(step)
        with self._step("an engine with processors of its own", plan.scripted_pairs + 2 * plan.rounds) as step:
            bed.start_scripted(answers[0])
            added_scripted, saturated_scripted = self._scripted(step)
        with self._step("the parts of the way", 0):
            parts = self._parts()
        with self._step("the Edge Function", plan.scripted_pairs) as step:
            edge = self._edge(step)
        rubric = self._asked[0].speech.rubric
        texts = [(json.loads(answer)["choices"][0]["message"]["content"], rubric) for answer in answers]
        tokenizer = bed.models / BASE_MODEL / "tokenizer.json"
        return Figures(
            added=added,
            saturated=saturated,
            added_scripted=added_scripted,
            saturated_scripted=saturated_scripted,
            parts=parts,
            adapters=adapters,
            caching=caching,
            caching_saturated=caching_saturated,
            lengths=lengths(tokenizer, texts),
            edge=edge,
        )

    def _warm_up(self) -> list[bytes]:
        """Every prompt is in the engine's cache afterwards, for both ways alike. Returns the engine's answers."""
        answers = [reply.body for reply in closed_loop(self._direct.url, self._direct.calls, CALLERS).replies]
        closed_loop(self._scored.url, self._scored.calls[:CALLERS], CALLERS)
        with Line(self._direct.url) as engine, Line(self._scored.url) as scorer:
            for plain, ours in list(zip(self._direct.calls, self._scored.calls, strict=True))[:3]:
                self._insist_same(engine.ask(plain).body, scorer.ask(ours).body)
        return answers

    def _insist_same(self, plain: bytes, ours: bytes) -> None:
        usage, kept = json.loads(plain)["usage"], json.loads(ours)["score_id"]
        with psycopg.connect(self._bed.stack.database_url) as connection:
            row = connection.execute(
                "select prompt_tokens, completion_tokens from llm.scores where id = %s", (kept,)
            ).fetchone()
        if row != (usage["prompt_tokens"], usage["completion_tokens"]):
            raise StepFailed("The scorer did not ask the engine what the bench asked it.")

    def _four_adapters(self, step: Step) -> Throughput:
        spread = Way(self._scored.url, [self._bed.score_call(one) for one in self._bed.speeches.spread])
        replies = closed_loop(spread.url, spread.calls, CALLERS).replies
        answered = {json.loads(reply.body)["adapter"]["name"] for reply in replies}
        if answered != set(self._bed.adapters):
            raise StepFailed(f"Only {len(answered)} of {len(self._bed.adapters)} adapters answered.")
        return throughput(self._scored, spread, self._plan.load(), step)

    def _caching(self, step: Step) -> tuple[Latency, Throughput]:
        unseen = given_questions(self._bed.speeches.unseen, self._asked[0].speech, BASE_MODEL)
        addresses = (self._bed.address(UNCACHED), self._bed.address(ENGINE))
        for address in addresses:
            # Afterwards the rubric is in the cache of the one that has a cache, and every code path is warm.
            closed_loop(address, [one.of(BASE_MODEL).to_engine() for one in self._asked[:4]], 4)
        alone, together = unseen[: self._plan.unseen_pairs], unseen[self._plan.unseen_pairs :]
        uncached, cached = (Way(address, [one.to_engine() for one in alone]) for address in addresses)
        added = latency(uncached, cached, len(alone), step)
        uncached, cached = (Way(address, [one.to_engine() for one in together]) for address in addresses)
        return added, throughput(uncached, cached, Load(CALLERS, 1), step)

    def _scripted(self, step: Step) -> tuple[Latency, Throughput]:
        direct = Way(self._bed.address(SCRIPTED), self._direct.calls)
        scored = Way(self._bed.address(SCORER_AT_SCRIPTED), self._scored.calls)
        closed_loop(scored.url, scored.calls, 4)
        added = latency(direct, scored, self._plan.scripted_pairs, step)
        self._bed.pace_scripted(PACE_S)
        saturated = throughput(direct, scored, self._plan.load(seconds=PACE_S), step)
        self._bed.pace_scripted(0.0)
        return added, saturated

    def _edge(self, step: Step) -> Latency:
        plain = Way(self._bed.address(SCORER_AT_SCRIPTED), self._scored.calls)
        origin = self._bed.stack.addresses["functions_origin"]
        edge = Way(origin, [self._bed.edge_call(asked.evaluation) for asked in self._asked])
        closed_loop(edge.url, edge.calls[:8], 2)
        return latency(plain, edge, self._plan.scripted_pairs, step)

    def _parts(self) -> tuple[Part, ...]:
        times, bed, first = self._plan.part_times, self._bed, self._asked[0]
        completion = completion_of(bed.address(SCRIPTED), first.question)
        end = _end(accepted_answer(completion, first.speech.rubric).as_dict(), first)
        with psycopg.connect(bed.stack.database_url, autocommit=True) as connection:

            def sql(name: str, params: Mapping[str, Any]) -> None:
                _call_function(connection, name, params)

            records = record_parts(bed.project.rpc, sql, bed.speeches.single, end, times)
        models = Call("/v1/models", headers=bed.score_call(first.evaluation).headers, method="GET")
        return (
            *records,
            *text_parts(first.speech, completion, times),
            engine_client_part(bed.address(SCRIPTED), first.question, self._direct.calls[0], times),
            http_part(bed.address(SCORER_AT_SCRIPTED), models, times),
        )

    @contextmanager
    def _step(self, what: str, steps: int) -> Iterator[Step]:
        self._console.print(f"  {what} …")
        shown = steps > 0 and self._console.is_terminal
        with Progress(console=self._console, transient=True, disable=not shown) as progress:
            task = progress.add_task(what, total=steps)
            yield lambda: progress.advance(task)
        self._bed.stack.check_alive()


def _end(canonical: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    rubric = asked.speech.rubric
    return {
        "status": "ok",
        "rubric": rubric.as_dict(),
        "sections": canonical["sections"],
        "overall_comments": canonical["overallComments"],
        "total_points": 1,
        "max_points": rubric.max_points,
        "review": [],
        "model_used": "bench",
        "prompt_version": RENDERER_VERSION,
        "engine": "bench",
        "attempts": 1,
        "latency_ms": 1,
        "prompt_tokens": 1,
        "completion_tokens": 1,
    }


def _call_function(connection: psycopg.Connection[Any], name: str, params: Mapping[str, Any]) -> None:
    values: Sequence[Any] = [Jsonb(value) if isinstance(value, Mapping) else value for value in params.values()]
    named = ", ".join(f"{key} => %s" for key in params)
    connection.execute(f"select llm.{name}({named})".encode(), values).fetchone()
