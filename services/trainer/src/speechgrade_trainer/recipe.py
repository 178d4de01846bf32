"""A recipe: every choice of a training in one YAML file, validated as a whole before anything is loaded."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from speechgrade_shared.digest import canonical_json, sha256_hex

from speechgrade_trainer.errors import RecipeInvalid

_SHIPPED = files("speechgrade_trainer") / "recipes"
Module = Literal["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
Positive = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lora(_Section):
    """Low-rank adaptation (Hu et al. 2021); the targets' names are those of Mistral."""

    r: int = Field(default=16, ge=1, le=256)
    alpha: int = Field(default=32, ge=1, le=1024)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    rslora: bool = False
    """Scale by alpha over the root of r (Kalajdzievski 2023): for ranks of 64 and more."""
    target_modules: tuple[Module, ...] = Field(default=("q_proj", "k_proj", "v_proj", "o_proj"), min_length=1)

    @field_validator("target_modules")
    @classmethod
    def _once_each(cls, modules: tuple[Module, ...]) -> tuple[Module, ...]:
        if len(set(modules)) != len(modules):
            raise ValueError("a module is named twice")
        return modules


class Decoding(_Section):
    """How the answers on the test split are decoded."""

    batch_size: int = Field(default=8, ge=1, le=256)
    max_new_tokens: int = Field(default=1024, ge=16, le=8192)
    compared_speeches: int = Field(default=30, ge=3, le=50)
    """How many speeches the report shows beside their human scores: 20 to 50 in what is shipped."""


class Recipe(_Section):
    """What to train, on what, and how."""

    base_model: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
    base_revision: str = Field(min_length=1, max_length=64)
    """A commit of the hub, or ``content``: computed from the weights in the model folder."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of the weights that are not quantized; ``auto``: bf16 where the card has it, else fp16, fp32 on a CPU."""
    quantization: Literal["none", "nf4"] = "none"
    lora: Lora = Lora()
    epochs: int = Field(default=3, ge=1, le=20)
    batch_size: int = Field(default=2, ge=1, le=16)
    gradient_accumulation: int = Field(default=8, ge=1, le=256)
    learning_rate: float = Field(default=1e-4, gt=0, le=0.05)
    scheduler: Literal["linear", "cosine", "constant", "constant_with_warmup"] = "cosine"
    warmup: float = Field(default=0.05, ge=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    optimizer: Literal["adamw_torch", "adamw_torch_fused", "adamw_8bit", "paged_adamw_8bit"] = "adamw_torch"
    max_length: int = Field(default=4096, ge=64, le=32768)
    long_examples: Literal["shorten", "exclude", "refuse"] = "shorten"
    """What becomes of examples over ``max_length``: see ``data/length_policy.py``; an answer is never cut."""
    batching: Literal["length_grouped", "padding_free", "packed", "plain"] = "length_grouped"
    """How speeches share a batch; see ``training/batches.py``."""
    attention: Literal["auto", "sdpa", "flash_attention_2", "flash_attention_3", "eager"] = "auto"
    fused: Literal["auto", "off"] = "auto"
    """Fused normalization, rotation and gates where the card has Triton and liger-kernel is installed."""
    activation_checkpointing: bool = False
    checkpoint_every: Positive = 1
    """With checkpointing: every n-th layer computes its activations anew, the others keep theirs."""
    evaluations_per_epoch: int = Field(default=1, ge=1, le=20)
    early_stopping_patience: Positive | None = 3
    """Stop after so many evaluations without a better validation loss; ``null``: never."""
    checkpoint_minutes: float = Field(default=10, gt=0, le=1440)
    """A checkpoint is at most this old when a machine is taken away."""
    seed: int = Field(default=17, ge=0, lt=2**32)
    cpu_threads: Positive | None = None
    evaluation: Decoding = Decoding()

    @model_validator(mode="after")
    def _answers_fit(self) -> Self:
        if self.evaluation.max_new_tokens >= self.max_length:
            raise ValueError("evaluation.max_new_tokens must be smaller than max_length")
        return self

    def body(self) -> dict[str, Any]:
        """Every choice, the defaults included."""
        return self.model_dump(mode="json")

    def sha256(self) -> str:
        return sha256_hex(canonical_json(self.body()))


class NamedRecipe(_Section):
    """A recipe and the name that runs and reports call it by."""

    name: str
    recipe: Recipe


def shipped_recipes() -> list[str]:
    """The names that ``--recipe`` knows without a path."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".yaml"))


def load_recipe(name_or_path: str) -> NamedRecipe:
    """Read a shipped recipe by name, or any by path.

    Raises:
        RecipeInvalid: there is none, or it has problems; all of them are named.
    """
    if name_or_path in shipped_recipes():
        return NamedRecipe(
            name=name_or_path, recipe=parse_recipe((_SHIPPED / f"{name_or_path}.yaml").read_text("utf-8"))
        )
    path = Path(name_or_path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(shipped_recipes())
        raise RecipeInvalid(f"There is no readable recipe {name_or_path}. Shipped: {known}.") from error
    return NamedRecipe(name=path.stem, recipe=parse_recipe(text))


def parse_recipe(text: str) -> Recipe:
    """Validate a recipe's YAML.

    Raises:
        RecipeInvalid: names every problem, one per line.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeInvalid("The recipe is not YAML.") from error
    if not isinstance(raw, dict):
        raise RecipeInvalid("The recipe is not a mapping of names to values.")
    try:
        return Recipe.model_validate(raw)
    except ValidationError as error:
        raise RecipeInvalid("The recipe has problems:\n" + "\n".join(_problems(error))) from None


def _problems(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(part) for part in problem["loc"]) or "recipe"
        lines.append(f"{place}: {problem['msg'].removeprefix('Value error, ')}")
    return sorted(lines)
