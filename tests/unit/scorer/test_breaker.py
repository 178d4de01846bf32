"""What fails again and again is left alone for a while, and then tried by one alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.engines.breaker import Breaker, Phase, Ticket
from speechgrade_scorer.engines.guarded import GuardedProvider
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.errors import EngineRefused, EngineUnavailable


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(breaker: Breaker) -> Ticket:
    ticket = breaker.admit()
    assert ticket is not None
    return ticket


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(3, 10.0, clock)
    for _ in range(3):
        breaker.failed(admitted(breaker))
    return breaker


def test_only_failures_in_a_row_open_it() -> None:
    breaker = Breaker(3, 10.0, Clock())
    for outcome in (breaker.failed, breaker.failed, breaker.succeeded, breaker.failed, breaker.failed):
        outcome(admitted(breaker))
    assert breaker.phase is Phase.CLOSED
    breaker.failed(admitted(breaker))
    assert (breaker.phase, breaker.admit(), breaker.pause_left()) == (Phase.OPEN, None, 10.0)


def test_after_the_pause_one_call_is_let_through_and_decides() -> None:
    clock = Clock()
    for outcome, phase in (("succeeded", Phase.CLOSED), ("failed", Phase.OPEN)):
        breaker = opened(clock)
        clock.now += 10
        trial = admitted(breaker)
        assert breaker.admit() is None
        getattr(breaker, outcome)(trial)
        assert breaker.phase is phase


def test_a_trial_that_was_given_up_lets_the_next_one_through() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    breaker.abandoned(admitted(breaker))
    breaker.succeeded(admitted(breaker))
    assert breaker.phase is Phase.CLOSED


def test_results_of_calls_from_before_are_no_news() -> None:
    clock = Clock()
    breaker = Breaker(1, 10.0, clock)
    slow, quick = admitted(breaker), admitted(breaker)
    breaker.failed(quick)
    breaker.succeeded(slow)
    assert breaker.phase is Phase.OPEN
    clock.now += 10
    breaker.failed(slow)
    assert breaker.phase is Phase.HALF_OPEN


@given(st.lists(st.tuples(st.sampled_from(["admit", "succeeded", "failed", "abandoned", "wait"]), st.integers(0, 4))))
def test_whatever_happens_a_pause_is_kept_and_a_trial_is_alone(steps: list[tuple[str, int]]) -> None:
    clock = Clock()
    breaker = Breaker(2, 10.0, clock)
    tickets: list[Ticket] = []
    for step, number in steps:
        if step == "wait":
            clock.now += number
        elif step == "admit":
            phase, on_trial = breaker.phase, [one for one in tickets if one.is_trial and one.number == breaker._number]
            ticket = breaker.admit()
            assert (ticket is not None) == (phase is Phase.CLOSED or (phase is Phase.HALF_OPEN and not on_trial))
            tickets += [ticket] if ticket else []
        elif tickets:
            getattr(breaker, step)(tickets.pop(number % len(tickets)))
    clock.now += 1000
    for ticket in tickets:
        breaker.abandoned(ticket)
    assert breaker.admit() is not None


class Scripted:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.calls = 0
        self.result: Exception | float = 1.0

    async def complete(self, question: Question, **_: object) -> Completion:
        self.calls += 1
        if isinstance(self.result, Exception):
            raise self.result
        self.clock.now += self.result
        return Completion(question.model, "", "stop", 0, 0)


def guarded(provider: Scripted) -> GuardedProvider:
    limits = {"failures": 2, "open_s": 10.0, "clock": provider.clock}
    return GuardedProvider(provider, model="m", name="vllm", address="a", is_ours=True, **limits)  # type: ignore[arg-type]


QUESTION = Question("m", [], {}, 10, 0.0, 1)


@pytest.mark.anyio
async def test_a_paused_model_is_not_even_asked_and_says_for_how_long() -> None:
    provider = Scripted(Clock())
    guard = guarded(provider)
    provider.result = EngineUnavailable("away")
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            await guard.complete(QUESTION)
    with pytest.raises(EngineUnavailable) as paused:
        await guard.complete(QUESTION)
    assert (paused.value.code, paused.value.retry_after_s, provider.calls) == ("engine_paused", 10.0, 2)


@pytest.mark.anyio
async def test_a_refusal_is_a_sign_of_life() -> None:
    provider = Scripted(Clock())
    guard = guarded(provider)
    for error in (EngineUnavailable("away"), EngineRefused("no"), EngineUnavailable("away")):
        provider.result = error
        with pytest.raises(type(error)):
            await guard.complete(QUESTION)
    assert guard.breaker.phase is Phase.CLOSED


@pytest.mark.anyio
async def test_who_asks_for_a_pause_beyond_the_deadline_gets_it() -> None:
    provider = Scripted(Clock())
    guard = guarded(provider)
    provider.result = EngineUnavailable("slow down", code="provider_rate_limited", retry_after_s=30)
    with pytest.raises(EngineUnavailable):
        await guard.complete(QUESTION, within_s=60)
    assert guard.breaker.phase is Phase.CLOSED
    with pytest.raises(EngineUnavailable):
        await guard.complete(QUESTION, within_s=20)
    assert guard.breaker.pause_left() == 30


@pytest.mark.anyio
async def test_the_quickest_of_the_last_answers_is_remembered() -> None:
    provider = Scripted(Clock())
    guard = guarded(provider)
    assert guard.shortest_s() == 0
    for seconds in (3.0, 2.0, *([5.0] * 15)):
        provider.result = seconds
        await guard.complete(QUESTION)
    assert guard.shortest_s() == 2.0
    await guard.complete(QUESTION)
    assert guard.shortest_s() == 5.0
