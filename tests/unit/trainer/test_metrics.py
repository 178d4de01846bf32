"""Metrics against numbers worked out by hand, and what holds whatever comes."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from speechgrade_trainer.evaluation.baselines import best_constant, predict_mean
from speechgrade_trainer.evaluation.bootstrap import draws
from speechgrade_trainer.evaluation.evaluation import Champion, accepted, beaten, measured
from speechgrade_trainer.evaluation.figures import Agreement, Scorer, TestFigures
from speechgrade_trainer.evaluation.ground import ground_of
from speechgrade_trainer.evaluation.human_agreement import human_agreement
from speechgrade_trainer.evaluation.metrics import by_criterion, by_section, scorer

from .material import example, examples, scored
from .speeches import answers, ground, rubric_of, speech, speeches

HOOK, FACTS, PACE = ("Content", "Hook"), ("Content", "Facts"), ("Delivery", "Pace")
grids = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def figures(human: list[float], given: list[float | None]) -> Scorer:
    return scorer(ground(human), answers(given), None, [one is not None for one in given])


def test_every_figure_is_what_one_works_out_by_hand() -> None:
    found = figures([0, 2, 4, 4], [1, 2, 4, 2])
    assert found.mae == pytest.approx(0.75)
    assert found.rmse == pytest.approx((5 / 4) ** 0.5)
    assert (found.exact, found.adjacent) == (0.5, 0.75)
    # Observed: (1 + 0 + 0 + 4) / 4. Expected from the margins: every human point against every given one.
    expected = sum((h - g) ** 2 for h in (0, 2, 4, 4) for g in (1, 2, 4, 2)) / 16
    assert found.qwk == pytest.approx(1 - 1.25 / expected)
    assert found.smd == pytest.approx((2.25 - 2.5) / (11 / 3) ** 0.5)
    assert found.pearson == pytest.approx(5.5 / (11 * 4.75) ** 0.5)
    assert (found.total_mae, found.within_five, found.mcrmse) == (found.mae, 0.5, found.rmse)


def test_errors_are_over_answers_and_the_missing_ones_are_said() -> None:
    found = figures([4, 1], [3, None])
    assert (found.mae, found.instances, found.speeches) == (1.0, 1, 2)
    assert (found.valid_first, found.valid) == (0.5, 0.5)


def test_what_was_not_answered_has_no_figure() -> None:
    found = figures([4, 1], [None, None])
    unknown = (found.mae, found.qwk, found.pearson, found.smd, found.total_mae, found.within_five, found.mcrmse)
    assert unknown == (None,) * 7
    assert (found.valid, found.instances, found.intervals) == (0.0, 0, {})


def test_without_variance_there_is_neither_kappa_nor_correlation() -> None:
    same = figures([2, 2, 2], [2, 2, 2])
    assert (same.qwk, same.pearson, same.smd, same.exact) == (None, None, None, 1.0)
    constant = figures([1, 2, 3], [2, 2, 2])
    assert (constant.qwk, constant.pearson) == (pytest.approx(0), None)


def test_knowing_that_criteria_differ_in_worth_is_no_agreement() -> None:
    """Pooled over criteria, a constant per criterion would correlate with the instructors."""
    split = examples(0, 30)
    mean = predict_mean(split)
    found = scorer(ground_of(split), [*map(mean.points, split)], None, [True] * 30)
    assert found.qwk is not None
    assert abs(found.qwk) < 0.05
    assert found.pearson is None


@given(grids)
def test_identical_points_agree_perfectly(pairs: list[tuple[int, int]]) -> None:
    human = [float(h) for h, _ in pairs]
    assume(len(set(human)) > 1)
    found = figures(human, [*human])
    assert (found.qwk, found.pearson) == (pytest.approx(1), pytest.approx(1))
    assert (found.mae, found.exact, found.smd) == (0, 1, 0)


@given(grids)
def test_kappa_is_symmetric_and_that_of_the_table(pairs: list[tuple[int, int]]) -> None:
    human, machine = [float(h) for h, _ in pairs], [float(g) for _, g in pairs]
    found = figures(human, [*machine]).qwk
    assert found == pytest.approx(figures(machine, [*human]).qwk)
    expected = sum((h - g) ** 2 for h in human for g in machine) / len(pairs)
    observed = sum((h - g) ** 2 for h, g in pairs)
    assert found == (pytest.approx(1 - observed / expected) if expected else None)


@given(st.lists(st.tuples(st.integers(0, 4), st.none() | st.floats(0, 4)), min_size=1, max_size=25), st.randoms())
def test_figures_stay_inside_their_bounds_in_any_order(pairs: list[tuple[int, float | None]], random: Random) -> None:
    found = figures([float(h) for h, _ in pairs], [g for _, g in pairs])
    assert 0 <= found.valid <= 1
    if found.mae is not None and found.rmse is not None and found.exact is not None and found.adjacent is not None:
        assert 0 <= found.mae <= found.rmse + 1e-9 <= 4 + 1e-6
        assert 0 <= found.exact <= found.adjacent <= 1
    shuffled = random.sample(pairs, len(pairs))
    again = figures([float(h) for h, _ in shuffled], [g for _, g in shuffled])
    for name in ("mae", "rmse", "qwk", "pearson", "smd", "within_five"):
        assert getattr(again, name) == pytest.approx(getattr(found, name), abs=1e-6)


def test_a_section_is_measured_by_its_sum_and_a_criterion_by_itself() -> None:
    split = [example(1, scored(4, 2, 1)), example(2, scored(1, 3, 2))]
    given_points = [{HOOK: 3.0, FACTS: 3.0, PACE: 1.0}, None]
    sections = by_section(ground_of(split), given_points, None)
    assert {name: (one.mae, one.exact, one.instances) for name, one in sections.items()} == {
        "Content": (0.0, 1.0, 1),
        "Delivery": (0.0, 1.0, 1),
    }
    hook = by_criterion(ground_of(split), given_points, None)["Content / Hook"]
    assert (hook.mae, hook.exact, hook.adjacent, hook.instances) == (1.0, 0.0, 1.0, 1)


def test_rubrics_that_share_a_name_but_not_a_grid_stay_apart() -> None:
    split = [speech(1, 4), speech(2, 9, rubric=rubric_of(10)), speech(3, 9.5, rubric=rubric_of(10, 0.5))]
    found = by_criterion(ground_of(split), answers([3, 9, 9.5]), None)
    assert {name: one.mae for name, one in found.items()} == {
        "Content / Hook (max 4, step 1)": 1.0,
        "Content / Hook (max 10, step 1)": 0.0,
        "Content / Hook (max 10, step 0.5)": 0.0,
    }
    assert set(by_section(ground_of(split), answers([3, 9, 9.5]), None)) == {"Content (max 4)", "Content (max 10)"}
    # Five hundredths of 10 are half a point, of 4 they are less.
    assert scorer(ground_of(split), answers([4.5, 9.5, 9.5]), None, [True] * 3).within_five == pytest.approx(2 / 3)


def test_points_between_the_grid_are_rounded_for_agreement_but_not_for_the_error() -> None:
    found = figures([2, 3], [2.4, 2.4])
    assert found.mae == pytest.approx(0.5)
    assert (found.exact, found.adjacent) == (0.5, 1.0)


def test_constants_are_learned_per_criterion() -> None:
    train = [example(1, scored(0, 0, 0)), example(2, scored(1, 3, 1)), example(3, scored(4, 3, 2))]
    mean, constant = predict_mean(train).points(train[0]), best_constant(train).points(train[0])
    assert mean == {HOOK: pytest.approx(5 / 3), FACTS: 2.0, PACE: 1.0}
    assert constant == {HOOK: 1.0, FACTS: 3.0, PACE: 1.0}


def test_no_constant_on_the_grid_is_better_than_the_best_constant() -> None:
    train = examples(0, 25)
    truth = [{HOOK: dict(e.human.sections[0].points)["Hook"]} for e in train]
    best = best_constant(train).points(train[0])[HOOK]
    errors = {value: sum(abs(value - t[HOOK]) for t in truth) for value in (0.0, 1.0, 2.0, 3.0, 4.0)}
    assert errors[best] == min(errors.values())


def test_a_perfect_adapter_beats_everyone_and_an_unreadable_one_nobody() -> None:
    test = examples(50, 6)
    right = [accepted(e.target, e) for e in test]
    wrong = [accepted("{", e) for e in test]
    good = measured(examples(0, 8), test, right, wrong).test
    mine = good.who["adapter"]
    assert (mine.mae, mine.exact, mine.instances, mine.valid, mine.speeches) == (0.0, 1.0, 18, 1.0, 6)
    assert good.who["base"].valid == 0.0
    assert all(beaten(good).values())
    assert all(one.difference < 0 and one.better == 1.0 for one in good.paired.values())
    assert not any(beaten(measured(examples(0, 8), test, wrong, right).test).values())


def test_the_figures_survive_json_and_name_everyone_who_was_asked() -> None:
    test = examples(50, 8)
    right = tuple(accepted(e.target, e, ("{",)) for e in test)
    found = measured(examples(0, 9), test, right, champion=Champion("c" * 64, right), engine="a").test
    assert TestFigures.model_validate_json(found.model_dump_json()) == found
    assert [*found.who] == ["adapter", "champion", "tfidf_ridge", "predict_mean", "best_constant"]
    assert (found.who["adapter"].valid_first, found.who["adapter"].valid) == (0.0, 1.0)
    assert (found.paired["champion"].difference, found.paired["champion"].better) == (0.0, 0.5)
    assert (found.champion, found.engine, found.persons) == ("c" * 64, "a", 8)
    hook = found.distributions["Content / Hook"]
    assert (set(hook.human), sum(hook.human.values())) == ({"0", "1", "2", "3", "4"}, 8)
    assert hook.human == hook.adapter
    assert all([*row] == [given_points] for given_points, row in hook.confusion.items())


def test_one_speech_without_any_training_can_still_be_measured() -> None:
    test = [example(1)]
    found = measured([], test, [accepted(test[0].target, test[0])]).test
    assert (found.who["adapter"].mae, found.who["adapter"].qwk, found.who["adapter"].smd) == (0.0, None, None)
    assert found.paired["predict_mean"].interval is None
    assert found.paired["predict_mean"].better is None
    assert found.who["adapter"].intervals == {}


def test_the_rows_hold_every_text_that_was_tried() -> None:
    test = [example(1), example(2)]
    right = [accepted(e.target, e, ("{", "[")) for e in test]
    row = measured(examples(0, 4), test, right, [accepted("{", e) for e in test]).rows()[1]
    assert row["adapter"]["texts"] == ["{", "[", test[1].target]
    assert (row["adapter"]["tries"], row["adapter"]["scores"]) == (3, row["human"])
    assert (row["base"]["scores"], row["base"]["error_code"]) == (None, "answer_unreadable")
    assert "champion" not in row


def test_two_instructors_on_the_same_speech_are_the_ceiling() -> None:
    twice = [speech(1, 3, person=1, text="a"), speech(2, 4, person=1, text="a"), speech(3, 2, person=2, text="a")]
    found = human_agreement([*twice, speech(4, 1, person=2, text="b"), speech(5, 4, rubric=rubric_of(6), person=1)])
    assert found is not None
    assert (found.speeches, found.agreement.mae, found.agreement.smd) == (1, 1.0, None)
    assert human_agreement(speeches([1, 2, 3])) is None


def test_an_interval_stands_beside_each_figure() -> None:
    human = [float(number % 5) for number in range(40)]
    split = ground(human)
    found = scorer(split, answers([min(4.0, h + number % 2) for number, h in enumerate(human)]), draws(40), [True] * 40)
    assert {"mae", "rmse", "exact", "adjacent", "qwk", "pearson", "smd", "within_five"} <= set(found.intervals)
    for name, (low, high) in found.intervals.items():
        assert low <= getattr(found, name) <= high, name
    assert isinstance(found, Agreement)
