"""From an example to token ids and labels: the loss is on the assistant's turn alone, and that is asserted.

The labels are made here rather than by TRL, which trains on the prompt too when it is given ``messages``, and cuts the
end of what is too long, which is the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.prompt import CHAT_TEMPLATE
from transformers import PreTrainedTokenizerFast

IGNORED = -100
"""The label of a position without loss."""

Turn = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Encoded:
    """The ids of a whole conversation, and the same ids as labels where there is a loss."""

    input_ids: tuple[int, ...]
    labels: tuple[int, ...]

    @property
    def supervised(self) -> tuple[int, ...]:
        return tuple(label for label in self.labels if label != IGNORED)


class MaskBroken(ValueError):
    """The ids of a conversation do not begin with those of its prompt, or do not end where the answer ends."""


def encode_prompt(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Turn]) -> list[int]:
    """The ids that ask for an answer."""
    return _encode(tokenizer, turns, ask=True)


def encode_example(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Turn]) -> Encoded:
    """Encode a conversation so that exactly the last turn and the end of sequence are supervised.

    Raises:
        MaskBroken: tokenizer and template do not make that possible.
    """
    prompt, whole = encode_prompt(tokenizer, turns[:-1]), _encode(tokenizer, turns, ask=False)
    answer = whole[len(prompt) :]
    end, start = tokenizer.eos_token_id, tokenizer.bos_token_id
    if whole[: len(prompt)] != prompt:
        raise MaskBroken("the conversation does not begin with its prompt")
    if answer[-1:] != [end] or whole.count(end) != 1 or whole.count(start) != 1:
        raise MaskBroken("a control token stands where none belongs")
    if tokenizer.decode(answer, skip_special_tokens=False) != turns[-1]["content"] + str(tokenizer.eos_token):
        raise MaskBroken("the supervised tokens are not the answer")
    return Encoded(tuple(whole), tuple([IGNORED] * len(prompt) + answer))


def _encode(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Turn], *, ask: bool) -> list[int]:
    conversation = [dict(turn) for turn in turns]
    ids: Any = tokenizer.apply_chat_template(
        conversation, chat_template=CHAT_TEMPLATE, add_generation_prompt=ask, tokenize=True, return_dict=False
    )
    return [int(token) for token in ids]
