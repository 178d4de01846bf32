"""One speech in, one outcome out: anonymize, render, ask, check, ask again or another, and say no without an answer."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from uuid import uuid4

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from anyio.abc import TaskGroup
from speechgrade_shared.anonymize import NameFinder
from speechgrade_shared.answer import answer_schema, parse_answer
from speechgrade_shared.errors import AnswerInvalid, SpeechgradeError
from speechgrade_shared.identifiers.spacy_names import name_finder
from speechgrade_shared.manifests import external_model_used, model_used
from speechgrade_shared.prompt import RENDERER_VERSION, Message, render_messages
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech
from speechgrade_shared.tracing import Span, span
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from speechgrade_scorer.adapters.registry import Adapter
from speechgrade_scorer.adapters.routing import Route, Scopes
from speechgrade_scorer.adapters.sync import AdapterSync
from speechgrade_scorer.engines.breaker import Phase
from speechgrade_scorer.engines.deadline import Deadline
from speechgrade_scorer.engines.guarded import GuardedProvider
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.engines.vllm import REQUEST_ID, Engine
from speechgrade_scorer.errors import (
    AdapterRefused,
    DeadlineExceeded,
    EngineRefused,
    EngineUnavailable,
    ExternalNotAllowed,
    NoChampion,
)
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.scoring.certainty import certainty_of, wide
from speechgrade_scorer.scoring.chain import KEPT_FOR_FALLBACKS, Link, Turn, is_away, may_be_followed, may_help
from speechgrade_scorer.scoring.outcomes import Absent, Outcome, Scored
from speechgrade_scorer.scoring.redaction import redacted
from speechgrade_scorer.scoring.review import Doubt, ReviewReason
from speechgrade_scorer.scoring.seats import Seats
from speechgrade_scorer.scoring.speech import Speech
from speechgrade_scorer.scoring.suspicion import Suspicion, suspicions
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_scorer.spans import Facts, Spans

Disclose = Callable[[str], Awaitable[None]]
"""Writes down to whom an anonymized text is about to go; where it raises, the text stays."""

_log = structlog.get_logger()
_RETRY_TEMPERATURE = 0.3
_FRESH_ENOUGH_S = 1.0
# A provider's own time limit comes a moment before ours, so that it is the one to say what happened.
_MARGIN_S = 0.02
# Ten minutes of speech are ready in 3 ms. A thread takes longer, and takes turns with this one at the interpreter.
_INLINE_CHARS = 10_000


@dataclass(slots=True)
class _Work:
    """A speech on its way through the chain."""

    speech: Speech
    trace: Mapping[str, str]
    draw: str
    deadline: Deadline
    messages: list[Message] = field(default_factory=list)
    only: Adapter | None = None
    attempts: int = 0
    adapter: Adapter | None = None
    """The adapter of the link that is asked now."""
    cause: SpeechgradeError | None = None
    """Why the primary model gave no score: what is said when nobody else gives one either."""
    cause_adapter: Adapter | None = None
    is_challenger: bool = False
    suspected: tuple[Suspicion, ...] = ()
    disclose: Disclose | None = None
    told: set[str] = field(default_factory=set)
    """Whose turn is written down."""


class Scorer:
    """The use case. It keeps nothing and writes nothing."""

    def __init__(
        self,
        settings: ScorerSettings,
        engine: Engine,
        adapters: AdapterSync,
        metrics: Metrics,
        *,
        seats: Seats | None = None,
    ) -> None:
        self._settings = settings
        self._adapters = adapters
        self._metrics = metrics
        self._seats = seats or Seats.from_settings(settings, engine)
        self._name_finder = name_finder(settings.name_model)
        # One text at a time: threads that compete for the interpreter hold up everybody's answers.
        self._watchers = CapacityLimiter(1)

    def phases(self) -> dict[str, Phase]:
        """Whether models are asked, left alone or on trial, by their seat: ``primary``, ``external``."""
        seats = {"primary": self._seats.primary, "external": self._seats.external}
        return {name: seat.breaker.phase for name, seat in seats.items() if seat is not None}

    async def close(self) -> None:
        """Close the clients of models elsewhere; the engine is whoever's made it."""
        await self._seats.close()

    async def score(
        self,
        speech: Speech,
        *,
        trace: Mapping[str, str] | None = None,
        draw: str = "",
        adapter: Adapter | None = None,
        disclose: Disclose | None = None,
    ) -> Outcome:
        """Score a speech within the deadline. A failure is an outcome, never an exception of our tree.

        The same ``draw`` falls on the same of champion and challenger. With an ``adapter``, that one alone is asked, as
        for a shadow. ``disclose`` is called before a model elsewhere is asked; without it, the speech is nobody's.
        """
        deadline = Deadline.after(self._settings.score_deadline_s, time.monotonic)
        work = _Work(speech, trace or {}, draw, deadline, only=adapter, disclose=disclose)
        async with anyio.create_task_group() as beside:
            outcome = await self._outcome(work, beside)
            if isinstance(outcome, Absent):
                beside.cancel_scope.cancel()
        if isinstance(outcome, Absent):
            return outcome
        return replace(outcome, review=self._doubts(outcome, work))

    async def _look_for_attempts(self, work: _Work) -> None:
        limiter, text = self._watchers, work.speech.transcript
        work.suspected = await to_thread.run_sync(suspicions, text, abandon_on_cancel=True, limiter=limiter)

    async def _outcome(self, work: _Work, beside: TaskGroup) -> Outcome:
        try:
            with anyio.fail_after(work.deadline.left()):
                links = self._links(work)
                with span(Spans.ANONYMIZE):
                    work.messages = await self._prepared(work.speech)
                # It takes longer than all the rest but the model, so it is done while the model answers.
                beside.start_soon(self._look_for_attempts, work)
                return await self._first_of(links, work)
        except TimeoutError:
            return _absent(work, work.cause or DeadlineExceeded("No acceptable answer came in time."))
        except SpeechgradeError as error:
            return _absent(work, error)

    def _links(self, work: _Work) -> list[Link]:
        """Who may be asked about this speech, in order.

        Raises:
            ExternalNotAllowed: the primary model is not ours, and the institution has not allowed that.
        """
        primary, allowed = self._seats.primary, work.speech.allows_external
        if not (primary.is_ours or allowed):
            raise ExternalNotAllowed("The speech may not be sent to an external model.")
        links = [Link(Turn.PRIMARY, primary)]
        if work.only is not None:
            return links
        if primary.is_ours and self._is_drawn(work):
            links.append(Link(Turn.CHAMPION, primary))
        for name in self._settings.score_fallback:
            turn = Turn(name)
            if turn is Turn.EXTERNAL and self._seats.external is not None and allowed:
                links.append(Link(turn, self._seats.external))
            elif turn in (Turn.BASE, Turn.PREVIOUS) and primary.is_ours:
                links.append(Link(turn, primary))
        return links

    def _is_drawn(self, work: _Work) -> bool:
        """Whether a challenger is the one to answer."""
        try:
            return self._adapters.route(work.speech.scopes, draw=work.draw).is_challenger
        except (NoChampion, AdapterRefused):
            return False

    async def _prepared(self, speech: Speech) -> list[Message]:
        if self._name_finder is None and len(speech.transcript) <= _INLINE_CHARS:
            return prepared_messages(speech)
        return await to_thread.run_sync(prepared_messages, speech, self._name_finder, abandon_on_cancel=True)

    async def _first_of(self, links: list[Link], work: _Work) -> Outcome:
        """The score of the first that gives one.

        Raises:
            SpeechgradeError: nobody did; why the primary model did not.
        """
        away: set[str] = set()
        for place, link in enumerate(links):
            if link.provider.address in away:
                continue
            is_last = place == len(links) - 1
            share = work.deadline.first(1.0 if is_last else 1.0 - KEPT_FOR_FALLBACKS)
            try:
                return await self._within(share, link, work)
            except SpeechgradeError as error:
                if work.cause is None:
                    work.cause, work.cause_adapter = error, work.adapter
                if not may_be_followed(error):
                    break
                if is_away(error):
                    away.add(link.provider.address)
                _log.info("link_failed", turn=link.turn.value, code=error.code)
        raise work.cause or NoChampion("No model may answer for this speech.")

    async def _within(self, deadline: Deadline, link: Link, work: _Work) -> Outcome:
        if link.is_fallback:
            self._metrics.fallbacks.labels(link.turn.value).inc()
            _log.warning("falling_back", to=link.turn.value, code=work.cause.code if work.cause else "")
        last: list[SpeechgradeError] = []
        try:
            with anyio.fail_after(deadline.left()):
                return await self._retried(deadline, link, work, last)
        except TimeoutError as error:
            timeout = EngineUnavailable("The model did not answer in time.", code="engine_timeout")
            raise (last[-1] if last else timeout) from error

    async def _retried(self, deadline: Deadline, link: Link, work: _Work, failures: list[SpeechgradeError]) -> Outcome:
        def cannot_finish(state: RetryCallState) -> bool:
            left = deadline.left() - state.upcoming_sleep - _MARGIN_S
            return state.attempt_number >= self._settings.score_attempts or left <= link.provider.shortest_s()

        retrying = AsyncRetrying(
            stop=cannot_finish, wait=_wait, retry=retry_if_exception(may_help), sleep=anyio.sleep, reraise=True
        )
        async for attempt in retrying:
            with attempt:
                try:
                    work.adapter = await self._adapter(link, work)
                    with span(Spans.ATTEMPT, role="call") as step:
                        return await self._attempt(deadline, link, work, failures, step)
                except SpeechgradeError as error:
                    failures.append(error)
                    raise
        raise AssertionError("tenacity either returns or raises")

    async def _attempt(
        self, deadline: Deadline, link: Link, work: _Work, failures: list[SpeechgradeError], step: Span
    ) -> Outcome:
        work.attempts += 1
        adapter, provider = work.adapter, link.provider
        step.note(Facts.TURN, link.turn.value)
        step.note(Facts.ATTEMPT, work.attempts)
        step.note(Facts.PROVIDER, provider.name)
        # The same question is pointless only where its answer was not accepted: an engine that was away never heard it.
        unusable = sum(isinstance(error, AnswerInvalid) for error in failures)
        question = Question(
            model=adapter.name if adapter else provider.model,
            messages=work.messages,
            schema=_schema(work.speech.rubric),
            max_tokens=self._settings.max_answer_tokens,
            # The first try is the most likely answer; the same try again would be the same answer.
            temperature=_RETRY_TEMPERATURE if unusable else 0.0,
            seed=1 + unusable,
            with_certainty=provider.is_ours,
        )
        try:
            await _written_down(work, provider)
            with self._metrics.engine_seconds.time():
                completion = await self._asked(question, step.carried(work.trace), work.adapter, provider, deadline)
            answered_by = self._name_what_answered(completion, question, provider)
            scored = accepted_answer(completion, work.speech.rubric)
        except SpeechgradeError as error:
            self._metrics.attempts.labels(error.code).inc()
            _log.info("attempt_failed", turn=link.turn.value, code=error.code, attempt=work.attempts)
            raise
        self._metrics.attempts.labels("accepted").inc()
        step.note(Facts.PROMPT_TOKENS, completion.prompt_tokens)
        step.note(Facts.COMPLETION_TOKENS, completion.completion_tokens)
        return Scored(
            scored,
            work.speech.rubric,
            completion,
            answered_by,
            adapter.digest if adapter else None,
            link.is_fallback,
            work.attempts,
            certainty=certainty_of(completion, work.speech.rubric.observable),
            provider=provider.name,
            is_challenger=link.turn is Turn.PRIMARY and work.is_challenger,
        )

    def _doubts(self, outcome: Scored, work: _Work) -> tuple[ReviewReason, ...]:
        """Why a person should look at a score: the one place where reasons come together. None of them changes it."""
        found = []
        if outcome.is_fallback:
            found.append(ReviewReason(Doubt.FALLBACK_ANSWERED))
        if work.suspected:
            found += [ReviewReason(Doubt.INJECTION_SUSPECTED, detail=kind.value) for kind in work.suspected]
            _log.warning("injection_suspected", kinds=[kind.value for kind in work.suspected])
        return (*found, *wide(outcome.certainty, outcome.rubric.observable, self._settings.review_interval_share))

    async def _asked(
        self,
        question: Question,
        trace: Mapping[str, str],
        adapter: Adapter | None,
        provider: GuardedProvider,
        deadline: Deadline,
    ) -> Completion:
        # An engine takes no id twice at a time, and callers may well send one twice.
        unique = {name: f"{value}-{uuid4().hex[:8]}" if name == REQUEST_ID else value for name, value in trace.items()}
        # While it answers it is kept in the engine, and if it is withdrawn meanwhile its answer does not count.
        kept = self._adapters.using(adapter) if adapter else nullcontext()
        async with kept:
            within_s = max(0.0, deadline.left() - _MARGIN_S)
            return await provider.complete(question, trace=unique, within_s=within_s)

    async def _adapter(self, link: Link, work: _Work) -> Adapter | None:
        """The adapter to ask at a link, as of now: one may have been tainted since the last attempt."""
        if link.turn is Turn.BASE or not link.provider.is_ours:
            return None
        if work.only is not None:
            return work.only
        if link.turn is Turn.PREVIOUS:
            return self._previous(work)
        route = await self._route(work.speech.scopes, work.draw if link.turn is Turn.PRIMARY else "")
        work.is_challenger = route.is_challenger
        return route.answering

    def _previous(self, work: _Work) -> Adapter:
        try:
            found = self._adapters.route(work.speech.scopes).previous
        except (NoChampion, AdapterRefused):
            # The champion may not answer; the one before it may.
            found = self._adapters.previous(work.speech.scopes)
        if found is None:
            raise NoChampion("There is no champion before this one.", code="no_previous_champion")
        return found

    async def _route(self, scopes: Scopes, draw: str) -> Route:
        try:
            return self._adapters.route(scopes, draw=draw)
        except NoChampion:
            # One may have been promoted a moment ago.
            await self._adapters.look(unless_younger_than_s=_FRESH_ENOUGH_S, waits=False)
            return self._adapters.route(scopes, draw=draw)

    def _name_what_answered(self, completion: Completion, question: Question, provider: GuardedProvider) -> str:
        if not provider.is_ours:
            return external_model_used(completion.model, RENDERER_VERSION)
        if completion.model != question.model:
            raise EngineRefused("Another model answered than was asked.", code="engine_model_unexpected")
        base, revision = self._settings.base_model, self._settings.base_revision
        answered = None if completion.model == base else completion.model
        return model_used(base, revision, answered, RENDERER_VERSION)


async def _written_down(work: _Work, provider: GuardedProvider) -> None:
    if work.disclose is not None and not provider.is_ours and provider.name not in work.told:
        await work.disclose(provider.name)
        work.told.add(provider.name)


def prepared_messages(speech: Speech, finder: NameFinder | None = None) -> list[Message]:
    """The prompt of an anonymized speech.

    Raises:
        LeakFound: the independent scan still sees something; the code says which kind.
    """
    return render_messages(speech.rubric, redacted(speech.transcript, speech.roster, finder))


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


def _absent(work: _Work, cause: SpeechgradeError) -> Absent:
    if cause.code == "engine_timeout":
        # An attempt has all the time that is left, so there was none for another.
        cause = DeadlineExceeded("No acceptable answer came in time.")
    adapter = work.cause_adapter if work.cause else work.adapter
    return Absent(cause, adapter.digest if adapter else None, work.attempts)


_backoff = wait_random_exponential(multiplier=0.1, max=2.0)


def _wait(state: RetryCallState) -> float:
    """No wait after an unusable answer; after a failure some, and as long as the provider itself asks for."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, EngineUnavailable):
        return max(error.retry_after_s, _backoff(state))
    return 0.0 if isinstance(error, AnswerInvalid) else _backoff(state)
