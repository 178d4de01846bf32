"""What one can score without reading the speech: the mean and the median of each criterion's points in training."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from speechgrade_shared.rubric import Criterion

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.ground import Points, points_of

_Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Constants:
    """One number per criterion of each rubric, and a share of the maximum for criteria never seen in training."""

    by_place: dict[_Place, float]
    share: float
    """Of the maximum, from 0 to 1."""

    def points(self, example: Example) -> Points:
        return {
            (category, criterion.name): self.by_place.get(
                (example.rubric_key, category, criterion.name), self.share * criterion.max_points
            )
            for category, criterion in _criteria(example)
        }


def predict_mean(train: Sequence[Example]) -> Constants:
    """The mean of each criterion, not rounded to the grid."""
    return _constants(train, fmean)


def best_constant(train: Sequence[Example]) -> Constants:
    """The median of each criterion on the grid: among constants, the median has the least absolute error."""
    constants = _constants(train, median)
    grids = {(e.rubric_key, category, c.name): c for e in train for category, c in _criteria(e)}
    snapped = {place: grids[place].nearest(value) for place, value in constants.by_place.items()}
    return Constants(snapped, constants.share)


def _constants(train: Sequence[Example], middle: Callable[[list[float]], float]) -> Constants:
    values: dict[_Place, list[float]] = {}
    shares: list[float] = []
    for example in train:
        human = points_of(example.human)
        for category, criterion in _criteria(example):
            given = human[category, criterion.name]
            values.setdefault((example.rubric_key, category, criterion.name), []).append(given)
            shares.append(given / criterion.max_points)
    # Nothing was learned from nothing: then the middle of every grid is as good as any other guess.
    share = middle(shares) if shares else 0.5
    return Constants({place: middle(given) for place, given in values.items()}, share)


def _criteria(example: Example) -> Iterator[tuple[str, Criterion]]:
    for category in example.rubric.categories:
        for criterion in category.criteria:
            yield category.name, criterion
