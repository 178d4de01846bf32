"""Answers of many speeches at once by transformers, held to the rubric's grammar as the serving engine holds them.

The grammar is llguidance's, which is also the backend of the serving engine, made of the same schema without optional
white space. Batches hold prompts of about the same length; a row whose grammar has ended leaves its batch, so that no
step is spent on padding, and a batch ends with its last row.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import llguidance.hf
import numpy as np
import torch
from llguidance import LLMatcher
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from peft import PeftModel
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.rubric import Rubric
from torch import Tensor
from transformers import DynamicCache, PreTrainedTokenizerFast

from speechgrade_trainer.data.tokens import encode_prompt
from speechgrade_trainer.evaluation.asking import Question, Reply
from speechgrade_trainer.evaluation.figures import BASE
from speechgrade_trainer.recipe import Decoding

_FIXED_WHITESPACE: Any = {"whitespace_flexible": False}


@dataclass
class _Row:
    """One answer in the making."""

    place: int
    prompt: list[int]
    matcher: LLMatcher
    temperature: float
    chance: torch.Generator
    tokens: list[int] = field(default_factory=list)

    def take(self, token: int) -> None:
        self.matcher.consume_token(token)
        self.tokens.append(token)


class TransformersAnswerer:
    """Asks a model by the names of its adapters; ``base`` is the model without any."""

    def __init__(self, model: PeftModel, tokenizer: PreTrainedTokenizerFast, limits: Decoding) -> None:
        self._model: Any = model
        self._tokenizer, self._limits = tokenizer, limits
        self._vocabulary = int(self._model.config.vocab_size)
        self._guide = llguidance.hf.from_tokenizer(tokenizer, n_vocab=self._vocabulary)

    @property
    def engine(self) -> str:
        return f"transformers {version('transformers')}"

    def replies(self, who: str, questions: Sequence[Question], tell: Callable[[int], None]) -> list[Reply]:
        """One reply per question, in order; ``tell`` hears the progress after each batch."""
        if who == BASE:
            with self._model.disable_adapter():
                return self._replies(questions, tell)
        self._model.set_adapter(who)
        return self._replies(questions, tell)

    def _replies(self, questions: Sequence[Question], tell: Callable[[int], None]) -> list[Reply]:
        rows = [self._row(place, question) for place, question in enumerate(questions)]
        # The longest first: what does not fit the memory fails at once, not after an hour.
        rows.sort(key=lambda row: len(row.prompt), reverse=True)
        found: dict[int, Reply] = {}
        for batch in _batches(rows, self._limits.batch_size):
            with torch.inference_mode():
                self._decode(batch)
            found.update((row.place, self._reply(row)) for row in batch)
            tell(len(found))
        return [found[place] for place in range(len(questions))]

    def _row(self, place: int, question: Question) -> _Row:
        matcher = LLMatcher(self._guide, grammar(question.example.rubric))
        prompt = encode_prompt(self._tokenizer, question.example.prompt)
        # Each row has its own dice, so that an answer does not depend on its neighbours.
        return _Row(place, prompt, matcher, question.temperature, torch.Generator().manual_seed(question.seed))

    def _reply(self, row: _Row) -> Reply:
        text = str(self._tokenizer.decode(row.tokens, skip_special_tokens=True))
        return Reply(text, row.matcher.is_stopped())

    def _decode(self, rows: Sequence[_Row]) -> None:
        width = max(len(row.prompt) for row in rows)
        pad, device = self._tokenizer.pad_token_id, self._model.device
        ids = torch.tensor([[pad] * (width - len(row.prompt)) + row.prompt for row in rows], device=device)
        mask = torch.tensor([[0] * (width - len(row.prompt)) + [1] * len(row.prompt) for row in rows], device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._model.config)
        live = list(rows)
        for _ in range(self._limits.max_new_tokens):
            out = self._model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            for row, token in zip(live, self._chosen(out.logits[:, -1].float(), live), strict=True):
                row.take(token)
            going_on = [index for index, row in enumerate(live) if not row.matcher.is_stopped()]
            if not going_on:
                return
            if len(going_on) < len(live):
                kept = torch.tensor(going_on, device=device)
                cache.batch_select_indices(kept)
                mask, positions = mask[kept], positions[kept]
                live = [live[index] for index in going_on]
            ids = torch.tensor([[row.tokens[-1]] for row in live], device=device)
            mask = torch.cat((mask, mask.new_ones(len(live), 1)), dim=1)
            positions = positions[:, -1:] + 1

    def _chosen(self, logits: Tensor, rows: Sequence[_Row]) -> list[int]:
        logits = logits.masked_fill(~self._allowed(rows, logits), float("-inf"))
        likeliest: list[int] = logits.argmax(-1).tolist()
        return [_drawn(logits[index], row) if row.temperature else likeliest[index] for index, row in enumerate(rows)]

    def _allowed(self, rows: Sequence[_Row], logits: Tensor) -> Tensor:
        bits = allocate_token_bitmask(len(rows), self._vocabulary)
        for index, row in enumerate(rows):
            fill_next_token_bitmask(row.matcher, bits, index)
        packed = torch.from_numpy(bits.view(np.uint8)).to(logits.device)
        places = torch.arange(8, dtype=torch.uint8, device=logits.device)
        allowed = ((packed.unsqueeze(-1) >> places) & 1).flatten(1)[:, : logits.shape[-1]].bool()
        # A model may have more logits than its tokenizer has tokens.
        return torch.nn.functional.pad(allowed, (0, logits.shape[-1] - allowed.shape[-1]))


@lru_cache(maxsize=64)
def grammar(rubric: Rubric) -> str:
    """The grammar of a rubric's answers."""
    return LLMatcher.grammar_from_json_schema(json.dumps(answer_schema(rubric)), defaults=_FIXED_WHITESPACE)


def _drawn(logits: Tensor, row: _Row) -> int:
    chances = torch.softmax(logits / row.temperature, dim=-1).cpu()
    return int(torch.multinomial(chances, 1, generator=row.chance).item())


def _batches(rows: Sequence[_Row], size: int) -> Iterator[Sequence[_Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
