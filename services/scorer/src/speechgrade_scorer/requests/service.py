"""The scorer put together: what one process needs, opened and closed together, and the requests that it answers."""

import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import anyio
import structlog
from anyio import to_thread
from speechgrade_shared.anonymize import anonymizer_version, load_recognizers
from speechgrade_shared.errors import ProjectError, SpeechgradeError
from speechgrade_shared.identifiers.spacy_names import name_finder
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.tracing import span

from speechgrade_scorer import __version__
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.engines.breaker import Phase
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.errors import Draining, EvaluationUnknown, InFlight, RequestInvalid, ScoreUnknown
from speechgrade_scorer.metrics import Metrics, set_counted
from speechgrade_scorer.requests.admission import Admission
from speechgrade_scorer.requests.batches import Batches
from speechgrade_scorer.requests.claims import Claimer
from speechgrade_scorer.requests.orders import Job, Order
from speechgrade_scorer.requests.records import Records, Row, Verdict
from speechgrade_scorer.requests.worker import Kept, Lost, PutBack, Worker
from speechgrade_scorer.requests.works import Works
from speechgrade_scorer.scoring.outcomes import Outcome
from speechgrade_scorer.scoring.scorer import Scorer
from speechgrade_scorer.scoring.speech import GivenSpeech, Speech, given_speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_scorer.spans import Spans

_log = structlog.get_logger()
_POLL_S = 0.5


class ScoringService:
    """One scorer. It can answer while ``running``."""

    def __init__(self, settings: ScorerSettings, project: SupabaseProject, engine: Engine) -> None:
        self.settings = settings
        self.metrics = Metrics()
        host = engine if settings.engine_kind == "vllm" else None
        self.adapters = AdapterSync(settings, project, host, self.metrics)
        self.worker_id = f"scorer-{uuid4().hex[:12]}"
        self._engine = engine
        self._project = project
        self._records = records = Records(
            project, self.worker_id, settings.score_lease_s, limit_s=2 * settings.project_timeout_s
        )
        self.batches = Batches(records, settings)
        self._admission = Admission(settings.max_concurrent_scores, settings.max_waiting_scores)
        self._scorer = Scorer(settings, engine, self.adapters, self.metrics)
        worker = Worker(settings, records, self._scorer, self.adapters, self.metrics)
        self._works = Works(worker, records, self._admission, settings.score_lease_s)
        self._claimer = Claimer(records, self._works, self._admission, self.metrics, settings.claim_interval_s)
        self._name_finder = name_finder(settings.name_model)
        self.is_draining = False
        self.metrics.build.labels(__version__, RENDERER_VERSION, anonymizer_version(settings.name_model)).set(1)

    @classmethod
    def from_settings(cls, settings: ScorerSettings) -> "ScoringService":
        return cls(settings, SupabaseProject.from_settings(settings), Engine.from_settings(settings))

    @asynccontextmanager
    async def running(self, *, takes_up: bool = True) -> AsyncIterator["ScoringService"]:
        """Work while the block runs: keep adapters in step, and take up what waits unless told not to.

        At the end what is being worked on may end too, for as long as ``drain_s``; the rest is left to the others.
        """
        failure: Exception | None = None
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.adapters.run)
                # Not when the first speech waits for it.
                tasks.start_soon(to_thread.run_sync, _warm_up)
                self._works.start_in(tasks)
                if takes_up:
                    tasks.start_soon(lambda: self._claimer.run(may_claim=self._may_claim))
                try:
                    yield self
                except Exception as error:
                    # Raised again outside, so that the caller meets it as it is and not in a group.
                    failure = error
                finally:
                    with anyio.CancelScope(shield=True):
                        await self._drain()
                    tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self.close()
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Give every connection back."""
        await self._scorer.close()
        await self._engine.close()
        self._project.close()

    def _may_claim(self) -> bool:
        # What cannot be answered now is left to a scorer that can.
        return not self.is_draining and not self.adapters.obstacles()

    async def _drain(self) -> None:
        self.is_draining = True
        if not self._works.running:
            return
        _log.info("draining", scores=self._works.running)
        if not await self._works.idle(self.settings.drain_s):
            try:
                with anyio.move_on_after(self.settings.project_timeout_s):
                    _log.warning("drained_unfinished", released=await self._records.release())
            except ProjectError as error:
                # Their leases run out by themselves.
                _log.warning("release_failed", code=error.code)

    async def score(self, order: Order, *, within_s: float | None = None) -> Row:
        """Have a score made and kept, and answer with its row; one that has not ended yet is returned as it stands.

        Raises:
            SpeechgradeError: the order was not accepted; the code says why.
        """
        if self.is_draining:
            raise Draining("This scorer is about to stop.")
        deadline = anyio.current_time() + self._wait(within_s)
        self._admission.reserve()
        is_begun = False
        try:
            verdict = await self._accepted(order)
            if verdict.kind != "accepted":
                return _answer_of(verdict)
            work = self._works.begin(Job.of_order(order, verdict.reading), is_awaited=True)
            # One that was claimed meanwhile has a place of its own already.
            is_begun = work.is_awaited
        finally:
            if not is_begun:
                self._admission.free()
        ending = await work.ended(deadline - anyio.current_time())
        if isinstance(ending, Kept):
            return ending.row
        if isinstance(ending, Lost) and (row := await self._ended_elsewhere(order.score_id)) is not None:
            return row
        status = "queued" if isinstance(ending, PutBack) else "running"
        pending = ("id", "evaluation_id", "requested_by")
        return {name: value for name, value in order.as_row().items() if name in pending} | {"status": status}

    async def _ended_elsewhere(self, score_id: UUID) -> Row | None:
        # A lease looks lost, too, between the moment in which its score is settled and the one in which we hear it.
        try:
            return await self._records.stored(score_id)
        except ProjectError:
            # It is kept; the caller asks again.
            return None

    async def stored(self, score_id: UUID, *, within_s: float = 0.0) -> Row:
        """A score as it is kept; waits for its end for as long as the caller does.

        Raises:
            ScoreUnknown: there is none under this id.
        """
        deadline = anyio.current_time() + min(within_s, self.settings.answer_within_s)
        while True:
            row = await self._records.stored(score_id)
            if row is None:
                raise ScoreUnknown("There is no such score.")
            left_s = deadline - anyio.current_time()
            if row["status"] not in ("queued", "running") or left_s <= 0:
                return row
            work = self._works.of(score_id)
            if work is not None:
                await work.ended(left_s)
            else:
                await anyio.sleep(min(_POLL_S, left_s))

    async def history(self, evaluation_id: UUID) -> Row:
        """Every score of an evaluation, and what the app holds now.

        Raises:
            EvaluationUnknown: there is none.
        """
        told = await self._records.history(evaluation_id)
        if told is None:
            raise EvaluationUnknown("There is no such evaluation.")
        return told

    async def given(self, transcript: str, rubric: Mapping[str, object]) -> GivenSpeech:
        """Read and anonymize what came with a request, before anything of it is kept."""
        longest = self.settings.max_transcript_chars
        return await to_thread.run_sync(
            lambda: given_speech(transcript, rubric, self._name_finder, longest=longest), abandon_on_cancel=True
        )

    async def rehearse(self, speech: Speech) -> Outcome:
        """Score a speech that nobody gave: the same way as any other, and nothing of it is kept."""
        return await self._scorer.score(speech)

    def obstacles(self) -> list[str]:
        """Why this scorer cannot answer now, as codes; empty when it can."""
        return (["draining"] if self.is_draining else []) + self.adapters.obstacles()

    def exposition(self) -> bytes:
        """The metrics, with what is only known at the moment in which they are asked for."""
        metrics, obstacles, phases = self.metrics, self.obstacles(), self._scorer.phases()
        metrics.ready.set(not obstacles)
        set_counted(metrics.obstacles, ((code,) for code in obstacles))
        set_counted(metrics.gaps, ((gap.scope[0], gap.alias, gap.code) for gap in self.adapters.gaps()))
        metrics.in_flight.set(self._works.running)
        metrics.engine_up.set(self.adapters.engine_answers and phases["primary"] is not Phase.OPEN)
        for seat, phase in phases.items():
            # Also when the pause is over: it is shorter than the time between two scrapes.
            metrics.breaker_open.labels(seat).set(phase is not Phase.CLOSED)
        metrics.tainted_served.set(len(self.adapters.tainted_served()))
        return metrics.exposition()

    async def _accepted(self, order: Order) -> Verdict:
        patience_s, within_s = self.settings.score_patience_s, self.settings.answer_within_s
        with span(Spans.ACCEPT, role="call"):
            return await self._records.accept(order.as_row(), works_now=True, patience_s=patience_s, within_s=within_s)

    def _wait(self, within_s: float | None) -> float:
        most = self.settings.answer_within_s
        return most if within_s is None else min(within_s, most)


def _warm_up() -> None:
    load_recognizers()
    # What lives as long as the process need not be looked through at every collection, in the middle of a score.
    gc.collect()
    gc.freeze()


def _answer_of(verdict: Verdict) -> Row:
    if verdict.kind == "stored" and verdict.row is not None:
        return verdict.row
    refusals: dict[str, SpeechgradeError] = {
        "in_flight": InFlight("A request with this Idempotency-Key is being worked on.", verdict.score_id),
        "conflict": RequestInvalid("This Idempotency-Key was used for another request.", code="idempotency_conflict"),
        "evaluation_unknown": EvaluationUnknown("There is no such evaluation."),
    }
    raise refusals[verdict.kind]
