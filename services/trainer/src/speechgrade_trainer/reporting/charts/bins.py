"""The points that a picture of a criterion tells apart: every step of its grid, or ten parts of it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from speechgrade_trainer.evaluation.figures import Distribution
from speechgrade_trainer.reporting.charts.canvas import short

_MOST, _PARTS = 11, 10
_STEPS = (1.0, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class Bins:
    """Labelled intervals of points; ``lows`` has the lower end of each, ascending."""

    lows: tuple[float, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lows)

    @property
    def are_ranges(self) -> bool:
        """Whether a bin holds several numbers of points."""
        return "–" in self.labels[0]

    def place(self, points: float) -> int:
        """The bin that holds so many points."""
        return max(sum(low <= points + 1e-9 for low in self.lows) - 1, 0)

    def counts(self, given: Mapping[str, int]) -> list[int]:
        """How often each bin was given."""
        found = [0] * len(self)
        for points, count in given.items():
            found[self.place(float(points))] += max(count, 0)
        return found

    def table(self, confusion: Mapping[str, Mapping[str, int]]) -> list[list[int]]:
        """Counts by the human's bin, then by the adapter's."""
        rows = [[0] * len(self) for _ in self.lows]
        for human, given in confusion.items():
            for place, count in enumerate(self.counts(given)):
                rows[self.place(float(human))][place] += count
        return rows


def bins_of(distribution: Distribution) -> Bins:
    """Bins for all points that occur, from zero to the maximum."""
    values = sorted(_values(distribution))
    top = max(1e-3, *(value for value in (distribution.maximum, *values) if math.isfinite(value)))
    for step in _STEPS:
        grid = [index * step for index in range(math.floor(top / step) + 1)] if top / step < _MOST else []
        grid += [top] if grid and top - grid[-1] > 1e-9 else []
        if grid and all(any(abs(value - point) < 1e-6 for point in grid) for value in values):
            return Bins(tuple(grid), tuple(short(point) for point in grid))
    ends = [top * part / _PARTS for part in range(_PARTS + 1)]
    return Bins(tuple(ends[:-1]), tuple(f"{short(low)}–{short(high)}" for low, high in pairwise(ends)))


def _values(distribution: Distribution) -> set[float]:
    crossed = (points for row in distribution.confusion.values() for points in row)
    keys: Iterable[str] = (*distribution.human, *distribution.adapter, *distribution.confusion, *crossed)
    return {float(key) for key in keys}
