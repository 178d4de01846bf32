"""Two adapters on the same speeches: the sentence says no more than the draws do."""

import pytest
from speechgrade_shared.prompt import render_answer
from speechgrade_shared.sections import ScoredSpeech, SectionScore
from speechgrade_trainer.evaluation.comparison import compared, verdict
from speechgrade_trainer.evaluation.evaluation import Prediction, accepted
from speechgrade_trainer.evaluation.figures import Paired

from .speeches import speech, speeches

HUMAN = [float(number % 5) for number in range(60)]
SPLIT = speeches(HUMAN)


def said(hooks: list[float | None]) -> list[Prediction]:
    found = []
    for hook, example in zip(hooks, SPLIT, strict=True):
        scored = ScoredSpeech((SectionScore("Content", "", (("Hook", hook or 0.0),)),), "")
        found.append(accepted("" if hook is None else render_answer(scored), example))
    return found


RIGHT = said([*HUMAN])
OFF_BY_ONE = said([h + 1 if h < 4 else 3 for h in HUMAN])


def test_the_closer_one_is_named_with_its_interval() -> None:
    found = compared(SPLIT, RIGHT, OFF_BY_ONE)
    assert (found.overall.difference, found.overall.interval, found.overall.better) == (-1.0, (-1.0, -1.0), 1.0)
    assert found.total == found.overall == found.criteria["Content / Hook"]
    sentence = "A is closer to the instructors than B by 1.00 points per criterion (95 %: 1.00 to 1.00); 100% of draws."
    assert verdict("A", "B", found.overall) == sentence
    assert verdict("B", "A", compared(SPLIT, OFF_BY_ONE, RIGHT).overall) == sentence


def test_what_may_be_chance_is_called_so() -> None:
    one = said([h if number % 2 else 0.0 for number, h in enumerate(HUMAN)])
    other = said([0.0 if number % 2 else h for number, h in enumerate(HUMAN)])
    assert "cannot be told apart" in verdict("A", "B", compared(SPLIT, one, other).overall)
    same = compared(SPLIT, RIGHT, RIGHT)
    assert (same.overall.difference, same.overall.better) == (0.0, 0.5)
    assert "cannot be told apart" in verdict("A", "B", same.overall)


def test_no_answer_is_the_largest_error_and_no_way_to_win() -> None:
    found = compared(SPLIT, OFF_BY_ONE, said([None] * 60))
    assert found.overall.difference == pytest.approx(1 - (4 + 3 + 2 + 3 + 4) / 5)
    assert found.total.difference == found.overall.difference
    assert (found.other.mae, found.other.valid) == (None, 0.0)


def test_one_person_settles_nothing() -> None:
    alone = [speech(number, hook, person=1) for number, hook in enumerate(HUMAN[:4])]
    assert compared(alone, RIGHT[:4], OFF_BY_ONE[:4]).overall.interval is None
    assert verdict("A", "B", Paired(difference=-1.0)) == "Too few people to tell A from B."
