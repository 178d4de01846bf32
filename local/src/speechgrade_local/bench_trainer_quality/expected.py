"""The points that a model expects, beside the ones that it writes.

A greedy answer is the likeliest number, so a model that is unsure keeps to the middle. The mean over the rubric's grid,
weighted by the probability of each number, is what such a model knows (cf. Liu et al. 2023, G-Eval). It is measured
here and served nowhere: the product stores what was written.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from peft import PeftModel
from speechgrade_shared.prompt import render_answer
from speechgrade_shared.rubric import Criterion
from speechgrade_shared.sections import ScoredSpeech, SectionScore
from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.data.tokens import encode_example, encode_prompt
from transformers import PreTrainedTokenizerFast

Points = dict[tuple[str, str], float]


class Expectation:
    """Reads off a model how likely it finds every number of points, its own answer up to there given."""

    def __init__(self, model: PeftModel, tokenizer: PreTrainedTokenizerFast) -> None:
        self._model: Any = model
        self._tokenizer = tokenizer

    @torch.inference_mode()
    def points(self, example: Example, written: ScoredSpeech) -> Points:
        """The expected points of each criterion; what comes before a criterion is as it was written."""
        fed = encode_prompt(self._tokenizer, example.prompt)
        cache: Any = None
        expected: Points = {}
        answered = 0
        for place, criterion in _criteria(example):
            variants = [self._answer(with_points(written, place, value)) for value in criterion.grid()]
            start, spans = differing(variants)
            # The token before the first difference is fed with each variant, for its logits are the first that matter.
            fresh = torch.tensor([fed + list(variants[0][answered : start - 1])])
            if fresh.shape[1]:
                cache = self._model(input_ids=fresh, past_key_values=cache, use_cache=True, logits_to_keep=1)
                cache = cache.past_key_values
            fed, answered = [], start - 1
            weights = torch.softmax(self._likelihoods(cache, variants[0][start - 1], spans), dim=0)
            expected[place] = float(weights.double() @ torch.tensor(criterion.grid(), dtype=torch.float64))
        return expected

    def _likelihoods(self, cache: Any, before: int, spans: Sequence[Sequence[int]]) -> torch.Tensor:
        """The log-probability of each span of tokens after the cache and one more token."""
        width = max(len(span) for span in spans)
        rows = torch.tensor([[before, *span, *[0] * (width - len(span))] for span in spans])
        copied = copy.deepcopy(cache)
        copied.batch_repeat_interleave(len(spans))
        logits = self._model(input_ids=rows, past_key_values=copied, use_cache=True).logits[:, :-1]
        chosen = torch.log_softmax(logits.float(), dim=-1).gather(2, rows[:, 1:, None]).squeeze(2)
        lengths = torch.tensor([len(span) for span in spans])
        return (chosen * (torch.arange(width) < lengths[:, None])).sum(dim=1)

    def _answer(self, scored: ScoredSpeech) -> tuple[int, ...]:
        # An answer has the same tokens after any question, and a short one is encoded quickly.
        turns = {"user": "?", "assistant": render_answer(scored)}
        asked = [{"role": role, "content": content} for role, content in turns.items()]
        return encode_example(self._tokenizer, asked).supervised


def differing(variants: Sequence[Sequence[int]]) -> tuple[int, list[Sequence[int]]]:
    """Where token sequences begin to differ, and each one's tokens from there to the first that all share again."""
    shortest = min(len(variant) for variant in variants)
    start = next(i for i in range(shortest) if len({variant[i] for variant in variants}) > 1)
    end = next(i for i in range(1, shortest + 1) if i == shortest or len({v[-i] for v in variants}) > 1)
    return start, [variant[start : len(variant) - end + 2] for variant in variants]


def with_points(scored: ScoredSpeech, place: tuple[str, str], points: float) -> ScoredSpeech:
    """The same scores with other points for one criterion."""
    sections = tuple(
        SectionScore(
            one.name,
            one.feedback,
            tuple((name, points if (one.name, name) == place else given) for name, given in one.points),
        )
        for one in scored.sections
    )
    return ScoredSpeech(sections, scored.overall_comments)


def _criteria(example: Example) -> Iterator[tuple[tuple[str, str], Criterion]]:
    for category in example.rubric.categories:
        for criterion in category.criteria:
            yield (category.name, criterion.name), criterion
