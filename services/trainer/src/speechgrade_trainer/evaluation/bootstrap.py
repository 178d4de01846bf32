"""The percentile bootstrap over persons (Efron & Tibshirani 1993), seeded and vectorised. Pure.

Speeches of one person resemble each other, so persons are drawn, each with all their speeches. A draw is a row of
counts, one per person; sums over a draw are then one matrix product with the sums per person.
"""

import numpy as np
from numpy.typing import NDArray

from speechgrade_trainer.evaluation.figures import Interval, Paired

FloatArray = NDArray[np.float64]
DRAWS, SEED = 2000, 20_011
_OUTSIDE = (2.5, 97.5)


def draws(people: int, count: int = DRAWS, seed: int = SEED) -> FloatArray | None:
    """How often each person is in each draw, of shape (count, people); ``None`` for fewer than two persons."""
    if people < 2:
        return None
    return np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), size=count).astype(np.float64)


def interval(values: FloatArray) -> Interval | None:
    """The middle 95 % of the draws that have a value; ``None`` if fewer than half have one."""
    known = values[np.isfinite(values)]
    if known.size == 0 or 2 * known.size < values.size:
        return None
    low, high = np.percentile(known, _OUTSIDE)
    return rounded(low), rounded(high)


def rounded(value: float) -> float:
    """Without the digits that only say in which order something was added up."""
    return round(float(value), 9)


def paired(one: FloatArray, other: FloatArray, sizes: FloatArray, drawn: FloatArray | None) -> Paired:
    """Compare two sums of errors per person over the same ``sizes`` instances, both on the same draws.

    All three have shape (people,).
    """
    less = one - other
    difference = rounded(less.sum() / sizes.sum())
    if drawn is None:
        return Paired(difference=difference)
    differences = (drawn @ less) / (drawn @ sizes)
    better = rounded(np.mean(differences < 0) + np.mean(differences == 0) / 2)
    return Paired(difference=difference, interval=interval(differences), better=better)
