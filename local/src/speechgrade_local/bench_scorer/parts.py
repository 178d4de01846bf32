"""Where the added milliseconds go: each part of a request's way, done alone with the scorer's own code.

These are the parts as this process does them, one after another and on a warm path. What they do not explain of the
measured addition is shown as such: waiting for a processor, switching between threads, the web framework.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import anyio
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.requests.orders import Order
from speechgrade_scorer.scoring.scorer import accepted_answer
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_shared.anonymize import Anonymizer, load_recognizers
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.prompt import render_messages

from speechgrade_local.bench_scorer.calls import Call, Line
from speechgrade_local.bench_scorer.figures import quantile

Rpc = Callable[[str, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What is done, and its median milliseconds over so many times."""

    what: str
    ms: float
    samples: int

    @property
    def is_share(self) -> bool:
        """Whether it is contained in the part before it."""
        return ", of it " in self.what


def timed(what: str, work: Callable[[int], object], times: int) -> Part:
    """The median of doing it again and again, after a few times for warmth; the number of the turn is handed over."""
    taken = []
    warm = max(3, times // 10)
    for number in range(warm + times):
        began = time.perf_counter()
        work(number)
        taken.append(1000 * (time.perf_counter() - began))
    return Part(what, quantile(taken[warm:], 0.5), times)


def text_parts(speech: Speech, completion: Completion, times: int) -> list[Part]:
    """What happens to the words: names taken out, looked for again, laid into the prompt, and the answer checked."""
    load_recognizers()
    redacted = Anonymizer(speech.roster).redact(speech.transcript).text
    return [
        timed("anonymize", lambda _: Anonymizer(speech.roster).redact(speech.transcript), times),
        timed("scan for leaks", lambda _: leaks(redacted, speech.roster), times),
        timed("render the prompt", lambda _: render_messages(speech.rubric, redacted), times),
        timed("check the answer", lambda _: accepted_answer(completion, speech.rubric), times),
    ]


def engine_client_part(url: str, question: Question, plain: Call, times: int) -> Part:
    """What the scorer's client of the engine takes more than a bare connection, at an engine that answers at once."""
    with Line(url) as line:
        bare = timed("", lambda _: line.ask(plain), times)
    return anyio.run(_asked_by_client, url, question, bare.ms, times)


def completion_of(url: str, question: Question) -> Completion:
    """What the scorer makes of an engine's answer."""

    async def asked() -> Completion:
        engine = Engine(url)
        try:
            return await engine.complete(question)
        finally:
            await engine.close()

    return anyio.run(asked)


async def _asked_by_client(url: str, question: Question, bare_ms: float, times: int) -> Part:
    engine, taken = Engine(url), []
    try:
        for _ in range(times + 3):
            began = time.perf_counter()
            await engine.complete(question)
            taken.append(1000 * (time.perf_counter() - began))
    finally:
        await engine.close()
    return Part("client of the engine", quantile(taken[3:], 0.5) - bare_ms, times)


def http_part(url: str, call: Call, times: int) -> Part:
    """A route of the scorer that does next to nothing: what the web framework takes, the credential included."""
    with Line(url) as line:
        return timed("HTTP in front", lambda _: line.ask(call), times)


def record_parts(rpc: Rpc, sql: Rpc, evaluations: Sequence[str], end: Mapping[str, Any], times: int) -> list[Part]:
    """Accepting and settling by the client that the scorer uses, and the share of it that is PostgreSQL's own."""
    parts = []
    for name, call in (("", rpc), (", of it in PostgreSQL", sql)):
        accepting, settling = _Stopwatch(), _Stopwatch()
        for number in range(times + 3):
            order = Order("bench", UUID(evaluations[number % len(evaluations)])).as_row()
            leased = {**order, "leased_by": "bench", "lease_s": 600, "patience_s": 600}
            with accepting:
                call("accept_score", {"p_order": leased})
            ended = {**end, "id": order["id"]}
            with settling:
                call("settle_score", {"p_end": ended, "p_worker": "bench", "p_keeps_key": True, "p_ledger": None})
        parts += [Part(f"accept{name}", accepting.median(), times), Part(f"settle{name}", settling.median(), times)]
    return [parts[0], parts[2], parts[1], parts[3]]


class _Stopwatch:
    def __init__(self) -> None:
        self._taken: list[float] = []
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._taken.append(1000 * (time.perf_counter() - self._began))

    def median(self) -> float:
        return quantile(self._taken[3:], 0.5)
