"""Two ways to the same answer, walked in turn: how much longer ours takes, and how much less of it there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from speechgrade_local.bench_scorer.calls import Call, Line, Round, closed_loop
from speechgrade_local.bench_scorer.figures import Figure, Sample, added, quantile, ratio
from speechgrade_local.bench_scorer.processors import between

Step = Callable[[], None]
Look = Callable[[], dict[str, float]]
"""Milliseconds of processor time that each process has used so far."""


@dataclass(frozen=True, slots=True)
class Way:
    """An address and the calls that are sent to it, one per speech, in the same order for both ways."""

    url: str
    calls: Sequence[Call]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one caller: the plain way, ours, and what ours adds."""

    plain_p50: float
    ours_p50: float
    added_p50: Figure
    added_p95: Figure


@dataclass(frozen=True, slots=True)
class Throughput:
    """Answers per second with so many callers, and ours in shares of the plain way, round by round."""

    callers: int
    calls_per_round: int
    plain_per_second: float
    ours_per_second: float
    ratio: Figure
    plain_p50: float
    ours_p50: float
    plain_processor_ms: dict[str, float] = field(default_factory=dict)
    ours_processor_ms: dict[str, float] = field(default_factory=dict)


def latency(plain: Way, ours: Way, pairs: int, step: Step) -> Latency:
    """One caller, both ways right after each other, the first of them by turns."""
    measured: list[tuple[float, float]] = []
    with Line(plain.url) as to_plain, Line(ours.url) as to_ours:
        for number in range(pairs):
            place = number % len(plain.calls)
            legs = ((to_plain, plain.calls[place]), (to_ours, ours.calls[place]))
            order = (0, 1) if number % 2 else (1, 0)
            seconds = {leg: legs[leg][0].ask(legs[leg][1]).seconds * 1000 for leg in order}
            measured.append((seconds[0], seconds[1]))
            step()
    return Latency(*_medians(measured), added(measured, 0.5), added(measured, 0.95))


@dataclass(frozen=True, slots=True)
class Load:
    """How many callers, how often each way is loaded, and how often every call comes in one of these rounds."""

    callers: int
    rounds: int
    turns: int = 1


def throughput(plain: Way, ours: Way, load: Load, step: Step, look: Look = dict) -> Throughput:
    """A closed loop, each way by turns. A round is one pair."""
    runs: tuple[list[Round], list[Round]] = ([], [])
    used: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
    for number in range(load.rounds):
        for leg in (0, 1) if number % 2 else (1, 0):
            way = (plain, ours)[leg]
            calls = [*way.calls] * load.turns
            before = look()
            runs[leg].append(closed_loop(way.url, calls, load.callers))
            used[leg].append(between(before, look(), len(calls)))
            step()
    rates = [(one.per_second, other.per_second) for one, other in zip(*runs, strict=True)]
    plain_rate, ours_rate = _medians(rates)
    return Throughput(
        callers=load.callers,
        calls_per_round=load.turns * len(plain.calls),
        plain_per_second=plain_rate,
        ours_per_second=ours_rate,
        ratio=ratio(rates),
        plain_p50=_median_ms(runs[0]),
        ours_p50=_median_ms(runs[1]),
        plain_processor_ms=_mean_use(used[0]),
        ours_processor_ms=_mean_use(used[1]),
    )


def _median_ms(runs: Sequence[Round]) -> float:
    return quantile([1000 * reply.seconds for run in runs for reply in run.replies], 0.5)


def _mean_use(looks: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: sum(look[name] for look in looks) / len(looks) for name in looks[0]}


def _medians(pairs: Sample) -> tuple[float, float]:
    return quantile([pair[0] for pair in pairs], 0.5), quantile([pair[1] for pair in pairs], 0.5)
