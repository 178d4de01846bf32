"""The work on one score: from what was read to an end that is kept, or a place back in the queue."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import structlog
from speechgrade_shared.errors import ProjectUnreachable, SpeechgradeError
from speechgrade_shared.tracing import span
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from speechgrade_scorer.adapters.registry import Adapter
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.errors import Bug, EvaluationGone, NoChampion
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.requests.ends import end_of, is_last_word, kept_row, passes
from speechgrade_scorer.requests.ledger import EngineShare, ledger_of
from speechgrade_scorer.requests.orders import Job, shadow_row
from speechgrade_scorer.requests.records import Records, Row
from speechgrade_scorer.scoring.outcomes import Absent, Outcome, Scored
from speechgrade_scorer.scoring.scorer import Scorer
from speechgrade_scorer.scoring.speech import Speech, kept_speech, scopes_of, stored_speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_scorer.spans import Spans

_log = structlog.get_logger()
_DELAY_S = (1.0, 4.0)
# Of an adapter that was tainted between answer and settlement: then another answers, if there is one.
_MOST_ROUTES = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """The score has ended; ``row`` is how it is kept."""

    row: Row


@dataclass(frozen=True, slots=True)
class PutBack:
    """It waits for another try."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """It is no longer this worker's: somebody else ends it, or its lease runs out."""


Ending = Kept | PutBack | Lost


def name_of(ending: Ending) -> str:
    """An ending in one word: the status of what is kept, ``put_back`` or ``lost``."""
    if isinstance(ending, Kept):
        return str(ending.row["status"])
    return "put_back" if isinstance(ending, PutBack) else "lost"


class Worker:
    """Works on one score at a time per call; keeps nothing in between."""

    def __init__(
        self,
        settings: ScorerSettings,
        records: Records,
        scorer: Scorer,
        adapters: AdapterSync,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._records = records
        self._scorer = scorer
        self._adapters = adapters
        self._metrics = metrics
        self._clock = clock
        self._share = EngineShare(clock)

    async def work(self, job: Job) -> Ending:
        """Score, and keep what comes of it.

        Raises:
            ProjectError: the end could not be kept; the lease runs out, and the score is taken up again.
        """
        started = self._clock()
        for _ in range(_MOST_ROUTES):
            with self._share.measured() as engine_s, self._metrics.score_seconds.time():
                outcome = await self._outcome(job)
            if isinstance(outcome, Absent) and passes(outcome.cause) and await self._put_back(job, outcome.cause):
                return PutBack(outcome.cause.code)
            settled = await self._settled(job, outcome, started, engine_s())
            if settled is not None:
                return settled
            await self._adapters.look(waits=False)
        refused = Absent(NoChampion("No approved model may answer for this speech."), None, 0)
        return await self._settled(job, refused, started, 0.0) or Lost()

    async def give_up(self, job: Job) -> Ending:
        """End a score whose work met a bug: to begin again would meet it again.

        Raises:
            ProjectError: as for ``work``.
        """
        outcome = Absent(Bug("Something went wrong inside the scorer."), None, 0)
        return await self._settled(job, outcome, self._clock(), 0.0) or Lost()

    async def _outcome(self, job: Job) -> Outcome:
        try:
            speech, adapter = self._speech(job), self._wanted(job)
        except SpeechgradeError as error:
            return Absent(error, None, 0)
        disclose = partial(self._records.disclose, job.score_id, job.evaluation_id, job.requested_by)
        return await self._scorer.score(speech, trace=job.trace, draw=_draw(job), adapter=adapter, disclose=disclose)

    def _speech(self, job: Job) -> Speech:
        if job.request is not None:
            return kept_speech(job.request)
        if job.reading is None:
            raise EvaluationGone("The evaluation was deleted before it was scored.")
        return stored_speech(job.reading, longest=self._settings.max_transcript_chars)

    def _wanted(self, job: Job) -> Adapter | None:
        if job.wanted_adapter is None:
            return None
        adapters = {alias.adapter.digest: alias.adapter for alias in self._adapters.serving.aliases}
        adapter = adapters.get(job.wanted_adapter)
        if adapter is None or not adapter.servable:
            raise NoChampion("The adapter is not served any more.", code="adapter_not_served")
        return adapter

    async def _put_back(self, job: Job, cause: SpeechgradeError) -> bool:
        if not await self._records.put_back(job.score_id, random.uniform(*_DELAY_S)):
            return False
        self._metrics.put_back.labels(cause.code).inc()
        _log.warning("put_back", reason=cause.code)
        return True

    async def _settled(self, job: Job, outcome: Outcome, started: float, engine_s: float) -> Ending | None:
        """The ending; None when the adapter that answered is not approved any more."""
        latency_ms = round(1000 * (self._clock() - started))
        engine = self._engine_of(outcome)
        end = end_of(job.score_id, outcome, engine=engine, latency_ms=latency_ms)
        is_ours = isinstance(outcome, Scored) and outcome.provider == "vllm"
        # What another provider's machines draw is not known, and its bill is not ours to guess.
        ledger = ledger_of(self._settings, engine_s) if is_ours else None
        settlement = await self._kept(end, is_last_word(outcome), ledger)
        if not settlement.is_kept:
            _log.warning("not_settled", reason=settlement.reason)
            return None if settlement.reason == "adapter_not_approved" else Lost()
        row = kept_row(job, end, settlement)
        self._tell(job, outcome, row)
        await self._order_shadow(job, row)
        return Kept(row)

    def _engine_of(self, outcome: Outcome) -> str:
        """Which engine it was and in which version, or which provider has seen the anonymized text."""
        if isinstance(outcome, Scored) and outcome.provider != "vllm":
            return outcome.provider
        return self._adapters.serving.engine

    async def _kept(self, end: Row, keeps_key: bool, ledger: Mapping[str, Any] | None) -> Any:
        # An answer that cost an engine's time is not thrown away while the project is away for a moment.
        retrying = AsyncRetrying(
            stop=stop_after_delay(self._settings.score_deadline_s),
            wait=wait_random_exponential(multiplier=0.2, max=5.0),
            retry=retry_if_exception_type(ProjectUnreachable),
            sleep=anyio.sleep,
            reraise=True,
        )
        with span(Spans.KEEP, role="call"):
            async for attempt in retrying:
                with attempt:
                    return await self._records.settle(end, keeps_key=keeps_key, ledger=ledger)
        raise AssertionError("tenacity either returns or raises")

    async def _order_shadow(self, job: Job, row: Row) -> None:
        if job.is_shadow or job.evaluation_id is None or job.reading is None or row["status"] == "unscored":
            return
        try:
            shadow = self._adapters.route(scopes_of(job.reading), draw=_draw(job)).shadow
            if shadow is not None:
                order = shadow_row(job.evaluation_id, shadow.digest, job.trace)
                patience_s, within_s = self._settings.score_patience_s, self._settings.answer_within_s
                await self._records.accept(order, works_now=False, patience_s=patience_s, within_s=within_s)
        except SpeechgradeError as error:
            # A comparison that nobody sees must not take a score away.
            _log.warning("shadow_not_ordered", code=error.code)

    def _tell(self, job: Job, outcome: Outcome, row: Row) -> None:
        shadow = "shadow" if job.is_shadow else "shown"
        self._metrics.scores.labels(row["status"], shadow).inc()
        if isinstance(outcome, Scored):
            self._metrics.tokens.labels("prompt").inc(outcome.completion.prompt_tokens)
            self._metrics.tokens.labels("completion").inc(outcome.completion.completion_tokens)
        if row["status"] == "unscored":
            self._metrics.unscored.labels(row["reason"]).inc()
            _log.warning("unscored", reason=row["reason"], attempts=outcome.attempts)
        else:
            _log.info("scored", model_used=row["model_used"], attempts=outcome.attempts, shadow=job.is_shadow)


def _draw(job: Job) -> str:
    """What a challenger is drawn by: the same speech always falls to the same side."""
    return str(job.evaluation_id or job.score_id)
