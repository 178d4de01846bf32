"""Lessons as padded tensors, with the weight of every token in the loss."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

import torch
from speechgrade_shared.prompt import Message
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from speechgrade_local.tiny_base.pretext import Lesson
from speechgrade_local.tiny_base.vocabulary import SeenTokens

_PROMPT_WEIGHT = 0.04
_INVENTED_WEIGHT = 0.2
_BUCKET = 8


@dataclass(frozen=True, slots=True)
class EncodedLesson:
    """The tokens of a lesson and where its answer begins."""

    ids: list[int]
    prompt_length: int
    invented: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers of tokens, which of them are not padding, and their weights in the loss."""

    numbers: Tensor
    attention: Tensor
    weights: Tensor


def encode(tokenizer: PreTrainedTokenizerFast, lesson: Lesson) -> EncodedLesson:
    """Tokenize a lesson with the chat template."""
    prompt = token_ids(tokenizer, lesson.turns[:-1])
    return EncodedLesson(token_ids(tokenizer, lesson.turns), len(prompt), lesson.invented)


def bucketed(lessons: Iterator[EncodedLesson], size: int, rng: Random) -> Iterator[list[EncodedLesson]]:
    """Groups of lessons of like length, in random order."""
    while True:
        chunk = sorted(islice(lessons, size * _BUCKET), key=lambda lesson: len(lesson.ids))
        groups = [chunk[start : start + size] for start in range(0, len(chunk), size)]
        rng.shuffle(groups)
        yield from groups


class Collator:
    """Pads lessons to a batch and weighs their tokens: what can be known weighs most, what is invented little."""

    def __init__(self, seen: SeenTokens, tokenizer: PreTrainedTokenizerFast) -> None:
        self._seen = seen
        self._ticks = seen.numbers(plain_ids(tokenizer, "yes no"))
        self._counts = seen.numbers(plain_ids(tokenizer, "01234")[1:])
        self.findings = torch.cat([self._ticks, self._counts])

    def __call__(self, lessons: Sequence[EncodedLesson]) -> Batch:
        shape = len(lessons), max(len(lesson.ids) for lesson in lessons)
        batch = Batch(torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long), torch.zeros(shape))
        for row, lesson in enumerate(lessons):
            length = len(lesson.ids)
            numbers = self._seen.numbers(lesson.ids)
            batch.numbers[row, :length] = numbers
            batch.attention[row, :length] = 1
            batch.weights[row, :length] = self._weights(lesson, numbers)
        return batch

    def _weights(self, lesson: EncodedLesson, numbers: Tensor) -> Tensor:
        weights = torch.full((len(lesson.ids),), _INVENTED_WEIGHT if lesson.invented else 1.0)
        if lesson.invented:
            weights[torch.isin(numbers, self._ticks)] = 0.0
            weights[torch.isin(numbers, self._counts)] = 1.0
        weights[: lesson.prompt_length] = _PROMPT_WEIGHT
        return weights


def token_ids(tokenizer: PreTrainedTokenizerFast, turns: Sequence[Message]) -> list[int]:
    """The ids of a conversation, as the chat template renders it."""
    return plain_ids(tokenizer, str(tokenizer.apply_chat_template([turn.as_dict() for turn in turns], tokenize=False)))


def plain_ids(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    """The ids of a text as it is, without a beginning-of-sequence token of the tokenizer's own."""
    return list(tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)
