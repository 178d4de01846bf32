"""The bootstrap over persons: whose speeches are drawn together, and what a pair of adapters is compared on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.evaluation.bootstrap import draws, interval, paired

sums = st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9), st.integers(1, 4)), min_size=2, max_size=12)


def test_every_draw_has_as_many_persons_as_there_are_and_is_the_same_each_time() -> None:
    drawn = draws(7, count=50)
    assert drawn is not None
    assert (drawn.sum(axis=1) == 7).all()
    again, other = draws(7, count=50), draws(7, count=50, seed=2)
    assert again is not None
    assert other is not None
    assert (drawn == again).all()
    assert (drawn != other).any()


def test_one_person_cannot_be_drawn_from() -> None:
    assert draws(1) is None
    assert draws(0) is None
    alone = paired(np.array([1.0]), np.array([2.0]), np.array([4.0]), draws(1))
    assert (alone.difference, alone.interval, alone.better) == (-0.25, None, None)


def test_an_interval_is_the_middle_of_what_is_known() -> None:
    assert interval(np.arange(1001.0)) == (pytest.approx(25), pytest.approx(975))
    assert interval(np.array([1.0, np.nan, np.nan])) is None
    assert interval(np.array([])) is None


@given(sums)
def test_a_comparison_turned_around_changes_its_sign_only(rows: list[tuple[float, float, int]]) -> None:
    one, other, sizes = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    drawn = draws(len(rows), count=200)
    there, back = paired(one, other, sizes, drawn), paired(other, one, sizes, drawn)
    assert there.interval is not None
    assert back.interval is not None
    assert there.better is not None
    assert back.better is not None
    assert there.difference == pytest.approx(-back.difference)
    assert there.interval == (pytest.approx(-back.interval[1]), pytest.approx(-back.interval[0]))
    assert there.better == pytest.approx(1 - back.better)


def test_a_mean_lies_in_its_interval_and_the_interval_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(size=400)
    drawn = draws(400)
    assert drawn is not None
    bounds = interval(drawn @ values / 400)
    assert bounds is not None
    assert bounds[0] < values.mean() < bounds[1]
    assert bounds[1] - bounds[0] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)
