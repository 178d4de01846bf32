"""The scorer put together: from a request to a kept outcome."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import uuid4

import anyio
import structlog
from anyio import to_thread
from speechgrade_shared.anonymize import load_recognizers
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.api.answers import answer_of, answer_of_stored
from speechgrade_scorer.api.payloads import ScoreAnswer, ScoreRequest
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.errors import LeakFound, Unscored
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.requests.admission import Admission
from speechgrade_scorer.requests.records import Records
from speechgrade_scorer.scoring.outcomes import Absent, Ask, Outcome, Scored
from speechgrade_scorer.scoring.scorer import Scorer
from speechgrade_scorer.scoring.speech import Speech, given_speech, stored_speech
from speechgrade_scorer.settings import ScorerSettings

_log = structlog.get_logger()


class ScoringService:
    """Everything one process needs, opened and closed together."""

    def __init__(self, settings: ScorerSettings, project: SupabaseProject, engine: Engine) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.adapters = AdapterSync(settings, project, engine, self.metrics)
        self._engine = engine
        self._project = project
        self._records = Records(project)
        self._scorer = Scorer(settings, engine, self.adapters, self.metrics)
        self._admission = Admission(settings.max_concurrent_scores, settings.max_waiting_scores)

    @classmethod
    def from_settings(cls, settings: ScorerSettings) -> "ScoringService":
        return cls(settings, SupabaseProject.from_settings(settings), Engine.from_settings(settings))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ScoringService"]:
        """Keep the adapters in step while the block runs."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.adapters.run)
                # Not when the first speech waits for it.
                tasks.start_soon(to_thread.run_sync, load_recognizers)
                yield self
                tasks.cancel_scope.cancel()
        finally:
            await self.close()

    async def close(self) -> None:
        await self._engine.close()
        self._project.close()

    async def score(self, request: ScoreRequest, ask: Ask, trace: Mapping[str, str] | None = None) -> ScoreAnswer:
        """Answer with a score that is kept.

        Raises:
            SpeechgradeError: there is none; the code says why, and ``Unscored`` names the row that keeps the reason.
        """
        started = time.monotonic()
        async with self._admission.admit(ask.score_id):
            with self.metrics.in_flight.track_inprogress(), self.metrics.score_seconds.time():
                speech = await self._speech(request)
                if ask.is_keyed and (stored := await self._records.stored(ask.score_id)):
                    return answer_of_stored(stored, ask, speech.rubric)
                outcome = await self._scorer.score(speech, trace=trace)
                return await self._keep(ask, speech, outcome, started)

    async def _speech(self, request: ScoreRequest) -> Speech:
        longest = self.settings.max_transcript_chars
        if request.evaluation_id is not None:
            return stored_speech(await self._records.read(request.evaluation_id), longest=longest)
        return given_speech(request.transcript or "", request.rubric or {}, longest=longest)

    async def _keep(self, ask: Ask, speech: Speech, outcome: Outcome, started: float) -> ScoreAnswer:
        kept_as = _kept_under(ask, outcome)
        latency_ms = round(1000 * (time.monotonic() - started))
        await self._records.keep(kept_as, outcome, engine=self.adapters.serving.engine, latency_ms=latency_ms)
        self._count(outcome)
        if isinstance(outcome, Absent):
            _log.warning("unscored", reason=outcome.cause.code, score=str(kept_as.score_id), attempts=outcome.attempts)
            raise Unscored(outcome.cause, kept_as.score_id) from outcome.cause
        _log.info("scored", score=str(ask.score_id), model_used=outcome.model_used, attempts=outcome.attempts)
        if ask.is_keyed and (stored := await self._records.stored(ask.score_id)):
            # Another scorer may have kept an answer under this key first; both must say the same.
            return answer_of_stored(stored, ask, speech.rubric)
        return answer_of(ask, outcome, RENDERER_VERSION)

    def _count(self, outcome: Outcome) -> None:
        if isinstance(outcome, Scored):
            self.metrics.scores.labels("fallback" if outcome.is_fallback else "ok").inc()
            self.metrics.tokens.labels("prompt").inc(outcome.completion.prompt_tokens)
            self.metrics.tokens.labels("completion").inc(outcome.completion.completion_tokens)
        else:
            self.metrics.scores.labels("unscored").inc()
            self.metrics.unscored.labels(outcome.cause.code).inc()


def _kept_under(ask: Ask, outcome: Outcome) -> Ask:
    """A passing failure must not use up the caller's key, or asking again with it could never succeed."""
    final = isinstance(outcome, Scored) or isinstance(outcome.cause, AnswerInvalid | LeakFound)
    return ask if final else Ask(uuid4(), ask.requested_by, ask.evaluation_id, is_keyed=False)
