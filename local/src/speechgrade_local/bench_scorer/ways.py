"""Two ways to the same answer, walked in turn: how much longer ours takes, and how much less of it there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from speechgrade_local.bench_scorer.calls import Call, Line, closed_loop
from speechgrade_local.bench_scorer.figures import Figure, Sample, added, quantile, ratio

Step = Callable[[], None]


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


def throughput(plain: Way, ours: Way, callers: int, rounds: int, step: Step) -> Throughput:
    """A closed loop over every call, each way by turns. A round is one pair."""
    rates: list[tuple[float, float]] = []
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        found = {}
        for leg in (0, 1) if number % 2 else (1, 0):
            way = (plain, ours)[leg]
            run = closed_loop(way.url, way.calls, callers)
            found[leg] = run.per_second
            taken[leg].extend(reply.seconds * 1000 for reply in run.replies)
            step()
        rates.append((found[0], found[1]))
    slow, quick = (quantile(seconds, 0.5) for seconds in taken)
    return Throughput(callers, len(plain.calls), *_medians(rates), ratio(rates), slow, quick)


def _medians(pairs: Sample) -> tuple[float, float]:
    return quantile([pair[0] for pair in pairs], 0.5), quantile([pair[1] for pair in pairs], 0.5)
