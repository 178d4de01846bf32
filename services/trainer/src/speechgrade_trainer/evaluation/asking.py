"""What is asked about the test split, and how often: as the scorer asks, so that a valid answer means the same.

The first try is the most likely answer. What is not accepted is asked again with some chance and another seed, since
the same try again would be the same answer. The numbers are the scorer's, and a test says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.evaluation import Prediction, accepted

ATTEMPTS = 3
RETRY_TEMPERATURE = 0.3
TRUNCATED = "answer_truncated"


@dataclass(frozen=True, slots=True)
class Question:
    """One try at one example; at temperature 0 the seed plays no part."""

    example: Example
    temperature: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """The text, and whether the model came to its end or was cut at the limit."""

    text: str
    is_complete: bool


class Answerer(Protocol):
    """Someone who asks models for answers held to each rubric's grammar."""

    @property
    def engine(self) -> str:
        """What decodes, and its version."""
        ...

    def replies(self, who: str, questions: Sequence[Question], tell: Callable[[int], None]) -> list[Reply]:
        """One reply per question, in order; ``tell`` hears how many there are so far."""
        ...


def predictions(
    answerer: Answerer, who: str, examples: Sequence[Example], tell: Callable[[int, int], None]
) -> list[Prediction]:
    """Ask about every example, and again about those without an accepted answer.

    ``tell`` hears how many replies of a round there are, and how many there will be.
    """
    found = _round(answerer, who, [(Question(example), ()) for example in examples], tell)
    for attempt in range(2, ATTEMPTS + 1):
        open_ = [place for place, prediction in enumerate(found) if prediction.scored is None]
        if not open_:
            break
        again = [
            (Question(examples[place], RETRY_TEMPERATURE, attempt), (*found[place].earlier, found[place].text))
            for place in open_
        ]
        for place, prediction in zip(open_, _round(answerer, who, again, tell), strict=True):
            found[place] = prediction
    return found


def _round(
    answerer: Answerer,
    who: str,
    asked: Sequence[tuple[Question, tuple[str, ...]]],
    tell: Callable[[int, int], None],
) -> list[Prediction]:
    questions = [question for question, _ in asked]
    replies = answerer.replies(who, questions, lambda done: tell(done, len(asked)))
    return [
        _prediction(reply, question.example, earlier) for reply, (question, earlier) in zip(replies, asked, strict=True)
    ]


def _prediction(reply: Reply, example: Example, earlier: tuple[str, ...]) -> Prediction:
    # The scorer does not accept what was cut, even where it happens to be readable.
    if not reply.is_complete:
        return Prediction(reply.text, None, TRUNCATED, earlier)
    return accepted(reply.text, example, earlier)
