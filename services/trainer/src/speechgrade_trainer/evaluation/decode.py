"""Greedy answers of many speeches at once, held to the rubric's grammar as the serving engine holds them.

The grammar is llguidance's, which is also the backend of the serving engine, made of the same schema without optional
white space.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import llguidance.hf
import torch
from llguidance import LLMatcher
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from peft import PeftModel
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.rubric import Rubric
from torch import FloatTensor, LongTensor
from transformers import LogitsProcessor, LogitsProcessorList, PreTrainedTokenizerFast

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.data.tokens import encode_prompt
from speechgrade_trainer.recipe import Decoding

_FIXED_WHITESPACE: Any = {"whitespace_flexible": False}


class GrammarMask(LogitsProcessor):
    """Lets each row of a batch go on only as its own grammar allows."""

    def __init__(self, matchers: Sequence[LLMatcher], prompt_width: int, vocabulary: int) -> None:
        self._matchers, self._read = matchers, prompt_width
        self._bits = allocate_token_bitmask(len(matchers), vocabulary)

    def __call__(self, input_ids: LongTensor, scores: FloatTensor) -> Any:
        fresh = input_ids[:, self._read :].tolist()
        self._read = input_ids.shape[1]
        for row, matcher in enumerate(self._matchers):
            for token in fresh[row]:
                if not matcher.is_stopped():
                    matcher.consume_token(token)
            fill_next_token_bitmask(matcher, self._bits, row)
        places = torch.arange(32, dtype=torch.int32, device=scores.device)
        allowed = (torch.from_numpy(self._bits).to(scores.device).unsqueeze(-1) >> places) & 1
        return scores.masked_fill(~allowed.flatten(1)[:, : scores.shape[-1]].bool(), float("-inf"))


class Answerer:
    """Asks a model, with or without its adapter, for the scores of examples."""

    def __init__(self, model: PeftModel, tokenizer: PreTrainedTokenizerFast, limits: Decoding) -> None:
        self._model: Any = model
        self._tokenizer, self._limits = tokenizer, limits
        self._vocabulary = int(self._model.config.vocab_size)
        self._guide = llguidance.hf.from_tokenizer(tokenizer, n_vocab=self._vocabulary)

    def answers(self, examples: Sequence[Example], tell: Callable[[int], None]) -> list[str]:
        """One answer per example, in order; one cut at the limit comes back cut. ``tell`` hears the progress."""
        prompts = [encode_prompt(self._tokenizer, example.prompt) for example in examples]
        by_length = sorted(range(len(examples)), key=lambda index: len(prompts[index]))
        found: dict[int, str] = {}
        for rows in _batches(by_length, self._limits.batch_size):
            texts = self._batch([prompts[index] for index in rows], [examples[index].rubric for index in rows])
            found.update(zip(rows, texts, strict=True))
            tell(len(found))
        return [found[index] for index in range(len(examples))]

    def _batch(self, prompts: Sequence[list[int]], rubrics: Sequence[Rubric]) -> list[str]:
        width = max(len(prompt) for prompt in prompts)
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        matchers = [LLMatcher(self._guide, grammar(rubric)) for rubric in rubrics]
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids.to(self._model.device),
                attention_mask=mask.to(self._model.device),
                max_new_tokens=self._limits.max_new_tokens,
                do_sample=False,
                use_cache=True,
                pad_token_id=pad,
                logits_processor=LogitsProcessorList([GrammarMask(matchers, width, self._vocabulary)]),
            )
        return [str(text) for text in self._tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)]


@lru_cache(maxsize=64)
def grammar(rubric: Rubric) -> str:
    """The grammar of a rubric's answers."""
    return LLMatcher.grammar_from_json_schema(json.dumps(answer_schema(rubric)), defaults=_FIXED_WHITESPACE)


def _batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
