"""Two adapters on the same speeches: which one is closer to the instructors, and how sure that is. Pure."""

from collections.abc import Sequence

import numpy as np

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.bootstrap import draws, paired
from speechgrade_trainer.evaluation.evaluation import Prediction
from speechgrade_trainer.evaluation.figures import Figures, Paired, Scorer
from speechgrade_trainer.evaluation.ground import FloatArray, Ground, ground_of
from speechgrade_trainer.evaluation.metrics import scorer


class Comparison(Figures):
    """One adapter less the other, in points; negative means that the first one is closer to the instructors."""

    speeches: int
    persons: int
    one: Scorer
    other: Scorer
    overall: Paired
    """Per criterion, over all of them."""
    total: Paired
    """Of a speech's sum."""
    criteria: dict[str, Paired]


def compared(examples: Sequence[Example], one: Sequence[Prediction], other: Sequence[Prediction]) -> Comparison:
    """Compare two by a paired bootstrap over persons. An unanswered speech counts as the largest possible error."""
    ground = ground_of(examples)
    drawn = draws(ground.people)
    answers = [[prediction.points for prediction in asked] for asked in (one, other)]
    first = [[prediction.was_accepted_first for prediction in asked] for asked in (one, other)]
    given = [ground.given(points) for points in answers]
    losses, totals = [ground.loss(points) for points in given], [_total_loss(ground, points) for points in given]
    return Comparison(
        speeches=ground.speeches,
        persons=ground.people,
        one=scorer(ground, answers[0], drawn, first[0]),
        other=scorer(ground, answers[1], drawn, first[1]),
        overall=_paired(ground.person, losses, ground.people, drawn),
        total=_paired(ground.person_of, totals, ground.people, drawn),
        criteria={
            name: _paired(
                ground.person[ground.label == index],
                [loss[ground.label == index] for loss in losses],
                ground.people,
                drawn,
            )
            for index, name in enumerate(ground.labels)
        },
    )


def verdict(one: str, other: str, overall: Paired) -> str:
    """One sentence that claims no more than the interval does."""
    if overall.interval is None or overall.better is None:
        return f"Too few people to tell {one} from {other}."
    low, high = overall.interval
    share = max(overall.better, 1 - overall.better)
    if low <= 0 <= high:
        return (
            f"{one} and {other} cannot be told apart: {overall.difference:+.2f} points per criterion "
            f"(95 %: {low:+.2f} to {high:+.2f}); {share:.0%} of draws on one side."
        )
    closer, farther = (one, other) if high < 0 else (other, one)
    bounds = sorted((abs(low), abs(high)))
    return (
        f"{closer} is closer to the instructors than {farther} by {abs(overall.difference):.2f} points per criterion "
        f"(95 %: {bounds[0]:.2f} to {bounds[1]:.2f}); {share:.0%} of draws."
    )


def _paired(
    person: np.ndarray[tuple[int], np.dtype[np.int64]],
    losses: Sequence[FloatArray],
    people: int,
    drawn: FloatArray | None,
) -> Paired:
    one, other = (np.bincount(person, loss, people).astype(np.float64) for loss in losses)
    return paired(one, other, np.bincount(person, minlength=people).astype(np.float64), drawn)


def _total_loss(ground: Ground, given: FloatArray) -> FloatArray:
    """The absolute error of each speech's sum; the largest possible one where there is no answer."""
    human, machine, maximum = (
        np.bincount(ground.speech, values, ground.speeches) for values in (ground.human, given, ground.maximum)
    )
    worst = np.maximum(human, maximum - human)
    loss: FloatArray = np.where(np.isnan(machine), worst, np.abs(machine - human))
    return loss
