"""What is looked at before any weight is loaded. All problems are found at once; nothing is cut silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from speechgrade_trainer.data.lengths import Lengths
from speechgrade_trainer.data.score_spread import ScoreSpread, score_spreads
from speechgrade_trainer.data.tokens import Encoded
from speechgrade_trainer.errors import PreflightFailed
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.batch_plan import BatchPlan, batch_plan
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.orders import epoch_random, length_grouped, padding_share, shuffled
from speechgrade_trainer.training.packing import best_fit_decreasing


@dataclass(frozen=True, slots=True)
class Site:
    """Where it will be trained: the folder of the base, whose ``config.json`` is read, and the device of a process."""

    base: Path
    device: Device


@dataclass(frozen=True, slots=True)
class Preflight:
    """What is trained on and measured with, and everything that is known before the training starts.

    ``data`` are the examples as they are used: shortened, or left out, as ``fitted`` says. ``steps``: of the optimizer,
    without early stopping. ``plan``: how a step is divided. ``padding``: the share of a batch's positions
    that hold no token. ``cost`` needs a ``Site``.
    """

    data: TrainingData
    fitted: Mapping[Split, FittedSplit]
    lengths: Mapping[str, Mapping[str, Any]]
    spreads: Mapping[str, Mapping[str, ScoreSpread]]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    steps: int
    padding: float
    plan: BatchPlan
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
            "rows_per_step": self.plan.effective,
            "processes": self.plan.processes,
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
    """The same without refusing, so that all of it can be shown.

    Raises:
        RecipeInvalid: a step cannot be divided among so many processes.
    """
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
    plan = batch_plan(recipe, 1 if site is None else site.device.processes)
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
        steps=steps(recipe, sizes.train, plan),
        padding=padding,
        plan=plan,
        cost=cost,
    )


def steps(recipe: Recipe, sizes: Sequence[int], plan: BatchPlan) -> int:
    """Optimizer steps of the whole training for examples of these lengths."""
    rows = best_fit_decreasing(sizes, recipe.max_length) if recipe.batching == "packed" else sizes
    return recipe.epochs * plan.steps_per_epoch(len(rows))


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
    if recipe.batching in ("padding_free", "packed"):
        return 0.0
    rng = epoch_random(recipe.seed, 0)
    grouped = recipe.batching == "length_grouped"
    order = length_grouped(sizes, recipe.batch_size, rng) if grouped else shuffled(len(sizes), rng)
    return padding_share(sizes, order, recipe.batch_size)


def _lengths(split: FittedSplit) -> dict[str, Any]:
    return Lengths.of(split.sizes(Split.TRAIN)).as_dict()


def _cost(recipe: Recipe, sizes: Sizes, site: Site | None, padding: float) -> Cost | None:
    model = None if site is None else Architecture.of(site.base)
    if site is None or model is None or not sizes.train:
        return None
    return estimate(model, recipe, sizes, site.device, padding)


def _too_large(cost: Cost) -> Finding:
    needed, there = cost.peak_memory / 1e9, cost.available / 1e9
    text = f"The training may need {needed:.1f} GB, and the device has {there:.1f} GB: nf4, a smaller batch_size or "
    return Finding("memory_short", f"{text}activation_checkpointing take less.", "warning")
