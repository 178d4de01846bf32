"""Two instructors who graded the same speech: how far people agree, which no model can be asked to exceed. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.bootstrap import draws
from speechgrade_trainer.evaluation.figures import HumanAgreement
from speechgrade_trainer.evaluation.ground import ground_of, points_of
from speechgrade_trainer.evaluation.metrics import agreement


def graded_twice(examples: Sequence[Example]) -> list[tuple[Example, Example]]:
    """Pairs of gradings of one speech: same person, rubric and words, in the order of their ids."""
    speeches: dict[tuple[str, str, str], list[Example]] = {}
    for example in sorted(examples, key=lambda one: one.example):
        place = (example.subject, example.rubric_key, example.prompt[-1]["content"])
        speeches.setdefault(place, []).append(example)
    return [pair for gradings in speeches.values() for pair in pairwise(gradings)]


def human_agreement(examples: Sequence[Example]) -> HumanAgreement | None:
    """How far the second grading of a speech is from the first; ``None`` where no speech was graded twice.

    Which of two instructors comes first means nothing, so there is no ``smd``.
    """
    pairs = graded_twice(examples)
    if not pairs:
        return None
    ground = ground_of([first for first, _ in pairs])
    found = agreement(ground, [points_of(second.human) for _, second in pairs], draws(ground.people))
    intervals = {name: bounds for name, bounds in found.intervals.items() if name != "smd"}
    undirected = found.model_copy(update={"smd": None, "intervals": intervals})
    return HumanAgreement(speeches=len(pairs), agreement=undirected)
