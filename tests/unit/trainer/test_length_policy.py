"""What is too long is shortened where it matters least, or left out and counted; answers and rubrics are never cut."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechgrade_shared.prompt import render_messages
from speechgrade_shared.subject import Split
from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.data.length_policy import fit, fit_split, fitted_data, room
from speechgrade_trainer.data.shortening import FEWEST_WORDS, Words, marker, most_words

from .material import RUBRIC, example, recipe, scored, tokenizer, training_data

WORD = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
SPACE = st.sampled_from([" ", "  ", "\n", "\n\n", "\t"])


@st.composite
def speeches(draw: st.DrawFn) -> Example:
    """Speeches of some hundred words with all kinds of characters and spaces."""
    words = draw(st.lists(WORD, min_size=1, max_size=30))
    gap = draw(SPACE)
    return example().with_transcript(gap.join(words * draw(st.integers(1, 30))))


def fitted(one: Example, split: Split = Split.TRAIN, **changes: object):  # type: ignore[no-untyped-def]
    return fit_split([one], tokenizer(), recipe(**changes), split)


@settings(max_examples=80, deadline=None)
@given(speech=speeches(), split=st.sampled_from(Split), max_length=st.integers(200, 700))
def test_whatever_is_used_fits_and_keeps_its_answer(speech: Example, split: Split, max_length: int) -> None:
    rules = recipe(max_length=max_length)
    done = fit_split([speech], tokenizer(), rules, split)
    assert len(done.examples) + len(done.excluded) + sum(done.broken.values()) == 1
    for used, ids in zip(done.examples, done.encoded, strict=True):
        answer = len(ids.supervised)
        assert len(ids.input_ids) - (answer if split is Split.TEST else 0) <= room(rules, split)
        assert (used.target, used.human, used.rubric) == (speech.target, speech.human, speech.rubric)
        assert used.messages[0] == speech.messages[0]
        assert used.messages[:-1] == tuple(turn.as_dict() for turn in render_messages(RUBRIC, used.transcript))
        left_out = done.shortened.get(used.example)
        if left_out is None:
            assert used == speech
            continue
        head, tail = used.transcript.split(f" {marker(left_out)} ")
        assert speech.transcript.startswith(head)
        assert speech.transcript.endswith(tail)
        assert len(head.split()) - len(tail.split()) in (0, 1)
        assert len(head.split()) + len(tail.split()) == len(speech.transcript.split()) - left_out >= FEWEST_WORDS
        again = fit_split([used], tokenizer(), rules, split)
        assert (again.examples, again.shortened) == ((used,), {})


@given(costs=st.lists(st.integers(1, 9), max_size=60), budget=st.integers(-5, 300))
def test_as_many_words_are_kept_as_the_budget_allows(costs: list[int], budget: int) -> None:
    def cost(words: int) -> int:
        return sum(costs[: (words + 1) // 2]) + sum(costs[len(costs) - words // 2 :])

    kept = most_words(costs, budget)
    assert 0 <= kept <= max(len(costs) - 1, 0)
    assert kept == 0 or cost(kept) <= budget
    assert kept >= len(costs) - 1 or cost(kept + 1) > budget


def test_the_gap_is_in_the_middle_and_says_how_much_is_missing() -> None:
    words = Words.of("one two\nthree  four five six")
    assert words.keeping(3) == "one two […\u00a03".replace("\u00a0", " ") + " words left out …] six"
    assert words.keeping(6) == words.text


def test_little_room_is_left_unused() -> None:
    long = example().with_transcript("We build bridges between people. " * 200)
    done = fitted(long)
    assert 500 < len(done.encoded[0].input_ids) <= 512


def test_a_speech_that_cannot_be_shortened_is_left_out_and_named() -> None:
    no_spaces = example(7).with_transcript("橋" * 800)
    for split in Split:
        done = fitted(no_spaces, split)
        assert (done.examples, done.excluded) == ((), (no_spaces.example,))
    assert done.as_dict() == {"used": 0, "shortened": {}, "words_left_out": 0, "excluded": [no_spaces.example]}


def test_a_test_speech_leaves_room_for_any_answer() -> None:
    long, other = (
        replace(
            example(1, human),
            messages=(*example(1).with_transcript("word " * 900).prompt, example(1, human).messages[-1]),
        )
        for human in (scored(1, 1, 1, "Short."), scored(1, 1, 1, "A much longer comment. " * 20))
    )
    first, second = fitted(long, Split.TEST), fitted(other, Split.TEST)
    assert first.examples[0].transcript == second.examples[0].transcript
    assert fitted(long).examples[0].transcript != fitted(other).examples[0].transcript


@pytest.mark.parametrize(("policy", "used"), [("shorten", 1), ("exclude", 0), ("refuse", 1)])
def test_the_recipe_chooses(policy: str, used: int) -> None:
    long = example().with_transcript("word " * 900)
    done = fitted(long, long_examples=policy)
    assert len(done.examples) == used
    assert bool(done.shortened) == (policy == "shorten")
    assert bool(done.excluded) == (policy == "exclude")


def test_short_data_are_left_as_they_are() -> None:
    data = training_data()
    assert fitted_data(data, fit(data, tokenizer(), recipe())) == data
