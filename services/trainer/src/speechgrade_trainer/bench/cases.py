"""What is measured: LoRA and QLoRA at two lengths, by our recipes and by a plain script."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from speechgrade_trainer.bench.random_base import TINY
from speechgrade_trainer.data.architecture import MISTRAL_7B, Architecture
from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.recipe import Recipe, load_recipe
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.memory import estimated_memory

Kind = Literal["lora", "qlora"]
Variant = Literal["ours", "plain", "plain-bf16"]
VARIANTS: tuple[Variant, ...] = ("ours", "plain", "plain-bf16")
_KINDS: tuple[Kind, ...] = ("lora", "qlora")
_LENGTHS, _TINY_LENGTHS = (2048, 4096), (128, 256)
PLAIN_BATCH = 8
"""TRL's, that is transformers', default."""
_ROOM = 0.92
"""The share of a card that an estimate may fill."""


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement in one process.

    ``max_length`` is in tokens; ``plain-bf16`` is the plain script with its weights loaded in bf16 rather than TRL's
    default of fp32; ``plain_batch`` is smaller than TRL's default after the card was too small for that.
    """

    kind: Kind
    max_length: int
    variant: Variant
    speeches: int
    is_tiny: bool
    plain_batch: int = PLAIN_BATCH

    @property
    def case(self) -> str:
        return f"{self.kind}-{self.max_length}"

    @property
    def shape(self) -> Architecture:
        return shape_of(is_tiny=self.is_tiny)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Self:
        return cls(**raw)


def shape_of(*, is_tiny: bool) -> Architecture:
    """The architecture that is measured."""
    return TINY if is_tiny else MISTRAL_7B


def chosen_cases(names: str, *, is_tiny: bool) -> list[tuple[Kind, int]]:
    """The cases by their names, separated by commas; all by default.

    Raises:
        RecipeInvalid: there is no such case.
    """
    lengths = _TINY_LENGTHS if is_tiny else _LENGTHS
    known: dict[str, tuple[Kind, int]] = {f"{kind}-{length}": (kind, length) for kind in _KINDS for length in lengths}
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise RecipeInvalid(f"There is no case {', '.join(unknown)} here. Known: {', '.join(known)}.")
    return [known[name] for name in wanted]


def recipe_of(job: Job, device: Device) -> Recipe:
    """The fastest shipped recipe of the kind that fits the card, at the job's length and otherwise as it is shipped.

    Rows of a batch hold as many tokens as the recipe's own: half the length, twice the rows. If no recipe is estimated
    to fit, the most modest one is tried.
    """
    names = {"lora": ("mistral-7b-lora-all-linear", "mistral-7b-lora-24gb"), "qlora": ("mistral-7b-qlora-24gb",)}
    made = [_at_length(load_recipe(name).recipe, job) for name in names[job.kind]]
    if not device.is_gpu:
        return made[0]
    room = device.memory_bytes * _ROOM
    return next((recipe for recipe in made if estimated_memory(recipe, job.shape).total <= room), made[-1])


def _at_length(recipe: Recipe, job: Job) -> Recipe:
    changes: dict[str, Any] = {"max_length": job.max_length, "dtype": "auto", "epochs": 1}
    changes["evaluation"] = {"max_new_tokens": 16}
    if job.is_tiny:
        changes |= {"batch_size": 2, "gradient_accumulation": 2}
    elif job.kind == "lora":
        rows = max(1, recipe.batch_size * recipe.max_length // job.max_length)
        changes |= {"batch_size": rows, "gradient_accumulation": max(1, 16 // rows)}
    return Recipe.model_validate(recipe.body() | changes)
