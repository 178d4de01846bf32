"""What is said of an adapter claims no more than its numbers."""

from typing import Any

import pytest
from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.evaluation.figures import TestFigures
from speechgrade_trainer.registry.facts import Check, Facts, Gate
from speechgrade_trainer.registry.verdict import meaning, share, standing, verdict, within

from .report_material import evaluation, lineage, metrics


def figures(paired: dict[str, tuple[float, float] | None] | None = None, **changes: Any) -> TestFigures:
    test = evaluation().test.model_dump(mode="json")
    if paired is not None:
        test["paired"] = {who: {"difference": 0.0, "interval": ends} for who, ends in paired.items()}
    test["who"]["adapter"] |= changes
    return TestFigures.model_validate(test)


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((-0.5, -0.1), "Better than the mean score:"),
        ((-0.5, 0.1), "Not shown to be better than the mean score:"),
        ((-0.5, 0.0), "Not shown to be better than the mean score:"),
        ((0.1, 0.4), "Worse than the mean score:"),
        (None, "Not shown to be better than the mean score:"),
    ],
)
def test_better_and_worse_need_an_interval_without_zero(interval: tuple[float, float] | None, said: str) -> None:
    assert verdict(figures({"predict_mean": interval})).startswith(said)


def test_what_speaks_against_the_adapter_comes_first() -> None:
    test = figures({"champion": (0.1, 0.2), "base": (-2.0, -1.0), "tfidf_ridge": (-0.1, 0.1)})
    assert verdict(test).startswith(
        "Worse than the champion; not shown to be better than word-count regression; better than the base model: on 34 "
    )
    assert not standing(test).beats_all


def test_the_verdict_states_error_interval_and_usable_answers() -> None:
    said = verdict(figures(mae=0.5, intervals={"mae": (0.4, 0.62)}, valid=0.97))
    assert "on 34 unseen speeches of 17 people it is 0.50 points off per criterion on average" in said
    assert "(95 % interval 0.40 to 0.62)" in said
    assert "97 % of its answers are usable" in said


def test_a_refusing_gate_is_part_of_the_verdict() -> None:
    gate = Gate(passed=False, checks=(Check(name="not_tainted", passed=False), Check(name="x", passed=True)))
    assert verdict(figures(), gate).endswith("The gate refuses its promotion; failed: not tainted.")
    assert verdict(figures(), Gate(passed=True)).endswith("It passes the gate for promotion.")


def test_without_a_usable_answer_there_is_nothing_to_compare() -> None:
    silent = figures(mae=None, valid=0.0)
    assert verdict(silent) == "The adapter gave no usable answer on 34 unseen speeches of 17 people."
    assert "nothing to use" in meaning(silent)


def test_an_instructor_is_told_how_near_half_of_the_scores_are() -> None:
    test = figures({"predict_mean": (-0.5, -0.1)}, valid=1.0)
    near = {"maximum": 4, "human": {}, "adapter": {}, "confusion": {"2": {"2": 4, "2.5": 2, "3": 3, "4": 1}}}
    told = meaning(test.model_copy(update={"distributions": {"a": type(test.distributions.popitem()[1])(**near)}}))
    assert told.startswith(
        "Half of its scores are within 0.5 points of the instructor's, and nine in ten are within 1 point."
    )
    assert "never a grade by themselves" in told
    assert "too few to be sure of" in told


def test_an_adapter_that_beats_no_constant_is_not_recommended() -> None:
    told = meaning(figures({"predict_mean": (-0.1, 0.1), "base": (-1.0, -0.5)}))
    assert "Do not rely on its points: the mean score, which needs no model, may do as well." in told


@pytest.mark.parametrize(("value", "text"), [(1.0, "100 %"), (0.9999, "over 99 %"), (0.001, "under 1 %"), (0.0, "0 %")])
def test_a_share_is_all_or_nothing_only_when_it_is(value: float, text: str) -> None:
    assert share(value) == text


def test_nothing_lies_within_any_distance_of_nothing() -> None:
    assert within([], 0.5) is None


def test_better_means_always_usable_and_better_than_all() -> None:
    test = figures({"base": (-1.0, -0.5), "predict_mean": (-1.0, -0.5)}, valid=1.0).model_dump(mode="json")
    assert lineage({"test": test}).is_better
    test["who"]["adapter"]["valid"] = 0.9
    assert not lineage({"test": test}).is_better


@pytest.mark.parametrize("part", ["test", "loss", "examples"])
def test_numbers_that_every_run_has_must_be_there(part: str) -> None:
    broken = lineage({part: None})
    with pytest.raises(AdapterInvalid) as refused:
        str((broken.test, broken.facts))
    assert refused.value.code == "metrics_unreadable"


def test_what_few_runs_know_may_be_absent_or_odd() -> None:
    known = metrics({}) | {
        "run": {"seconds": "long", "device": "L4", "new": 1},
        "preflight": {"histogram": 3, "shortened": {"train": 2}},
        "tokens": {"train": {"median": 9, "buckets": {"64": 2, "96": 1}}},
        "gate": {},
        "versions": 1,
    }
    facts = Facts.model_validate(known)
    assert (facts.run.device, facts.run.seconds, facts.gate, facts.versions) == ("L4", None, None, {})
    assert (facts.preflight.histogram, facts.preflight.shortened) == ({}, {"train": 2})
    assert [(one.start, one.end, one.count) for one in facts.tokens["train"].histogram()] == [(0, 64, 2), (64, 96, 1)]
