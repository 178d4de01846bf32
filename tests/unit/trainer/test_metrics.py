"""Metrics against numbers worked out by hand, and inside their bounds whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.evaluation.baselines import best_constant, predict_mean
from speechgrade_trainer.evaluation.evaluation import accepted, beaten, measured
from speechgrade_trainer.evaluation.metrics import Points, by_criterion, by_section, measure

from .material import example, examples, scored

HOOK, FACTS, PACE = ("Content", "Hook"), ("Content", "Facts"), ("Delivery", "Pace")
TRUTH = [{HOOK: 4.0, FACTS: 2.0, PACE: 1.0}, {HOOK: 1.0, FACTS: 3.0, PACE: 2.0}]
GIVEN = [{HOOK: 3.0, FACTS: 3.0, PACE: 1.0}, None]


def test_errors_are_over_answers_and_the_missing_ones_are_said() -> None:
    assert measure(TRUTH, GIVEN) == {
        "mae": pytest.approx(2 / 3),
        "exact": pytest.approx(1 / 3),
        "instances": 3,
        "valid": 0.5,
        "speeches": 2,
    }


def test_a_section_is_measured_by_its_sum() -> None:
    assert by_section(TRUTH, GIVEN) == {
        "Content": {"mae": 0.0, "exact": 1.0, "instances": 1},
        "Delivery": {"mae": 0.0, "exact": 1.0, "instances": 1},
    }
    assert by_criterion(TRUTH, GIVEN)["Content / Hook"] == {"mae": 1.0, "exact": 0.0, "instances": 1}


def test_without_an_answer_there_is_no_error_to_speak_of() -> None:
    assert measure(TRUTH, [None, None])["mae"] is None
    assert measure(TRUTH, [None, None])["valid"] == 0.0


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
    good = measured(examples(0, 8), test, right, wrong)
    assert good.test["adapter"] == {"mae": 0.0, "exact": 1.0, "instances": 18, "valid": 1.0, "speeches": 6}
    assert good.test["base"]["valid"] == 0.0
    assert all(beaten(good.test).values())
    assert not any(beaten(measured(examples(0, 8), test, wrong, right).test).values())


points = st.fixed_dictionaries({HOOK: st.floats(0, 4), FACTS: st.floats(0, 3), PACE: st.floats(0, 2)})


@given(st.lists(st.tuples(points, st.none() | points), min_size=1, max_size=20))
def test_metrics_stay_inside_their_bounds(pairs: list[tuple[Points, Points | None]]) -> None:
    found = measure([truth for truth, _ in pairs], [answer for _, answer in pairs])
    assert 0 <= found["valid"] <= 1
    if found["mae"] is not None:
        assert 0 <= found["mae"] <= 4
        assert 0 <= found["exact"] <= 1
