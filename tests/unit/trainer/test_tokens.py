"""The loss is on the assistant's JSON and the end of sequence, and on nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_trainer.data.tokens import IGNORED, MaskBroken, encode_example, encode_prompt

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
