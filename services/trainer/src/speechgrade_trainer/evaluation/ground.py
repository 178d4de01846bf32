"""The instructors' points of a test split as arrays, and what somebody gave beside them. Pure.

An instance is one criterion of one speech. Rubrics may be mixed: a criterion is known by its section and name, and by
its maximum and step as well where rubrics differ in those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray
from speechgrade_shared.rubric import Criterion
from speechgrade_shared.sections import ScoredSpeech, whole

from speechgrade_trainer.data.dataset import Example

Points = Mapping[tuple[str, str], float]
"""The points of a speech by (category, criterion)."""
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Instance:
    """One criterion of one speech."""

    speech: int
    section: str
    criterion: Criterion
    human: float


@dataclass(frozen=True)
class Ground:
    """What everyone is measured on. The arrays have one entry per instance; ``person_of`` one per speech."""

    instances: tuple[Instance, ...]
    labels: tuple[str, ...]
    label: IntArray
    speech: IntArray
    person_of: IntArray
    human: FloatArray
    maximum: FloatArray

    @property
    def speeches(self) -> int:
        return len(self.person_of)

    @property
    def people(self) -> int:
        return int(self.person_of.max()) + 1 if self.speeches else 0

    @property
    def person(self) -> IntArray:
        return self.person_of[self.speech]

    def given(self, answers: Sequence[Points | None]) -> FloatArray:
        """The points of one answer per speech, by instance; NaN where there is no answer."""
        found = [answers[one.speech] for one in self.instances]
        return np.array(
            [
                np.nan if answer is None else answer[one.section, one.criterion.name]
                for one, answer in zip(self.instances, found, strict=True)
            ],
            dtype=np.float64,
        )

    def on_grid(self, given: FloatArray) -> FloatArray:
        """The nearest points that the rubric allows."""
        pairs = zip(self.instances, given.tolist(), strict=True)
        return np.array([np.nan if isnan(points) else one.criterion.nearest(points) for one, points in pairs])

    def loss(self, given: FloatArray) -> FloatArray:
        """Absolute errors; where there is no answer, the largest error that anyone could make."""
        worst = np.maximum(self.human, self.maximum - self.human)
        return np.where(np.isnan(given), worst, np.abs(given - self.human))

    def per_person(self, values: FloatArray) -> FloatArray:
        """Sums of values by instance, of shape (people,)."""
        sums: FloatArray = np.bincount(self.person, values, self.people).astype(np.float64)
        return sums


def ground_of(examples: Sequence[Example]) -> Ground:
    """Read the instructors' points of a split."""
    instances = tuple(_instances(examples))
    names = _labels(instances)
    labels = tuple(dict.fromkeys(names))
    places = {name: index for index, name in enumerate(labels)}
    people = {subject: index for index, subject in enumerate(dict.fromkeys(example.subject for example in examples))}
    return Ground(
        instances=instances,
        labels=labels,
        label=np.array([places[name] for name in names], dtype=np.int64),
        speech=np.array([one.speech for one in instances], dtype=np.int64),
        person_of=np.array([people[example.subject] for example in examples], dtype=np.int64),
        human=np.array([one.human for one in instances], dtype=np.float64),
        maximum=np.array([one.criterion.max_points for one in instances], dtype=np.float64),
    )


def points_of(scored: ScoredSpeech) -> Points:
    """The points of every criterion of a scored speech."""
    return {(section.name, criterion): points for section in scored.sections for criterion, points in section.points}


def _instances(examples: Sequence[Example]) -> list[Instance]:
    found = []
    for index, example in enumerate(examples):
        human = points_of(example.human)
        for category in example.rubric.categories:
            found += [Instance(index, category.name, c, human[category.name, c.name]) for c in category.criteria]
    return found


def named_apart(names: Sequence[str], maxima: Sequence[float], steps: Sequence[float] = ()) -> list[str]:
    """The names, with maximum and step said where the same name has several of them."""
    steps = steps or [1.0] * len(names)
    grids: dict[str, set[tuple[float, float]]] = {}
    for name, grid in zip(names, zip(maxima, steps, strict=True), strict=True):
        grids.setdefault(name, set()).add(grid)
    told = []
    for name, maximum, step in zip(names, maxima, steps, strict=True):
        parts = [f"max {whole(maximum)}"] if len({top for top, _ in grids[name]}) > 1 else []
        parts += [f"step {whole(step)}"] if len({fine for _, fine in grids[name]}) > 1 else []
        told.append(f"{name} ({', '.join(parts)})" if parts else name)
    return told


def _labels(instances: Sequence[Instance]) -> list[str]:
    criteria = [one.criterion for one in instances]
    names = [f"{one.section} / {one.criterion.name}" for one in instances]
    return named_apart(names, [c.max_points for c in criteria], [c.step for c in criteria])
