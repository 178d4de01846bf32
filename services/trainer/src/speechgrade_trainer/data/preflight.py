"""What is looked at before any weight is loaded. All problems are found at once; nothing is cut silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import Any

from speechgrade_shared.subject import Split
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.data.tokens import Encoded, MaskBroken, encode_example
from speechgrade_trainer.errors import PreflightFailed
from speechgrade_trainer.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason not to train, with a stable code."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Preflight:
    """The encoded examples, and what is known about the training before it starts."""

    encoded: Mapping[Split, tuple[Encoded, ...]]
    lengths: Mapping[str, Mapping[str, int]]
    steps: int

    def as_dict(self) -> dict[str, Any]:
        return {"lengths": {split: dict(numbers) for split, numbers in self.lengths.items()}, "steps": self.steps}


def check(data: TrainingData, tokenizer: PreTrainedTokenizerFast, recipe: Recipe) -> Preflight:
    """Encode everything and look for every reason not to train.

    Raises:
        PreflightFailed: names all problems; its code is the problem's own when there is only one.
    """
    problems = [*empty_splits(data), *leaks(data)]
    encoded: dict[Split, tuple[Encoded, ...]] = {}
    for split in Split:
        encoded[split], broken = _encode_all(tokenizer, data.splits[split], split)
        problems += [*broken, *too_long(encoded[split], split, recipe.max_length)]
    if problems:
        codes = {problem.code for problem in problems}
        code = codes.pop() if len(codes) == 1 else PreflightFailed.code
        raise PreflightFailed("\n".join(problem.text for problem in problems), code=code)
    lengths = {split.value: _spread([len(one.input_ids) for one in encoded[split]]) for split in Split}
    batches = ceil(len(encoded[Split.TRAIN]) / recipe.batch_size)
    return Preflight(encoded, lengths, recipe.epochs * ceil(batches / recipe.gradient_accumulation))


def empty_splits(data: TrainingData) -> list[Problem]:
    """Training needs examples, choosing the best weights needs others, and measuring needs yet others."""
    empty = [split.value for split in Split if not data.splits[split]]
    return [Problem("split_empty", f"These splits have no examples: {', '.join(empty)}.")] if empty else []


def leaks(data: TrainingData) -> list[Problem]:
    """A person in two splits would make the numbers of the test worthless."""
    people = {split: {example.subject for example in data.splits[split]} for split in Split}
    shared = {subject for one, other in combinations(Split, 2) for subject in people[one] & people[other]}
    return [Problem("split_leakage", f"{len(shared)} people are in more than one split.")] if shared else []


def too_long(encoded: Sequence[Encoded], split: Split, max_length: int) -> list[Problem]:
    """Examples that the recipe has no room for are counted, never truncated."""
    lengths = [len(one.input_ids) for one in encoded if len(one.input_ids) > max_length]
    if not lengths:
        return []
    text = f"{len(lengths)} of {len(encoded)} examples of {split} are longer than max_length {max_length}"
    return [Problem("examples_too_long", f"{text}; the longest has {max(lengths)} tokens.")]


def _encode_all(
    tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example], split: Split
) -> tuple[tuple[Encoded, ...], list[Problem]]:
    encoded, reasons = [], []
    for example in examples:
        try:
            encoded.append(encode_example(tokenizer, example.messages))
        except MaskBroken as error:
            reasons.append(str(error))
    text = f"{len(reasons)} of {len(examples)} examples of {split} have no clean label mask"
    text += f": {'; '.join(sorted(set(reasons)))}."
    return tuple(encoded), [Problem("mask_broken", text)] if reasons else []


def _spread(lengths: Sequence[int]) -> dict[str, int]:
    ordered = sorted(lengths)
    return {
        "shortest": ordered[0],
        "median": ordered[len(ordered) // 2],
        "p95": ordered[min(len(ordered) - 1, ceil(0.95 * len(ordered)))],
        "longest": ordered[-1],
    }
