"""What becomes of examples that the recipe has no room for. The answer and the rubric are never cut.

An example may have ``max_length`` tokens. One of the test split is only asked about, and its prompt must leave room for
the longest answer that the recipe allows, as a server with that context does: the length of the answer that the
instructor gave must not decide how much of the speech is read.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from speechgrade_shared.subject import Split
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.data.shortening import FEWEST_WORDS, Words, marker, most_words
from speechgrade_trainer.data.tokens import IGNORED, Encoded, MaskBroken, encode_example, encode_examples
from speechgrade_trainer.recipe import Recipe


@dataclass(frozen=True, slots=True)
class FittedSplit:
    """The examples of a split as they are used, and what had to be done to them.

    ``shortened`` maps examples to the number of words that were left out; ``excluded`` had no room even so, ``broken``
    maps reasons why no label mask can be made to how many examples have them. ``longest``: tokens, before anything.
    """

    examples: tuple[Example, ...]
    encoded: tuple[Encoded, ...]
    shortened: Mapping[str, int]
    excluded: tuple[str, ...]
    broken: Mapping[str, int]
    longest: int

    def sizes(self, split: Split) -> tuple[int, ...]:
        """The tokens of each example that is used, counted as ``room`` counts them for this split."""
        return tuple(_size(ids, split) for ids in self.encoded)

    def as_dict(self) -> dict[str, Any]:
        """Counts, and the pseudonyms of the examples concerned."""
        return {
            "used": len(self.examples),
            "shortened": dict(self.shortened),
            "words_left_out": sum(self.shortened.values()),
            "excluded": list(self.excluded),
        }


def room(recipe: Recipe, split: Split) -> int:
    """How many tokens an example of this split may have: the whole of it, or its prompt in the test split."""
    return recipe.max_length - (recipe.evaluation.max_new_tokens if split is Split.TEST else 0)


def fit(data: TrainingData, tokenizer: PreTrainedTokenizerFast, recipe: Recipe) -> dict[Split, FittedSplit]:
    """Encode every split, and shorten or exclude what is too long as the recipe says. Deterministic."""
    return {split: fit_split(data.splits[split], tokenizer, recipe, split) for split in Split}


def fitted_data(data: TrainingData, fitted: Mapping[Split, FittedSplit]) -> TrainingData:
    """The data as they are trained on and measured with."""
    return replace(data, splits={split: one.examples for split, one in fitted.items()})


def fit_split(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, recipe: Recipe, split: Split
) -> FittedSplit:
    """The same for one split."""
    limit = room(recipe, split)
    kept: list[_Fitted] = []
    excluded: list[str] = []
    broken: Counter[str] = Counter()
    longest = 0
    for example, ids in zip(examples, encode_examples(tokenizer, [one.messages for one in examples]), strict=True):
        if isinstance(ids, MaskBroken):
            broken[str(ids)] += 1
            continue
        whole: _Fitted | None = _Fitted(example, ids, 0)
        longest = max(longest, _size(ids, split))
        if _size(ids, split) > limit and recipe.long_examples != "refuse":
            whole = _shortened(example, ids, tokenizer, limit, split) if recipe.long_examples == "shorten" else None
        if whole is None:
            excluded.append(example.example)
        else:
            kept.append(whole)
    return FittedSplit(
        examples=tuple(one.example for one in kept),
        encoded=tuple(one.encoded for one in kept),
        shortened={one.example.example: one.words_left_out for one in kept if one.words_left_out},
        excluded=tuple(excluded),
        broken=dict(broken),
        longest=longest,
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    example: Example
    encoded: Encoded
    words_left_out: int


def _shortened(
    example: Example, ids: Encoded, tokenizer: PreTrainedTokenizerFast, limit: int, split: Split
) -> _Fitted | None:
    words = Words.of(example.transcript)
    costs = _costs(tokenizer, words)
    around = _size(ids, split) - sum(costs) + len(tokenizer.tokenize(marker(len(words))))
    keep = min(most_words(costs, limit - around), len(words) - 1)
    while keep >= FEWEST_WORDS:
        shorter = example.with_transcript(words.keeping(keep))
        encoded = encode_example(tokenizer, shorter.messages)
        # Tokens join and part where words are taken out, so the sum of the costs is not exact.
        over = _size(encoded, split) - limit
        if over <= 0:
            return _Fitted(shorter, encoded, len(words) - keep)
        keep -= over
    return None


def _costs(tokenizer: PreTrainedTokenizerFast, words: Words) -> list[int]:
    """The tokens of each word, those of the space in front of it included."""
    called: Any = tokenizer(words.text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ends = [end for _, end in words.places]
    costs = [0] * len(words)
    for start, _ in called["offset_mapping"]:
        costs[min(bisect_right(ends, start), len(words) - 1)] += 1
    return costs


def _size(ids: Encoded, split: Split) -> int:
    return len(ids.input_ids) if split is not Split.TEST else ids.labels.count(IGNORED)
