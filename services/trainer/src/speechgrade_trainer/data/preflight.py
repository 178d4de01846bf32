"""What is looked at before any weight is loaded. All problems are found at once; nothing is cut silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import fmean
from typing import Any

from speechgrade_shared.subject import Split
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data import findings
from speechgrade_trainer.data.architecture import Architecture
from speechgrade_trainer.data.cost import Cost, Sizes, estimate
from speechgrade_trainer.data.dataset import TrainingData
from speechgrade_trainer.data.findings import Finding
from speechgrade_trainer.data.length_policy import FittedSplit, fit, fitted_data, room
from speechgrade_trainer.data.lengths import Lengths, padding_share
from speechgrade_trainer.data.machine import Machine
from speechgrade_trainer.data.score_spread import ScoreSpread, score_spreads
from speechgrade_trainer.data.tokens import Encoded
from speechgrade_trainer.errors import PreflightFailed
from speechgrade_trainer.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Site:
    """Where it will be trained: the folder of the base, whose ``config.json`` is read, and the machine."""

    base: Path
    machine: Machine


@dataclass(frozen=True, slots=True)
class Preflight:
    """What is trained on and measured with, and everything that is known before the training starts.

    ``data`` are the examples as they are used: shortened, or left out, as ``fitted`` says. ``steps``: of the optimizer,
    without early stopping. ``padding``: the share of a batch's positions that hold no token. ``cost`` needs a ``Site``.
    """

    data: TrainingData
    fitted: Mapping[Split, FittedSplit]
    lengths: Mapping[str, Mapping[str, Any]]
    spreads: Mapping[str, Mapping[str, ScoreSpread]]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    steps: int
    padding: float
    cost: Cost | None = None

    @property
    def encoded(self) -> dict[Split, tuple[Encoded, ...]]:
        return {split: one.encoded for split, one in self.fitted.items()}

    def refuse_problems(self) -> None:
        """Go on only without problems.

        Raises:
            PreflightFailed: names all of them; its code is the problem's own when there is only one.
        """
        if self.problems:
            codes = findings.codes(self.problems)
            code = codes[0] if len(codes) == 1 else PreflightFailed.code
            raise PreflightFailed("\n".join(problem.text for problem in self.problems), code=code)

    def as_dict(self) -> dict[str, Any]:
        """For events, ``metrics.json`` and ``--json``: numbers and pseudonyms, no student text."""
        return {
            "problems": [problem.as_dict() for problem in self.problems],
            "warnings": [warning.as_dict() for warning in self.warnings],
            "lengths": {split: dict(numbers) for split, numbers in self.lengths.items()},
            "long_examples": {split.value: one.as_dict() for split, one in self.fitted.items()},
            "scores": {
                split: {place: spread.as_dict() for place, spread in places.items()}
                for split, places in self.spreads.items()
            },
            "steps": self.steps,
            "tokens_per_epoch": self.lengths.get(Split.TRAIN.value, {}).get("tokens", 0),
            "padding_share": round(self.padding, 4),
            "cost": None if self.cost is None else self.cost.as_dict(),
        }


def check(
    data: TrainingData, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, site: Site | None = None
) -> Preflight:
    """Encode everything and look for every reason not to train.

    Raises:
        PreflightFailed: names all problems; its code is the problem's own when there is only one.
    """
    preflight = inspect(data, tokenizer, recipe, site)
    preflight.refuse_problems()
    return preflight


def inspect(
    data: TrainingData, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, site: Site | None = None
) -> Preflight:
    """The same without refusing, so that all of it can be shown."""
    distinct, warned = findings.without_copies(data)
    fitted = fit(distinct, tokenizer, recipe)
    used = fitted_data(distinct, fitted)
    spreads = {split.value: score_spreads(used.splits[split]) for split in Split}
    found = [
        *findings.empty_splits(distinct),
        *findings.leaks(data),
        *findings.too_few(used),
        *(problem for split in Split for problem in _unusable(fitted[split], split, recipe)),
        *warned,
        *findings.duplicates(data),
        *findings.constant_criteria(spreads[Split.TRAIN.value]),
    ]
    sizes = _sizes(fitted)
    padding = _padding(recipe, sizes.train)
    cost = _cost(recipe, sizes, site, padding)
    if cost is not None and not cost.fits:
        found.append(_too_large(cost))
    return Preflight(
        data=used,
        fitted=fitted,
        lengths={split.value: _lengths(fitted[split]) for split in Split if fitted[split].encoded},
        spreads=spreads,
        problems=tuple(one for one in found if one.severity == "problem"),
        warnings=tuple(one for one in found if one.severity == "warning"),
        steps=steps(recipe, len(used.splits[Split.TRAIN])),
        padding=padding,
        cost=cost,
    )


def steps(recipe: Recipe, examples: int) -> int:
    """Optimizer steps of the whole training, as transformers' trainer counts them."""
    return recipe.epochs * ceil(ceil(examples / recipe.batch_size) / recipe.gradient_accumulation)


def _unusable(split: FittedSplit, name: Split, recipe: Recipe) -> list[Finding]:
    total = len(split.examples) + len(split.excluded) + sum(split.broken.values())
    found = []
    if split.broken:
        counted = f"{sum(split.broken.values())} of {total} examples of {name} have no clean label mask"
        found.append(Finding("mask_broken", f"{counted}: {'; '.join(sorted(split.broken))}."))
    if split.longest <= room(recipe, name):
        return found
    limit = f"max_length {recipe.max_length}"
    if name is Split.TEST:
        limit += f" less {recipe.evaluation.max_new_tokens} for the answer"
    longest = f"the longest has {split.longest} tokens"
    if recipe.long_examples == "refuse":
        too_long = sum(size > room(recipe, name) for size in split.sizes(name))
        text = f"{too_long} of {total} examples of {name} are longer than {limit}; {longest}."
        found.append(Finding("examples_too_long", text))
    elif split.excluded and not split.examples:
        text = f"{len(split.excluded)} of {total} examples of {name} are longer than {limit} and cannot be used"
        found.append(Finding("examples_too_long", f"{text}; {longest}."))
    else:
        text = f"Of {total} examples of {name}, {len(split.shortened)} are shortened to {limit}"
        text += f" ({sum(split.shortened.values())} words left out) and {len(split.excluded)} left out; {longest}."
        found.append(Finding("examples_shortened", text, "warning"))
    return found


def _sizes(fitted: Mapping[Split, FittedSplit]) -> Sizes:
    train, validation = fitted[Split.TRAIN], fitted[Split.VALIDATION]
    supervised = fmean(len(one.supervised) for one in train.encoded) if train.encoded else 0.0
    return Sizes(train.sizes(Split.TRAIN), validation.sizes(Split.VALIDATION), supervised)


def _padding(recipe: Recipe, sizes: Sequence[int]) -> float:
    batching = recipe.body().get("batching", "plain")
    if batching in ("padding_free", "packed"):
        return 0.0
    return padding_share(sizes, recipe.batch_size, seed=recipe.seed, grouped=batching == "length_grouped")


def _lengths(split: FittedSplit) -> dict[str, Any]:
    return Lengths.of(split.sizes(Split.TRAIN)).as_dict()


def _cost(recipe: Recipe, sizes: Sizes, site: Site | None, padding: float) -> Cost | None:
    model = None if site is None else Architecture.of(site.base)
    if site is None or model is None or not sizes.train:
        return None
    return estimate(model, recipe, sizes, site.machine, padding)


def _too_large(cost: Cost) -> Finding:
    needed, there = cost.peak_memory / 1e9, cost.available / 1e9
    text = f"The training may need {needed:.1f} GB, and the machine has {there:.1f} GB: nf4, a smaller batch_size or "
    return Finding("memory_short", f"{text}activation_checkpointing take less.", "warning")
