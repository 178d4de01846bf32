"""How sure the model was: the expected points of each criterion and the interval in which they mostly lie.

A greedy answer shows the likeliest points only. Weighting every value by its probability, as G-Eval does with the
tokens of a score (Liu et al., 2023), gives finer points and says how far the model wavered. The probabilities are the
model's own at temperature 1, after the grammar's mask, and given the answer's text up to there; they say how sure the
model is, not how right. What is not known well enough is None, never a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from speechgrade_shared.rubric import Criterion, Rubric
from speechgrade_shared.sections import whole

from speechgrade_scorer.engines.provider import Completion
from speechgrade_scorer.scoring.points_in_tokens import (
    Path,
    Placed,
    number_places,
    placed_tokens,
    probabilities,
)
from speechgrade_scorer.scoring.review import Doubt, ReviewReason

LEAST_COVERED = 0.9
"""How much of the probability must be known for anything to be said."""
_LOW, _HIGH = 0.1, 0.9
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """Points that are expected, and the central 80 % of their distribution, in points."""

    expected: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return {"expected": round(self.expected, 4), "low": whole(self.low), "high": whole(self.high)}


@dataclass(frozen=True, slots=True)
class CriterionCertainty:
    """How sure the model was of one criterion. ``interval`` is None where too little is known.

    ``probability`` is that of the points that were given; ``covered`` is how much of the distribution is known.
    """

    category: str
    criterion: str
    interval: Interval | None
    probability: float
    covered: float

    def as_dict(self) -> dict[str, float] | None:
        return self.interval.as_dict() | {"probability": round(self.probability, 4)} if self.interval else None


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure the model was of each criterion of an answer, in its order, and of the total.

    The total's interval is that of criteria that rise and fall together: raters are mild or strict as a whole, and no
    other dependence spreads a sum further. It is None unless every criterion's is known.
    """

    criteria: tuple[CriterionCertainty, ...]

    @property
    def total(self) -> Interval | None:
        known = [criterion.interval for criterion in self.criteria if criterion.interval]
        if len(known) < len(self.criteria):
            return None
        return Interval(
            sum(interval.expected for interval in known),
            round(sum(interval.low for interval in known), 4),
            round(sum(interval.high for interval in known), 4),
        )

    def as_dict(self) -> dict[str, object]:
        """As it is stored: finite numbers, and null for what is not known."""
        by_category: dict[str, dict[str, dict[str, float] | None]] = {}
        for criterion in self.criteria:
            by_category.setdefault(criterion.category, {})[criterion.criterion] = criterion.as_dict()
        return {"criteria": by_category, "total": self.total.as_dict() if self.total else None}


def certainty_of(completion: Completion, rubric: Rubric) -> Certainty | None:
    """How sure the model was of an accepted answer; None where its engine does not tell of any criterion."""
    placed = placed_tokens(completion.text, completion.tokens)
    try:
        places = number_places(completion.text) if placed else {}
    except (ValueError, IndexError, RecursionError):
        return None
    criteria = []
    for category in rubric.categories:
        for criterion in category.criteria:
            span = places.get(_path(category.name, criterion.name))
            if span:
                criteria.append(_certainty(category.name, criterion, span, completion.text, placed))
    return Certainty(tuple(criteria)) if any(criterion.interval for criterion in criteria) else None


def wide(certainty: Certainty | None, rubric: Rubric, share: float) -> tuple[ReviewReason, ...]:
    """The criteria whose interval is wider than ``share`` of their maximum."""
    maxima = {(c.name, one.name): one.max_points for c in rubric.categories for one in c.criteria}
    return tuple(
        ReviewReason(Doubt.WIDE_INTERVAL, found.category, found.criterion)
        for found in (certainty.criteria if certainty else ())
        if found.interval
        and found.interval.high - found.interval.low > share * maxima[found.category, found.criterion] + _ROUNDING
    )


def _path(category: str, criterion: str) -> Path:
    return ("sections", category, "points", criterion)


def _certainty(
    category: str, criterion: Criterion, span: tuple[int, int], text: str, placed: Sequence[Placed]
) -> CriterionCertainty:
    grid = criterion.grid()
    found = probabilities(criterion, span, placed)
    covered = sum(found)
    points = float(text[slice(*span)])
    given = found[grid.index(points)] if found and points in grid else 0.0
    interval = _interval(grid, found, covered) if covered >= LEAST_COVERED else None
    return CriterionCertainty(category, criterion.name, interval, given, covered)


def _interval(grid: Sequence[float], found: Sequence[float], covered: float) -> Interval:
    expected = sum(value * probability for value, probability in zip(grid, found, strict=True)) / covered
    return Interval(expected, _quantile(grid, found, _LOW * covered), _quantile(grid, found, _HIGH * covered))


def _quantile(grid: Sequence[float], found: Sequence[float], mass: float) -> float:
    """The least value at and below which at least ``mass`` lies."""
    below = 0.0
    for value, probability in zip(grid, found, strict=True):
        below += probability
        if below >= mass - _ROUNDING:
            return value
    return grid[-1]
