"""Pre-training of the tiny base on one core: first short texts, until what is heard is found, then whole speeches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from random import Random

import torch
from speechgrade_shared.prompt import INSTRUCTIONS
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import MistralForCausalLM, PreTrainedTokenizerFast

from speechgrade_local.tiny_base.architecture import untrained_model
from speechgrade_local.tiny_base.batches import Batch, Collator, EncodedLesson, bucketed, encode, plain_ids
from speechgrade_local.tiny_base.pretext import lessons, noting_lesson
from speechgrade_local.tiny_base.vocabulary import SeenTokens

_WHOLE_SPEECH = 40
_CHECK_EVERY = 25
_HELD_OUT = 24


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the pre-training. It ends after ``most`` steps, or when held-out notes are as accurate as its goal."""

    name: str
    most: int
    noting: float
    shortest: int
    longest: int
    goal: float | None = None
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """The stages, the batch, the learning rate and the seed."""

    stages: tuple[Stage, ...]
    batch: int = 8
    rate: float = 4e-3
    warmup: int = 30
    seed: int = 12

    @classmethod
    def full(cls) -> "Schedule":
        """About two minutes on one core."""
        return cls(
            (
                Stage("short speeches", 700, noting=0.85, shortest=3, longest=10, goal=0.95),
                Stage("whole speeches", 250, noting=0.6, shortest=4, longest=20, settles=True),
            )
        )

    @classmethod
    def quick(cls, steps: int) -> "Schedule":
        """For tests: too short to learn anything."""
        return cls((Stage("quick", steps, noting=0.5, shortest=2, longest=4, settles=True),), batch=2)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the pre-training is. ``accuracy`` is that of ticks and counts in held-out notes on whole speeches."""

    stage: str
    step: int
    most: int
    loss: float
    accuracy: float


def pretrain(
    tokenizer: PreTrainedTokenizerFast, schedule: Schedule, report: Callable[[Progress], None]
) -> MistralForCausalLM:
    """Make a base from nothing. The same schedule gives the same base on the same machine."""
    torch.manual_seed(schedule.seed)
    seen = SeenTokens(_occurring(tokenizer, schedule))
    learner = _Learner(tokenizer, seen, schedule)
    for stage in schedule.stages:
        learner.go_through(stage, report)
    return seen.spread(learner.model)


def _occurring(tokenizer: PreTrainedTokenizerFast, schedule: Schedule) -> Iterator[int]:
    sample = islice(lessons(Random(schedule.seed + 1), 0.8, _WHOLE_SPEECH, _WHOLE_SPEECH), 500)
    return chain(
        plain_ids(tokenizer, f"{INSTRUCTIONS} 0123456789"), *(encode(tokenizer, lesson).ids for lesson in sample)
    )


class _Learner:
    def __init__(self, tokenizer: PreTrainedTokenizerFast, seen: SeenTokens, schedule: Schedule) -> None:
        self.model = untrained_model(seen.size)
        self._tokenizer, self._seen, self._schedule = tokenizer, seen, schedule
        self._rng, self._step = Random(schedule.seed), 0
        self._collate = Collator(seen, tokenizer)
        self._optimizer = torch.optim.AdamW(self.model.parameters(), schedule.rate, betas=(0.9, 0.98))
        held = Random(schedule.seed + 2)
        self._held_out = self._collate(
            [encode(tokenizer, noting_lesson(held, _WHOLE_SPEECH)) for _ in range(_HELD_OUT)]
        )

    def go_through(self, stage: Stage, report: Callable[[Progress], None]) -> None:
        for step, group in enumerate(islice(self._groups(stage), stage.most), start=1):
            loss = self._learn(self._collate(group), 1.0 - (step - 1) / stage.most if stage.settles else 1.0)
            if step % _CHECK_EVERY and step != stage.most:
                continue
            accuracy = self._accuracy()
            report(Progress(stage.name, step, stage.most, loss, accuracy))
            if stage.goal is not None and accuracy >= stage.goal:
                return

    def _groups(self, stage: Stage) -> Iterator[list[EncodedLesson]]:
        drawn = lessons(self._rng, stage.noting, stage.shortest, stage.longest)
        return bucketed((encode(self._tokenizer, lesson) for lesson in drawn), self._schedule.batch, self._rng)

    def _learn(self, batch: Batch, share: float) -> float:
        self._step += 1
        for group in self._optimizer.param_groups:
            group["lr"] = self._schedule.rate * share * min(1.0, self._step / self._schedule.warmup)
        logits, targets, weights = self._predict(batch)
        loss = (cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        return loss.item()

    def _predict(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        states = self.model.model(input_ids=batch.numbers, attention_mask=batch.attention).last_hidden_state[:, :-1]
        weights = batch.weights[:, 1:]
        judged = weights > 0
        logits = self._seen.weigh_others(self.model.lm_head(states[judged]))
        return logits, batch.numbers[:, 1:][judged], weights[judged]

    @torch.no_grad()
    def _accuracy(self) -> float:
        logits, targets, weights = self._predict(self._held_out)
        asked = torch.isin(targets, self._collate.findings) & (weights == 1.0)
        return (logits.argmax(dim=1) == targets)[asked].float().mean().item()
