"""Everyone who is compared, measured with the same code on the same speeches. Pure: the answers are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.answer import parse_answer
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.sections import ScoredSpeech

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.baselines import best_constant, predict_mean
from speechgrade_trainer.evaluation.bootstrap import draws, paired
from speechgrade_trainer.evaluation.distributions import distributions
from speechgrade_trainer.evaluation.figures import (
    ADAPTER,
    BASE,
    CHAMPION,
    CONSTANT,
    MEAN,
    RIDGE,
    WHO,
    Paired,
    TestFigures,
)
from speechgrade_trainer.evaluation.ground import FloatArray, Ground, Points, ground_of, points_of
from speechgrade_trainer.evaluation.groups import Known, axes, gaps
from speechgrade_trainer.evaluation.human_agreement import human_agreement
from speechgrade_trainer.evaluation.metrics import by_criterion, by_section, scorer
from speechgrade_trainer.evaluation.tfidf_ridge import fit_tfidf_ridge


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered about one example: the last text, and the scores if that was accepted.

    ``earlier``: the texts of the tries before, none of which was accepted.
    """

    text: str
    scored: ScoredSpeech | None
    error_code: str | None
    earlier: tuple[str, ...] = ()

    @property
    def points(self) -> Points | None:
        return None if self.scored is None else points_of(self.scored)

    @property
    def tries(self) -> int:
        return len(self.earlier) + 1

    @property
    def was_accepted_first(self) -> bool:
        return self.scored is not None and not self.earlier

    def as_dict(self) -> dict[str, Any]:
        scores = None if self.scored is None else self.scored.as_dict()
        texts = [*self.earlier, self.text]
        return {"texts": texts, "scores": scores, "tries": self.tries, "error_code": self.error_code}


@dataclass(frozen=True, slots=True)
class Champion:
    """The adapter that answers now: what it said about the same speeches, or why it was not asked."""

    digest: str | None = None
    predictions: tuple[Prediction, ...] = ()
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The test split, what was answered about it, and the numbers of that; ``base`` is empty if it was not asked."""

    examples: tuple[Example, ...]
    adapter: tuple[Prediction, ...]
    base: tuple[Prediction, ...]
    test: TestFigures
    champion: tuple[Prediction, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """One row per example for ``predictions.jsonl``."""
        asked = {ADAPTER: self.adapter, BASE: self.base, CHAMPION: self.champion}
        return [
            {"example": example.example, "subject": example.subject, "human": example.human.as_dict()}
            | {who: predictions[index].as_dict() for who, predictions in asked.items() if predictions}
            for index, example in enumerate(self.examples)
        ]


def accepted(text: str, example: Example, earlier: tuple[str, ...] = ()) -> Prediction:
    """Read an answer as the scorer does."""
    try:
        return Prediction(text, parse_answer(text, example.rubric), None, earlier)
    except AnswerInvalid as error:
        return Prediction(text, None, error.code, earlier)


def measured(
    train: Sequence[Example],
    examples: Sequence[Example],
    adapter: Sequence[Prediction],
    base: Sequence[Prediction] = (),
    *,
    champion: Champion | None = None,
    engine: str = "not named",
    known_groups: Known | None = None,
) -> Evaluation:
    """Compare all of them on the same examples; what needs no model is learned from ``train``."""
    champion = champion or Champion()
    asked = {ADAPTER: tuple(adapter), BASE: tuple(base), CHAMPION: champion.predictions}
    answers = _answers(train, examples, {who: predictions for who, predictions in asked.items() if predictions})
    ground = ground_of(examples)
    drawn = draws(ground.people)
    mine = answers[ADAPTER]
    test = TestFigures(
        speeches=ground.speeches,
        persons=ground.people,
        engine=engine,
        who={
            who: scorer(ground, answers[who], drawn, _first_accepted(asked.get(who, ()), len(examples)))
            for who in WHO
            if who in answers
        },
        paired=against_each(ground, answers, drawn),
        sections=by_section(ground, mine, drawn),
        criteria=by_criterion(ground, mine, drawn),
        distributions=distributions(ground, mine),
        groups=gaps(ground, mine, axes(examples, known_groups), drawn),
        human=human_agreement(examples),
        champion=champion.digest if champion.predictions else None,
        champion_absent=champion.absent,
    )
    return Evaluation(tuple(examples), tuple(adapter), tuple(base), test, champion.predictions)


def against_each(
    ground: Ground, answers: Mapping[str, Sequence[Points | None]], drawn: FloatArray | None
) -> dict[str, Paired]:
    """The adapter against every other, each on the same draws."""
    losses = {who: ground.per_person(ground.loss(ground.given(given))) for who, given in answers.items()}
    sizes = ground.per_person(ground.human * 0 + 1)
    return {who: paired(losses[ADAPTER], losses[who], sizes, drawn) for who in WHO if who in answers and who != ADAPTER}


def beaten(test: TestFigures) -> dict[str, bool]:
    """Which opponents the adapter beats in mean absolute error; one without a usable answer is beaten by any."""
    mine = test.who[ADAPTER].mae
    opponents = {who: test.who[who].mae for who in WHO if who in test.who and who != ADAPTER}
    return {who: mine is not None and (theirs is None or mine < theirs) for who, theirs in opponents.items()}


def _answers(
    train: Sequence[Example], examples: Sequence[Example], asked: Mapping[str, Sequence[Prediction]]
) -> dict[str, list[Points | None]]:
    found: dict[str, list[Points | None]] = {
        who: [prediction.points for prediction in predictions] for who, predictions in asked.items()
    }
    found[RIDGE] = [*fit_tfidf_ridge(train).points(examples)]
    found[MEAN] = [*map(predict_mean(train).points, examples)]
    found[CONSTANT] = [*map(best_constant(train).points, examples)]
    return found


def _first_accepted(predictions: Sequence[Prediction], speeches: int) -> list[bool]:
    return [prediction.was_accepted_first for prediction in predictions] or [True] * speeches
