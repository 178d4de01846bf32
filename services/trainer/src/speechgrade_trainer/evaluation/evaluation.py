"""The adapter, its own base, and what needs no model, measured with the same code. Pure: the answers are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.answer import parse_answer
from speechgrade_shared.errors import AnswerInvalid
from speechgrade_shared.sections import ScoredSpeech

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.baselines import best_constant, predict_mean
from speechgrade_trainer.evaluation.metrics import Points, by_criterion, by_section, measure, points_of

WHO = ("adapter", "base", "predict_mean", "best_constant")
"""Those who are compared, in the order of every table."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered about one example: its text, and the scores if the text was accepted."""

    text: str
    scored: ScoredSpeech | None
    error_code: str | None

    @property
    def points(self) -> Points | None:
        return None if self.scored is None else points_of(self.scored)

    def as_dict(self) -> dict[str, Any]:
        scores = None if self.scored is None else self.scored.as_dict()
        return {"text": self.text, "scores": scores, "error_code": self.error_code}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The test split, what was answered about it, and the numbers of that."""

    examples: tuple[Example, ...]
    adapter: tuple[Prediction, ...]
    base: tuple[Prediction, ...]
    test: dict[str, Any]

    def rows(self) -> list[dict[str, Any]]:
        """One row per example for ``predictions.jsonl``."""
        return [
            {"example": example.example, "subject": example.subject, "human": example.human.as_dict()}
            | {"adapter": adapter.as_dict(), "base": base.as_dict()}
            for example, adapter, base in zip(self.examples, self.adapter, self.base, strict=True)
        ]


def accepted(text: str, example: Example) -> Prediction:
    """Read an answer as the scorer does."""
    try:
        return Prediction(text, parse_answer(text, example.rubric), None)
    except AnswerInvalid as error:
        return Prediction(text, None, error.code)


def measured(
    train: Sequence[Example],
    examples: Sequence[Example],
    adapter: Sequence[Prediction],
    base: Sequence[Prediction],
) -> Evaluation:
    """Compare all of them on the same examples; the constants are learned from ``train``."""
    human = [points_of(example.human) for example in examples]
    given: dict[str, list[Points | None]] = {
        "adapter": [prediction.points for prediction in adapter],
        "base": [prediction.points for prediction in base],
        "predict_mean": [*map(predict_mean(train).points, examples)],
        "best_constant": [*map(best_constant(train).points, examples)],
    }
    test = {who: measure(human, given[who]) for who in WHO} | {
        "sections": by_section(human, given["adapter"]),
        "criteria": by_criterion(human, given["adapter"]),
        "persons": len({example.subject for example in examples}),
    }
    return Evaluation(tuple(examples), tuple(adapter), tuple(base), test)


def beaten(test: Mapping[str, Any]) -> dict[str, bool]:
    """Which opponents the adapter beats in mean absolute error; one without a usable answer is beaten by any."""
    mine = test["adapter"]["mae"]
    return {
        who: mine is not None and (test[who]["mae"] is None or mine < test[who]["mae"])
        for who in WHO
        if who != "adapter"
    }
