"""Reasons not to train are found before any weight is loaded, and all at once."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.data.preflight import Preflight, Site, check, inspect
from speechgrade_trainer.data.preflight_view import show
from speechgrade_trainer.errors import PreflightFailed, RecipeInvalid
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.device import Device

from .material import example, recipe, scored, tokenizer, training_data

SPEECH = "We build bridges between people who never met. " * 4


def with_split(data: TrainingData, split: Split, *examples: Example) -> TrainingData:
    return replace(data, splits={**data.splits, split: examples})


def looked_at(data: TrainingData, **changes: object) -> Preflight:
    return inspect(data, tokenizer(), recipe(**changes))


def codes(preflight: Preflight) -> tuple[set[str], set[str]]:
    """Of problems and of warnings, without the one that is always there in data this small."""
    problems = {problem.code for problem in preflight.problems}
    return problems, {warning.code for warning in preflight.warnings} - {"few_people"}


def refused(data: TrainingData, **changes: object) -> PreflightFailed:
    with pytest.raises(PreflightFailed) as caught:
        check(data, tokenizer(), recipe(**changes))
    return caught.value


def test_good_data_are_encoded_and_counted() -> None:
    data = training_data()
    preflight = check(data, tokenizer(), recipe())
    assert {split: len(encoded) for split, encoded in preflight.encoded.items()} == {
        "train": 8,
        "validation": 2,
        "test": 3,
    }
    assert preflight.steps == 4
    assert preflight.data == data
    assert codes(preflight) == (set(), set())
    spread = preflight.lengths["train"]
    assert 0 < spread["shortest"] <= spread["median"] <= spread["p95"] <= spread["longest"] <= 512
    assert spread["tokens"] == sum(len(one.input_ids) for one in preflight.encoded[Split.TRAIN])


@pytest.mark.parametrize("policy", ["shorten", "exclude", "refuse"])
def test_data_of_which_nothing_fits_are_refused(policy: str) -> None:
    error = refused(training_data(), max_length=128, long_examples=policy)
    assert error.code == "examples_too_long"
    for split in ("8 of 8 examples of train", "2 of 2 examples of validation", "3 of 3 examples of test"):
        assert split in error.public


def test_what_is_shortened_or_left_out_is_told_and_trained() -> None:
    data = training_data()
    long, hopeless = example(20).with_transcript(SPEECH * 20), example(21).with_transcript("橋" * 900)
    for split in Split:
        data = with_split(data, split, *data.splits[split][:2], long, hopeless) if split is Split.TEST else data
    preflight = looked_at(data)
    assert codes(preflight) == (set(), {"examples_shortened"})
    told = preflight.as_dict()["long_examples"]["test"]
    assert (told["used"], list(told["shortened"]), told["excluded"]) == (3, [long.example], [hopeless.example])
    assert told["words_left_out"] == told["shortened"][long.example] > 100
    assert [one.example for one in preflight.data.splits[Split.TEST]][2:] == [long.example]
    assert "words left out" in preflight.data.splits[Split.TEST][2].transcript


def test_one_example_is_no_training() -> None:
    error = refused(training_data(train=1))
    assert error.code == "too_few_examples"


def test_a_dataset_of_one_example_has_two_empty_splits_too() -> None:
    error = refused(training_data(train=1, validation=0, test=0))
    assert error.code == "preflight_failed"
    assert "validation, test" in error.public
    assert "One is not enough" in error.public


def test_a_person_in_two_splits_is_a_problem() -> None:
    data = with_split(training_data(), Split.TEST, example(300, subject=0))
    assert refused(data).code == "split_leakage"


def test_a_speech_that_another_split_measures_with_is_not_learned_from() -> None:
    data = training_data()
    copies = [example(number).with_transcript(SPEECH) for number in (20, 120, 220)]
    for split, copy in zip(Split, copies, strict=True):
        data = with_split(data, split, *data.splits[split], copy)
    preflight = looked_at(data)
    assert codes(preflight) == (set(), {"copies_left_out"})
    assert preflight.data.examples() == {"train": 8, "validation": 2, "test": 4}


def test_short_equal_speeches_may_be_chance() -> None:
    data = training_data()
    for number, split in enumerate(Split):
        data = with_split(data, split, *data.splits[split], example(50 + 100 * number).with_transcript("Thank you."))
    assert codes(looked_at(data)) == (set(), set())


def test_an_example_that_is_there_twice_is_told() -> None:
    data = training_data()
    data = with_split(
        data, Split.TRAIN, *data.splits[Split.TRAIN], replace(data.splits[Split.TRAIN][0], example="b" * 32)
    )
    assert codes(looked_at(data)) == (set(), {"duplicate_examples"})


def test_a_criterion_without_differences_is_told() -> None:
    same = [example(number, scored(number % 4, 2, number % 3)) for number in range(8)]
    preflight = looked_at(with_split(training_data(), Split.TRAIN, *same))
    assert codes(preflight) == (set(), {"criterion_constant"})
    assert "Content / Facts" in "".join(warning.text for warning in preflight.warnings)
    assert "Content / Hook" not in "".join(warning.text for warning in preflight.warnings)


def test_all_problems_are_told_at_once() -> None:
    data = with_split(training_data(), Split.VALIDATION)
    data = with_split(data, Split.TEST, example(300, subject=0), example(301, human=scored(1, 1, 1, "a </s> b")))
    error = refused(data, max_length=128)
    assert error.code == "preflight_failed"
    for told in ("validation", "1 people are in more than one split", "max_length 128", "no clean label mask"):
        assert told in error.public


def test_memory_that_will_not_suffice_is_a_warning(base: Base) -> None:
    small, large = (
        inspect(training_data(), tokenizer(), recipe(), Site(base.folder, Device("CPU", memory_bytes=size)))
        for size in (1, 10**12)
    )
    assert codes(small) == (set(), {"memory_short"})
    assert codes(large) == (set(), set())
    assert small.cost
    assert small.cost.hours > 0


def test_what_is_stored_of_it_is_json_without_a_speech(base: Base) -> None:
    preflight = inspect(training_data(), tokenizer(), recipe(), Site(base.folder, Device("CPU", memory_bytes=10**10)))
    stored = json.dumps(preflight.as_dict(), allow_nan=False)
    assert "bridges" not in stored
    assert json.loads(stored)["scores"]["train"]["Content / Hook"]["examples"] == 8


@pytest.mark.parametrize("max_length", [512, 128])
def test_it_can_be_read_in_a_narrow_terminal(base: Base, max_length: int) -> None:
    site = Site(base.folder, Device("NVIDIA H100 80GB HBM3", (9, 0), 80 * 10**9))
    told = io.StringIO()
    show(inspect(training_data(), tokenizer(), recipe(max_length=max_length), site), Console(file=told, width=80))
    text = told.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    expected = "Nothing forbids" if max_length == 512 else "problem 8 of 8"
    for part in ("train", "validation", "test", "optimizer steps", expected):
        assert part in text
    assert ("Delivery / Pace" in text) == (max_length == 512)


def test_the_folder_of_a_base_may_say_nothing(tmp_path: Path) -> None:
    assert inspect(training_data(), tokenizer(), recipe(), Site(tmp_path, Device("CPU", memory_bytes=1))).cost is None


def test_it_counts_the_processes_that_are_launched(base: Base) -> None:
    def seen(processes: int, **changes: object) -> Preflight:
        rules = recipe(batch_size=1, gradient_accumulation=4, **changes)
        device = Device("NVIDIA H100 80GB HBM3", (9, 0), 80 * 10**9, processes=processes)
        return inspect(training_data(), tokenizer(), rules, Site(base.folder, device))

    one, four = seen(1), seen(4)
    assert (one.plan.effective, four.plan.effective, four.plan.accumulation) == (4, 4, 1)
    assert one.steps == four.steps
    assert one.cost
    assert four.cost
    assert four.cost.hours == pytest.approx(one.cost.hours / 4)
    assert four.as_dict()["processes"] == 4
    told = io.StringIO()
    show(four, Console(file=told, width=80))
    assert "4 rows on 4 devices" in told.getvalue()
    with pytest.raises(RecipeInvalid, match="3 processes"):
        seen(3)
