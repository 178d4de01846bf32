"""One speech in, one outcome out: anonymize, render, ask, check, ask again, and say no when there is no answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

import anyio
import structlog
from anyio import to_thread
from speechgrade_shared.anonymize import Anonymizer, NameFinder
from speechgrade_shared.answer import answer_schema, parse_answer
from speechgrade_shared.errors import AnswerInvalid, Retry, SpeechgradeError
from speechgrade_shared.identifiers.spacy_names import name_finder
from speechgrade_shared.leak_scan import leaks
from speechgrade_shared.manifests import model_used
from speechgrade_shared.prompt import RENDERER_VERSION, Message, render_messages
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from speechgrade_scorer.adapters.registry import Adapter
from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.engines.vllm import REQUEST_ID, Engine
from speechgrade_scorer.errors import (
    AdapterRefused,
    DeadlineExceeded,
    EngineRefused,
    EngineUnavailable,
    LeakFound,
    ModelUnknown,
    NoChampion,
)
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.scoring.outcomes import Absent, Outcome, Scored
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_scorer.settings import ScorerSettings

_log = structlog.get_logger()
_RETRY_TEMPERATURE = 0.3
_FRESH_ENOUGH_S = 1.0


@dataclass(frozen=True, slots=True)
class _Prompt:
    """What every attempt asks."""

    messages: list[Message]
    rubric: Rubric
    scopes: Scopes
    trace: Mapping[str, str]


@dataclass(slots=True)
class _Progress:
    """What is known so far, should the attempt end early."""

    attempts: int = 0
    adapter: Adapter | None = None
    last_error: SpeechgradeError | None = None


class Scorer:
    """The use case. It keeps nothing and writes nothing."""

    def __init__(self, settings: ScorerSettings, engine: Engine, adapters: AdapterSync, metrics: Metrics) -> None:
        self._settings = settings
        self._engine = engine
        self._adapters = adapters
        self._metrics = metrics
        self._name_finder = name_finder(settings.name_model)

    async def score(
        self,
        speech: Speech,
        *,
        trace: Mapping[str, str] | None = None,
        draw: str = "",  # noqa: ARG002
        adapter: Adapter | None = None,  # noqa: ARG002
    ) -> Outcome:
        """Score a speech within the deadline. A failure is an outcome, never an exception of our tree."""
        progress = _Progress()
        try:
            with anyio.fail_after(self._settings.score_deadline_s):
                messages = await to_thread.run_sync(prepared_messages, speech, self._name_finder)
                return await self._by_policy(_Prompt(messages, speech.rubric, speech.scopes, trace or {}), progress)
        except TimeoutError:
            error = progress.last_error or DeadlineExceeded("No acceptable answer came in time.")
            return self._absent(error, progress)
        except SpeechgradeError as error:
            return self._absent(error, progress)

    async def _by_policy(self, prompt: _Prompt, progress: _Progress) -> Outcome:
        try:
            return await self._retried(prompt, progress, to_base=False)
        except (AnswerInvalid, NoChampion, AdapterRefused) as error:
            if "base" not in self._settings.score_fallback:
                raise
            _log.warning("falling_back", to="base", code=error.code)
            return await self._retried(prompt, progress, to_base=True)

    async def _retried(self, prompt: _Prompt, progress: _Progress, *, to_base: bool) -> Outcome:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.score_attempts),
            wait=wait_random_exponential(multiplier=0.1, max=2.0),
            retry=retry_if_exception(_may_help),
            sleep=anyio.sleep,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                adapter = None if to_base else await self._champion(prompt.scopes)
                number = attempt.retry_state.attempt_number
                return await self._attempt(prompt, adapter, number, progress)
        raise AssertionError("tenacity either returns or raises")

    async def _attempt(self, prompt: _Prompt, adapter: Adapter | None, number: int, progress: _Progress) -> Outcome:
        progress.attempts += 1
        progress.adapter = adapter
        question = Question(
            model=adapter.name if adapter else self._settings.base_model,
            messages=prompt.messages,
            schema=_schema(prompt.rubric),
            max_tokens=self._settings.max_answer_tokens,
            # The first try is the most likely answer; the same try again would be the same answer.
            temperature=0.0 if number == 1 else _RETRY_TEMPERATURE,
            seed=number,
        )
        try:
            with self._metrics.engine_seconds.time():
                completion = await self._asked(question, adapter, prompt.trace)
            answered_by = self._name_what_answered(completion, adapter)
            scored = accepted_answer(completion, prompt.rubric)
        except SpeechgradeError as error:
            progress.last_error = error
            self._metrics.attempts.labels(error.code).inc()
            _log.info("attempt_failed", code=error.code, attempt=number)
            raise
        self._metrics.attempts.labels("accepted").inc()
        digest = adapter.digest if adapter else None
        return Scored(scored, prompt.rubric, completion, answered_by, digest, adapter is None, progress.attempts)

    async def _asked(self, question: Question, adapter: Adapter | None, trace: Mapping[str, str]) -> Completion:
        # An engine takes no id twice at a time, and callers may well send one twice.
        unique = {name: f"{value}-{uuid4().hex[:8]}" if name == REQUEST_ID else value for name, value in trace.items()}
        if adapter is None:
            return await self._engine.complete(question, trace=unique)
        async with self._adapters.using(adapter):
            return await self._engine.complete(question, trace=unique)

    async def _champion(self, scopes: Scopes) -> Adapter:
        try:
            return self._adapters.route(scopes).answering
        except NoChampion:
            # One may have been promoted a moment ago.
            await self._adapters.look(unless_younger_than_s=_FRESH_ENOUGH_S)
            return self._adapters.route(scopes).answering

    def _name_what_answered(self, completion: Completion, adapter: Adapter | None) -> str:
        expected = adapter.name if adapter else self._settings.base_model
        if completion.model != expected:
            raise EngineRefused("Another model answered than was asked.", code="engine_model_unexpected")
        base, revision = self._settings.base_model, self._settings.base_revision
        answered = None if completion.model == base else completion.model
        return model_used(base, revision, answered, RENDERER_VERSION)

    def _absent(self, cause: SpeechgradeError, progress: _Progress) -> Absent:
        return Absent(cause, progress.adapter.digest if progress.adapter else None, progress.attempts)


def prepared_messages(speech: Speech, finder: NameFinder | None = None) -> list[Message]:
    """The prompt of an anonymized speech.

    Raises:
        LeakFound: the independent scan still sees something; the code says which kind.
    """
    text = Anonymizer(speech.roster, finder).redact(speech.transcript).text
    found = leaks(text, speech.roster)
    if found:
        raise LeakFound("The transcript could not be anonymized with certainty.", code=f"leak_{found[0]}")
    return render_messages(speech.rubric, text)


def accepted_answer(completion: Completion, rubric: Rubric) -> ScoredSpeech:
    """What the model said, if it is complete and fits the rubric.

    Raises:
        AnswerInvalid: ``answer_truncated``, ``answer_unfinished``, ``answer_unreadable``, ``answer_shape`` or
            ``answer_points``.
    """
    if completion.finish_reason != "stop":
        code = "answer_truncated" if completion.finish_reason == "length" else "answer_unfinished"
        raise AnswerInvalid("The model did not finish its answer.", code=code)
    return parse_answer(completion.text, rubric)


@lru_cache(maxsize=256)
def _schema(rubric: Rubric) -> Mapping[str, Any]:
    return answer_schema(rubric)


def _may_help(error: BaseException) -> bool:
    worth_it = isinstance(error, AnswerInvalid | EngineUnavailable | ModelUnknown)
    return worth_it and isinstance(error, SpeechgradeError) and error.retry is Retry.LATER
