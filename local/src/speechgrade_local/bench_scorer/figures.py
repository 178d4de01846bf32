"""Quantiles, differences and ratios of noisy measurements, each with the interval that chance leaves it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

_DRAWS = 1000
_SEED = 3
_TAIL = 0.025

Sample = Sequence[tuple[float, float]]
"""Pairs that were measured one right after the other: the plain way and ours."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, its 95 % interval by bootstrap over the pairs, and how many pairs."""

    value: float
    low: float
    high: float
    samples: int


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies, between neighbours where it falls between."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def added(pairs: Sample, share: float) -> Figure:
    """How much higher a quantile of ours is; the median is that of the differences, which the pairing makes sharper."""
    if share == 0.5:
        return _figure(pairs, lambda drawn: quantile([ours - plain for plain, ours in drawn], share))
    return _figure(pairs, lambda drawn: quantile([p[1] for p in drawn], share) - quantile([p[0] for p in drawn], share))


def ratio(pairs: Sample) -> Figure:
    """The median of ours in shares of the plain way."""
    return _figure(pairs, lambda drawn: quantile([ours / plain for plain, ours in drawn], 0.5))


def _figure(pairs: Sample, of: Callable[[Sample], float]) -> Figure:
    rng = Random(_SEED)
    drawn = [of(rng.choices(pairs, k=len(pairs))) for _ in range(_DRAWS)]
    return Figure(of(pairs), quantile(drawn, _TAIL), quantile(drawn, 1 - _TAIL), len(pairs))
