"""Reasons not to train are found before any weight is loaded, and all at once."""

from dataclasses import replace

import pytest
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import TrainingData
from speechgrade_trainer.data.preflight import check
from speechgrade_trainer.errors import PreflightFailed

from .material import example, recipe, scored, tokenizer, training_data


def with_split(data: TrainingData, split: Split, *examples: object) -> TrainingData:
    return replace(data, splits={**data.splits, split: tuple(examples)})  # type: ignore[arg-type]


def test_good_data_is_encoded_and_counted() -> None:
    preflight = check(training_data(), tokenizer(), recipe())
    assert {split: len(encoded) for split, encoded in preflight.encoded.items()} == {
        "train": 8,
        "validation": 2,
        "test": 3,
    }
    assert preflight.steps == 4
    spread = preflight.lengths["train"]
    assert 0 < spread["shortest"] <= spread["median"] <= spread["p95"] <= spread["longest"] <= 512


def test_examples_that_do_not_fit_are_counted_and_refused() -> None:
    with pytest.raises(PreflightFailed) as refused:
        check(training_data(), tokenizer(), recipe(max_length=128))
    assert refused.value.code == "examples_too_long"
    assert "8 of 8 examples of train" in refused.value.public


def test_all_problems_are_told_at_once() -> None:
    data = with_split(training_data(), Split.VALIDATION)
    data = with_split(data, Split.TEST, example(300, subject=0), example(301, human=scored(1, 1, 1, "a </s> b")))
    with pytest.raises(PreflightFailed) as refused:
        check(data, tokenizer(), recipe(max_length=128))
    assert refused.value.code == "preflight_failed"
    for told in ("validation", "1 people are in more than one split", "max_length 128", "no clean label mask"):
        assert told in refused.value.public
