"""How often is asked, and with what: as the scorer does, or a valid answer would not mean the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from speechgrade_scorer.scoring import scorer as scoring
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_trainer.evaluation.asking import ATTEMPTS, RETRY_TEMPERATURE, Question, Reply, predictions

from .material import examples


@dataclass
class Scripted:
    """Replies in rounds: the example's target for None, or a text; the text ``cut`` was cut at the limit."""

    rounds: list[list[str | None]]
    asked: list[list[tuple[str, float, int]]] = field(default_factory=list)
    engine: str = "scripted 1"

    def replies(self, who: str, questions: Sequence[Question], tell: Callable[[int], None]) -> list[Reply]:
        assert who == "adapter"
        self.asked.append([(one.example.example, one.temperature, one.seed) for one in questions])
        texts = self.rounds[len(self.asked) - 1]
        tell(len(questions))
        return [
            Reply(one.example.target if text is None else text, text != "cut")
            for one, text in zip(questions, texts, strict=True)
        ]


def test_the_policy_is_the_scorers() -> None:
    assert ScorerSettings.model_fields["score_attempts"].default == ATTEMPTS
    assert scoring._RETRY_TEMPERATURE == RETRY_TEMPERATURE


def test_only_what_was_not_accepted_is_asked_again_with_chance_and_another_seed() -> None:
    asked = examples(0, 3)
    answerer = Scripted([[None, "{", "cut"], ["[", None], [None]])
    heard: list[tuple[int, int]] = []
    found = predictions(answerer, "adapter", asked, lambda done, total: heard.append((done, total)))
    first, second, third = (one.example for one in asked)
    assert answerer.asked == [
        [(first, 0.0, 1), (second, 0.0, 1), (third, 0.0, 1)],
        [(second, 0.3, 2), (third, 0.3, 2)],
        [(second, 0.3, 3)],
    ]
    assert heard == [(3, 3), (2, 2), (1, 1)]
    assert [prediction.tries for prediction in found] == [1, 3, 2]
    assert [prediction.was_accepted_first for prediction in found] == [True, False, False]
    assert all(prediction.scored for prediction in found)
    assert found[1].earlier == ("{", "[")
    assert found[2].earlier == ("cut",)


def test_after_three_tries_the_last_reason_stands() -> None:
    asked = examples(0, 2)
    found = predictions(Scripted([["{", "cut"]] * 3), "adapter", asked, lambda *_: None)
    assert [prediction.error_code for prediction in found] == ["answer_unreadable", "answer_truncated"]
    assert [prediction.tries for prediction in found] == [3, 3]


def test_an_answer_that_was_cut_is_not_accepted_even_if_it_can_be_read() -> None:
    class Cut(Scripted):
        def replies(self, who: str, questions: Sequence[Question], tell: Callable[[int], None]) -> list[Reply]:
            return [Reply(reply.text, is_complete=False) for reply in super().replies(who, questions, tell)]

    found = predictions(Cut([[None]] * 3), "adapter", examples(0, 1), lambda *_: None)
    assert (found[0].scored, found[0].error_code) == (None, "answer_truncated")
