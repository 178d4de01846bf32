"""What can be learned from words is learned, and where nothing can be, the mean answers."""

from random import Random

import pytest
from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.baselines import predict_mean
from speechgrade_trainer.evaluation.ground import ground_of
from speechgrade_trainer.evaluation.metrics import scorer
from speechgrade_trainer.evaluation.tfidf_ridge import fit_tfidf_ridge

from .material import examples
from .speeches import HOOK, rubric_of, speech

_FILLER = ("bridge", "river", "paper", "music", "winter", "garden", "letter", "engine")


def told(number: int, hook: int, random: Random, *, learnable: bool = True) -> Example:
    words = random.choices(_FILLER, k=20) + (["moreover"] * (3 * hook) if learnable else [])
    random.shuffle(words)
    return speech(number, float(hook), text=" ".join(words))


def split(first: int, count: int, *, learnable: bool = True) -> list[Example]:
    random = Random(first)
    return [told(first + index, random.randint(0, 4), random, learnable=learnable) for index in range(count)]


def mae(test: list[Example], points: list) -> float:  # type: ignore[type-arg]
    return scorer(ground_of(test), points, None, [True] * len(test)).mae or 0.0


def test_words_that_tell_the_score_beat_the_mean() -> None:
    train, test = split(0, 60), split(1000, 30)
    ridge, mean = fit_tfidf_ridge(train).points(test), [*map(predict_mean(train).points, test)]
    assert mae(test, ridge) < 0.5 * mae(test, mean)
    assert all(0 <= points[HOOK] <= 4 for points in ridge)


def test_the_same_speeches_give_the_same_model() -> None:
    train, test = split(0, 40), split(1000, 5)
    assert fit_tfidf_ridge(train).points(test) == fit_tfidf_ridge(train).points(test)


def test_words_that_tell_nothing_cost_nothing() -> None:
    train, test = split(0, 60, learnable=False), split(1000, 30, learnable=False)
    mean = [*map(predict_mean(train).points, test)]
    assert mae(test, fit_tfidf_ridge(train).points(test)) <= 1.1 * mae(test, mean)


def test_where_all_scores_are_one_the_mean_answers() -> None:
    train = [speech(number, 3, text=f"word{number}") for number in range(12)]
    assert fit_tfidf_ridge(train).points(train[:1]) == [{HOOK: pytest.approx(3.0)}]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_people_are_answered_with_the_mean(count: int) -> None:
    train, test = split(0, count), split(1000, 3)
    assert fit_tfidf_ridge(train).points(test) == [*map(predict_mean(train).points, test)]


def test_many_speeches_of_one_person_are_too_few_people() -> None:
    train = [speech(number, number % 5, person=1, text=f"word{number}") for number in range(30)]
    assert fit_tfidf_ridge(train).points(train) == [*map(predict_mean(train).points, train)]


def test_a_rubric_never_seen_gets_the_mean_share_of_its_maximum() -> None:
    train = split(0, 30)
    share = sum(dict(e.human.sections[0].points)["Hook"] for e in train) / 30 / 4
    new = speech(5000, 1, rubric=rubric_of(10))
    answers = fit_tfidf_ridge(train).points([train[0], new])
    assert answers[1] == {HOOK: pytest.approx(10 * share)}


def test_every_criterion_of_a_rubric_is_answered() -> None:
    points = fit_tfidf_ridge(examples(0, 12)).points(examples(50, 2))
    assert {*points[0]} == {("Content", "Hook"), ("Content", "Facts"), ("Delivery", "Pace")}
