"""Speeches with both scores and both comments side by side: the worst disagreements first, then ordinary ones. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from statistics import fmean

from speechgrade_shared.prompt import FENCE
from speechgrade_shared.sections import SectionScore, whole

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.evaluation import Evaluation, Prediction

WORST, ORDINARY, CLOSEST = "Largest disagreements", "Ordinary cases", "Closest agreements"
_WORST_PART, _CLOSEST_PART = 0.6, 0.15
_ANSWER_SHOWN = 1500
"""Characters of an answer that could not be used; enough to see what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Points of both for one criterion or sum, and how they differ in words, not in colour alone."""

    name: str
    human: float
    model: float | None
    maximum: float

    @property
    def direction(self) -> str:
        """``same``, ``above`` or ``below``: the adapter's points as the instructor would see them; ``none`` without."""
        if self.model is None:
            return "none"
        difference = self.model - self.human
        return "same" if abs(difference) < 1e-9 else ("above" if difference > 0 else "below")

    @property
    def difference(self) -> str:
        if self.model is None:
            return "no answer"
        said = {"same": "= same", "above": "▲ ", "below": "▼ "}[self.direction]
        if self.direction == "same":
            return said
        return f"{said}{'+' if self.direction == 'above' else '−'}{_points(abs(self.model - self.human))}"

    @property
    def human_text(self) -> str:
        return _points(self.human)

    @property
    def model_text(self) -> str:
        return "–" if self.model is None else _points(self.model)

    @property
    def maximum_text(self) -> str:
        return _points(self.maximum)


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its sum, its criteria and both comments; one without sub-categories has no criteria of its own."""

    total: Pair
    criteria: tuple[Pair, ...]
    human_comment: str
    model_comment: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A speech as two graders saw it. ``line`` is its line in ``predictions.jsonl``, from 1."""

    kind: str
    line: int
    speech: str
    rubric: str
    error: float | None
    error_code: str | None
    answer: str
    total: Pair
    parts: tuple[Part, ...]
    human_comment: str
    model_comment: str

    @property
    def headline(self) -> str:
        """What there is to see, without a word of the speech."""
        if self.error is None:
            return f"no usable answer ({self.error_code})"
        if self.error < 1e-9:
            return "the same points for every criterion"
        return f"{self.error:.2f} points off per criterion, sum {self.total.difference.removeprefix('= ')}"


def comparisons(evaluation: Evaluation, count: int) -> list[Comparison]:
    """At most ``count`` speeches: three of five are the worst, the others lie around the median or agree best."""
    ranked = worst_first(evaluation)
    return [_comparison(kind, evaluation, ranked[rank]) for kind, rank in spread(len(ranked), count)]


def worst_first(evaluation: Evaluation) -> list[int]:
    """The test split's places by disagreement: no answer first, then the largest error."""
    pairs = list(zip(evaluation.examples, evaluation.adapter, strict=True))

    def disagreement(place: int) -> tuple[float, str]:
        error = _error(*pairs[place])
        return (float("-inf") if error is None else -error), pairs[place][0].example

    return sorted(range(len(pairs)), key=disagreement)


def spread(available: int, count: int) -> list[tuple[str, int]]:
    """Which ranks are shown, and as what; ranks ascend, and none comes twice."""
    shown = min(available, count)
    worst = ceil(_WORST_PART * shown)
    closest = min(int(_CLOSEST_PART * shown), shown - worst)
    last = available - closest
    around_median = sorted(range(worst, last), key=lambda rank: (abs(rank - (available - 1) / 2), rank))
    ordinary = sorted(around_median[: shown - worst - closest])
    return [
        *((WORST, rank) for rank in range(worst)),
        *((ORDINARY, rank) for rank in ordinary),
        *((CLOSEST, rank) for rank in range(last, available)),
    ]


def _comparison(kind: str, evaluation: Evaluation, place: int) -> Comparison:
    example, prediction = evaluation.examples[place], evaluation.adapter[place]
    scored = prediction.scored
    given: Sequence[SectionScore | None] = scored.sections if scored else [None] * len(example.human.sections)
    maxima = [{c.name: c.max_points for c in category.criteria} for category in example.rubric.categories]
    parts = tuple(map(_part, example.human.sections, given, maxima))
    return Comparison(
        kind=kind,
        line=place + 1,
        speech=_transcript(example),
        rubric=example.rubric.name or "Speech",
        error=_error(example, prediction),
        error_code=prediction.error_code,
        answer="" if scored else prediction.text[:_ANSWER_SHOWN],
        total=Pair("Sum", example.human.total, scored.total if scored else None, example.rubric.max_points),
        parts=parts,
        human_comment=example.human.overall_comments,
        model_comment=scored.overall_comments if scored else "",
    )


def _part(human: SectionScore, model: SectionScore | None, maxima: dict[str, float]) -> Part:
    given = dict(model.points) if model else {}
    total = Pair(human.name, human.total, model.total if model else None, round(sum(maxima.values()), 4))
    pairs = tuple(Pair(name, points, given.get(name), maxima[name]) for name, points in human.points)
    implicit = len(pairs) == 1 and pairs[0].name == human.name
    return Part(total, () if implicit else pairs, human.feedback, model.feedback if model else "")


def _error(example: Example, prediction: Prediction) -> float | None:
    """The mean absolute error per criterion of one speech; None without an answer."""
    if prediction.scored is None:
        return None
    human = chain.from_iterable(section.points for section in example.human.sections)
    given = chain.from_iterable(section.points for section in prediction.scored.sections)
    return fmean(abs(mine - theirs) for (_, theirs), (_, mine) in zip(human, given, strict=True))


def _transcript(example: Example) -> str:
    text = example.messages[1]["content"]
    return text.removeprefix(f"<{FENCE}>").removesuffix(f"</{FENCE}>").strip()


def _points(value: float) -> str:
    shown = whole(round(value, 2))
    return str(shown)
