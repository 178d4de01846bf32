"""The gate: an adapter passes when every single thing that is asked was measured and holds."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.evaluation.figures import ADAPTER, CHAMPION, MEAN, Group, Paired, Scorer, TestFigures
from speechgrade_trainer.registry.gate import GateOutcome, Thresholds, judge
from speechgrade_trainer.settings import TrainerSettings

ASKED = Thresholds()
ELSE = "c" * 64


def figures(**changes: Any) -> TestFigures:
    """An adapter that is better than the mean, measured on nine people."""
    mine = Scorer(instances=27, speeches=9, valid_first=0.9, valid=1.0, mae=0.4)
    measured: dict[str, Any] = {
        "speeches": 9,
        "persons": 9,
        "engine": "transformers",
        "who": {ADAPTER: mine},
        "paired": {MEAN: Paired(difference=-0.5, interval=(-0.8, -0.1), better=0.99)},
        "sections": {},
        "criteria": {},
        "distributions": {},
    }
    return TestFigures(**(measured | changes))


def failed(outcome: GateOutcome) -> list[str]:
    return [check.name for check in outcome.failed]


def group(persons: int, gap: float | None) -> Group:
    return Group(speeches=persons, persons=persons, mae=0.5, smd=0.0, gap=gap)


def against_champion(better: float) -> dict[str, Any]:
    mean = Paired(difference=-0.5, interval=(-0.8, -0.1), better=0.99)
    return {
        "champion": ELSE,
        "paired": {MEAN: mean, CHAMPION: Paired(difference=-0.1, interval=(-0.3, 0.1), better=better)},
    }


def test_what_holds_passes_and_says_so_in_words() -> None:
    outcome = judge(figures(), ASKED, dataset="d" * 64)
    assert outcome.passed
    assert [check.name for check in outcome.checks] == [
        "enough_persons",
        "valid_answers",
        "better_than_mean",
        "better_than_champion",
        "fair_to_groups",
        "not_tainted",
    ]
    kept = outcome.as_dict()
    assert (kept["passed"], kept["dataset"], kept["champion"]) == (True, "d" * 64, None)
    assert kept["thresholds"]["champion_better"] == 0.95
    assert kept["checks"][2] == {
        "name": "better_than_mean",
        "passed": True,
        "text": "Its error less that of predict-the-mean is -0.500 points, at most -0.100 with 95 % confidence;"
        " it must be below +0.000.",
        "value": -0.1,
        "bound": 0.0,
    }


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"persons": 1}, "enough_persons"),
        ({"who": {}}, "valid_answers"),
        ({"who": {ADAPTER: Scorer(instances=0, speeches=9, valid_first=0.5, valid=0.999)}}, "valid_answers"),
        ({"paired": {}}, "better_than_mean"),
        ({"paired": {MEAN: Paired(difference=-0.5, interval=(-0.9, 0.0), better=0.97)}}, "better_than_mean"),
        ({"champion": ELSE}, "better_than_champion"),
        (against_champion(0.94), "better_than_champion"),
        ({"groups": {"rubric": {"A": group(10, 0.1), "B": group(10, -0.2)}}}, "fair_to_groups"),
    ],
)
def test_one_thing_that_does_not_hold_is_enough_to_fail(changes: dict[str, Any], name: str) -> None:
    outcome = judge(figures(**changes), ASKED)
    assert (outcome.passed, failed(outcome)) == (False, [name])


def test_a_better_challenger_passes_and_the_champion_need_not_beat_itself() -> None:
    assert judge(figures(**against_champion(0.95)), ASKED).passed
    assert judge(figures(**against_champion(0.0)), ASKED, adapter=ELSE).passed


def test_a_group_that_is_too_small_or_without_a_number_is_not_judged() -> None:
    groups = {"rubric": {"few": group(9, 3.0), "unknown": group(50, None)}}
    assert judge(figures(groups=groups), ASKED).passed
    assert failed(judge(figures(groups=groups), replace(ASKED, min_group_persons=9))) == ["fair_to_groups"]


def test_a_tainted_adapter_never_passes() -> None:
    assert failed(judge(figures(), ASKED, is_tainted=True)) == ["not_tainted"]


numbers = st.floats(min_value=-10, max_value=10, allow_nan=False)
shares = st.floats(min_value=0, max_value=1, allow_nan=False)
pairs = st.builds(
    lambda low, width, better: Paired(difference=low, interval=(low, low + width), better=better),
    numbers,
    st.floats(min_value=0, max_value=10),
    shares,
)
any_figures = st.builds(
    figures,
    persons=st.integers(min_value=0, max_value=200),
    who=st.builds(
        lambda valid, n: {ADAPTER: Scorer(instances=n, speeches=n, valid_first=0, valid=valid)},
        shares,
        st.integers(min_value=0, max_value=200),
    ),
    paired=st.dictionaries(st.sampled_from([MEAN, CHAMPION, "base"]), pairs),
    champion=st.none() | st.just(ELSE),
    groups=st.dictionaries(
        st.sampled_from(["rubric", "length"]),
        st.dictionaries(
            st.text(max_size=5), st.builds(group, st.integers(min_value=0, max_value=50), st.none() | numbers)
        ),
    ),
)


@given(any_figures, numbers, shares)
def test_whatever_passes_a_stricter_gate_passes_a_laxer_one(
    measured: TestFigures, difference: float, better: float
) -> None:
    strict = replace(ASKED, mean_difference=difference, champion_better=better)
    lax = Thresholds(
        min_persons=4, min_valid=0.5, mean_difference=difference + 1, champion_better=better / 2, max_gap=0.3
    )
    if judge(measured, strict).passed:
        assert judge(measured, lax).passed


@given(any_figures)
def test_it_passes_exactly_when_nothing_failed_and_every_check_is_there(measured: TestFigures) -> None:
    kept = judge(measured, ASKED).as_dict()
    assert len({check["name"] for check in kept["checks"]}) == 6
    assert kept["passed"] == all(check["passed"] and check["text"] for check in kept["checks"])
    if kept["passed"]:
        assert measured.persons >= 5
        assert measured.paired[MEAN].interval[1] < 0
        assert measured.champion is None or measured.paired[CHAMPION].better >= 0.95


def test_the_defaults_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    project = {"supabase_url": "http://x", "supabase_secret_key": "k" * 16}
    assert TrainerSettings(**project).gate == ASKED  # type: ignore[arg-type]
    monkeypatch.setenv("SPEECHGRADE_GATE_MAX_GAP", "0.1")
    assert TrainerSettings(**project).gate == replace(ASKED, max_gap=0.1)  # type: ignore[arg-type]
