"""From examples to token ids and labels: the loss is on the assistant's turn alone, and that is asserted.

The labels are made here rather than by TRL, which trains on the prompt too when it is given ``messages``, and cuts the
end of what is too long, which is the answer.

The answer follows the prompt's last token directly. Mistral's template writes a space between them, which its tokenizer
glues to the first token (``▁{"``), but an engine that holds the answer to a JSON grammar can only begin with ``{"``.
What is trained is what is served: without the space, an answer has the ids that a constrained engine gives it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.prompt import CHAT_TEMPLATE
from transformers import PreTrainedTokenizerFast

IGNORED = -100
"""The label of a position without loss."""
_LINE_BREAK = "\n"

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
    """The supervised ids of a conversation are not exactly its answer and the end of sequence."""


def encode_prompts(tokenizer: PreTrainedTokenizerFast, prompts: Sequence[Sequence[Turn]]) -> list[list[int]]:
    """The ids that ask for an answer, of many conversations at once."""
    if not prompts:
        return []
    turns: Any = [[dict(turn) for turn in prompt] for prompt in prompts]
    texts: Any = tokenizer.apply_chat_template(
        turns, chat_template=CHAT_TEMPLATE, add_generation_prompt=True, tokenize=False
    )
    return _ids(tokenizer, texts)


def encode_prompt(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Turn]) -> list[int]:
    """The ids that ask for an answer."""
    return encode_prompts(tokenizer, [turns])[0]


def encode_answers(tokenizer: PreTrainedTokenizerFast, answers: Sequence[str]) -> list[list[int]]:
    """The ids of answers as they follow a prompt, with the end of sequence."""
    # A tokenizer takes the beginning of a text for the beginning of a word. After a line break, which never becomes
    # one token with what follows, there is none.
    before, *found = _ids(tokenizer, [_LINE_BREAK, *(_LINE_BREAK + answer for answer in answers)])
    end = int(tokenizer.eos_token_id)
    return [[*ids[len(before) :], end] for ids in found]


def encode_examples(
    tokenizer: PreTrainedTokenizerFast, conversations: Sequence[Sequence[Turn]]
) -> list[Encoded | MaskBroken]:
    """Encode conversations so that exactly the last turn and the end of sequence are supervised.

    One whose tokenizer and template do not make that possible comes back as the reason.
    """
    if not conversations:
        return []
    answers = [turns[-1]["content"] for turns in conversations]
    prompts = encode_prompts(tokenizer, [turns[:-1] for turns in conversations])
    targets = encode_answers(tokenizer, answers)
    # Decoded behind the prompt's last token, because a decoder drops a space at the beginning.
    pairs = zip(prompts, targets, strict=True)
    heads = tokenizer.batch_decode([prompt[-1:] for prompt in prompts], skip_special_tokens=False)
    tails = tokenizer.batch_decode([[*prompt[-1:], *target] for prompt, target in pairs], skip_special_tokens=False)
    control = (tokenizer.bos_token_id, tokenizer.eos_token_id)
    found: list[Encoded | MaskBroken] = []
    for prompt, target, answer, head, tail in zip(prompts, targets, answers, heads, tails, strict=True):
        if [token for token in (*prompt, *target) if token in control] != [*control]:
            found.append(MaskBroken("a control token stands where none belongs"))
        elif tail != f"{head}{answer}{tokenizer.eos_token}":
            found.append(MaskBroken("the supervised tokens are not the answer"))
        else:
            found.append(Encoded((*prompt, *target), (*[IGNORED] * len(prompt), *target)))
    return found


def encode_example(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Turn]) -> Encoded:
    """Encode one conversation.

    Raises:
        MaskBroken: tokenizer and template do not make it possible.
    """
    encoded = encode_examples(tokenizer, [turns])[0]
    if isinstance(encoded, MaskBroken):
        raise encoded
    return encoded


def _ids(tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> list[list[int]]:
    called: Any = tokenizer(list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False)
    return [list(ids) for ids in called["input_ids"]]
