"""The loss is on the assistant's JSON and the end of sequence, and on nothing else."""

from functools import cache
from typing import Any

import llguidance.hf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer
from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_trainer.data.tokens import IGNORED, MaskBroken, encode_example, encode_examples, encode_prompt
from speechgrade_trainer.evaluation.decode import grammar

from .material import RUBRIC, example, scored, tokenizer


def test_the_supervised_tokens_are_exactly_the_answer() -> None:
    one = example()
    encoded = encode_example(tokenizer(), one.messages)
    assert tokenizer().decode(list(encoded.supervised)) == one.target + "</s>"
    assert len(encoded.labels) == len(encoded.input_ids)


def test_the_masked_tokens_are_exactly_the_prompt() -> None:
    one = example()
    encoded = encode_example(tokenizer(), one.messages)
    masked = [token for token, label in zip(encoded.input_ids, encoded.labels, strict=True) if label == IGNORED]
    assert masked == encode_prompt(tokenizer(), one.prompt)
    text = str(tokenizer().decode(masked))
    assert text.startswith("<s>")
    assert text.endswith("[/INST]")


@settings(max_examples=60, deadline=None)
@given(transcript=st.text(max_size=200), feedback=st.text(max_size=80))
def test_no_text_moves_the_border_unnoticed(transcript: str, feedback: str) -> None:
    turns = [turn.as_dict() for turn in render_messages(RUBRIC, transcript)]
    turns.append({"role": "assistant", "content": render_answer(scored(1, 1, 1, feedback))})
    try:
        encoded = encode_example(tokenizer(), turns)
    except MaskBroken:
        return
    assert tokenizer().decode(list(encoded.supervised)) == turns[2]["content"] + "</s>"
    assert list(encoded.input_ids[: encoded.labels.count(IGNORED)]) == encode_prompt(tokenizer(), turns[:2])


@pytest.mark.parametrize("token", ["</s>", "<s>"])
def test_a_control_token_in_a_comment_is_refused(token: str) -> None:
    one = example(human=scored(1, 1, 1, f"Well {token} done."))
    with pytest.raises(MaskBroken):
        encode_example(tokenizer(), one.messages)


@cache
def guide() -> LLTokenizer:
    return llguidance.hf.from_tokenizer(tokenizer(), n_vocab=32_000)


@settings(max_examples=60, deadline=None)
@given(feedback=st.text(st.characters(exclude_categories=["C"]), max_size=80))
def test_what_is_trained_is_what_a_constrained_engine_gives(feedback: str) -> None:
    human = scored(3, 2, 1, feedback)
    turns: Any = [*example().prompt, {"role": "assistant", "content": render_answer(human)}]
    try:
        encoded = encode_example(tokenizer(), turns)
    except MaskBroken:
        return
    matcher = LLMatcher(guide(), grammar(RUBRIC))
    assert matcher.validate_tokens(list(encoded.supervised)) == len(encoded.supervised)


def test_the_first_token_of_an_answer_is_the_only_one_that_the_grammar_allows() -> None:
    forced = LLMatcher(guide(), grammar(RUBRIC)).compute_ff_tokens()
    supervised = list(encode_example(tokenizer(), example().messages).supervised)
    assert forced
    assert supervised[: len(forced)] == forced
    assert guide().tokenize_str(example().target) == supervised[:-1]


def test_many_at_once_are_encoded_like_one_and_like_the_template() -> None:
    turns = [example(number, scored(number % 4, 1, 2, "word " * number)).messages for number in range(6)]
    assert encode_examples(tokenizer(), turns) == [encode_example(tokenizer(), one) for one in turns]
    prompt = [dict(turn) for turn in turns[0][:-1]]
    ids: Any = tokenizer().apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)
    assert encode_prompt(tokenizer(), prompt) == ids
    assert encode_examples(tokenizer(), []) == []
