"""How the instructors' points are spread over each criterion's grid: what there is to learn. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from speechgrade_shared.sections import whole

from speechgrade_trainer.data.dataset import Example


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """The points given for one criterion in one split, in the rubric's points."""

    examples: int
    lowest: float
    mean: float
    sd: float
    highest: float
    maximum: float
    counts: dict[float, int]

    @property
    def is_constant(self) -> bool:
        """Everybody got the same, so a model learns nothing but the number."""
        return len(self.counts) == 1

    def as_dict(self) -> dict[str, Any]:
        return {
            "examples": self.examples,
            "min": self.lowest,
            "mean": round(self.mean, 4),
            "sd": round(self.sd, 4),
            "max": self.highest,
            "maximum": self.maximum,
            "counts": {str(whole(points)): count for points, count in self.counts.items()},
        }


def score_spreads(examples: Sequence[Example]) -> dict[str, ScoreSpread]:
    """By ``section / criterion``, with the rubric's name in front where there are several rubrics."""
    names = _rubric_names(examples)
    points: dict[str, list[float]] = {}
    maxima: dict[str, float] = {}
    for example in examples:
        prefix = f"{names[example.rubric_key]} / " if len(names) > 1 else ""
        for category, section in zip(example.rubric.categories, example.human.sections, strict=True):
            for criterion, (name, given) in zip(category.criteria, section.points, strict=True):
                place = f"{prefix}{section.name} / {name}"
                points.setdefault(place, []).append(given)
                maxima[place] = criterion.max_points
    return {place: _spread(given, maxima[place]) for place, given in points.items()}


def _spread(given: Sequence[float], maximum: float) -> ScoreSpread:
    counts = dict(sorted(Counter(given).items()))
    return ScoreSpread(len(given), min(given), fmean(given), pstdev(given), max(given), maximum, counts)


def _rubric_names(examples: Iterable[Example]) -> dict[str, str]:
    """Equal names are told apart by the beginning of the rubric's digest."""
    names = {example.rubric_key: example.rubric.name or "Rubric" for example in examples}
    often = Counter(names.values())
    return {key: name if often[name] == 1 else f"{name} {key[:6]}" for key, name in names.items()}
