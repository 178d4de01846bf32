"""What a training will take: operations, hours, and gigabytes at the peak. Pure; an estimate, no promise.

Floating-point operations per token, with N weights in linear modules and P positions before the token on average:
forward 2N for the modules and 4 P d L for attention (d: width of all heads, L: layers), P being half the example, as
attention is causal. Backward through a frozen base costs as much again, not twice as much, because no gradient of a
frozen weight is made; checkpointed layers go forward once more. LoRA weights are counted with 6 each (Kaplan et al.
2020; Chowdhery et al. 2022, appendix B; Hu et al. 2021). The output layer works at labelled positions only.

Memory: 4-bit weights hold 4 bits and 0.127 bits of doubly quantized constants (Dettmers et al. 2023), trainable weights
are fp32 with gradient and two Adam moments, activations are two bytes each. A checkpointed layer keeps its input (for a
7B model 0.26 MB per token), and one layer at a time everything (8 widths, 4 intermediate widths, and their gradients).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from speechgrade_trainer.data.architecture import Architecture
from speechgrade_trainer.data.machine import Machine
from speechgrade_trainer.recipe import Recipe

_GB = 1e9
_NF4_BYTES = (4 + 0.127) / 8
_RUNTIME_BYTES = {True: 0.8e9, False: 0.5e9}
"""The CUDA context and its libraries' work space; the interpreter and its libraries on a CPU."""
_ADAM_BYTES = {"adamw_8bit": 2, "paged_adamw_8bit": 2}
_UTILIZATION = {"none": 0.35, "nf4": 0.25}
"""The share of the peak that a training reaches: our target in bf16, less what unpacking 4-bit weights costs."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Tokens of each training and validation example, and how many of a training example are supervised on average."""

    train: Sequence[int]
    validation: Sequence[int]
    supervised: float


@dataclass(frozen=True, slots=True)
class Cost:
    """``petaflop``: 10^15 operations of the whole training; ``memory``: bytes at the peak, by what they are for."""

    trainable: int
    petaflop: float
    hours: float
    assumption: str
    memory: dict[str, int]
    available: int

    @property
    def peak_memory(self) -> int:
        return sum(self.memory.values())

    @property
    def fits(self) -> bool:
        return self.peak_memory <= self.available

    def as_dict(self) -> dict[str, Any]:
        return {
            "trainable_parameters": self.trainable,
            "petaflop": round(self.petaflop, 3),
            "hours": round(self.hours, 3),
            "assumption": self.assumption,
            "memory_gb": {name: round(size / _GB, 2) for name, size in self.memory.items()},
            "peak_memory_gb": round(self.peak_memory / _GB, 2),
            "available_memory_gb": round(self.available / _GB, 2),
        }


def estimate(model: Architecture, recipe: Recipe, sizes: Sizes, machine: Machine, padding: float) -> Cost:
    """The cost of all epochs with a validation each; ``padding``: the share of a batch's positions without a token."""
    operations = training_operations(model, recipe, sizes, padding)
    utilization = _UTILIZATION[recipe.quantization]
    peak = machine.peak_tflops()
    where = machine.name if machine.is_gpu else f"{machine.threads} CPU threads"
    return Cost(
        trainable=model.lora(recipe.lora.r, recipe.lora.target_modules),
        petaflop=operations / 1e15,
        hours=operations / (peak * 1e12 * utilization) / 3600,
        assumption=f"{utilization:.0%} of {peak:g} TFLOP/s ({where})",
        memory=peak_memory(model, recipe, sizes, on_gpu=machine.is_gpu),
        available=machine.memory,
    )


def training_operations(model: Architecture, recipe: Recipe, sizes: Sizes, padding: float) -> float:
    """Floating-point operations of the whole training."""
    forward = _forward_per_token(model, sizes.train, sizes.supervised)
    passes = 3 if recipe.activation_checkpointing else 2
    per_token = passes * forward + 6 * model.lora(recipe.lora.r, recipe.lora.target_modules)
    validating = _forward_per_token(model, sizes.validation, sizes.supervised) * sum(sizes.validation)
    return recipe.epochs * (per_token * sum(sizes.train) / (1 - padding) + validating)


def peak_memory(model: Architecture, recipe: Recipe, sizes: Sizes, *, on_gpu: bool) -> dict[str, int]:
    """Bytes at the peak, when the longest examples share a batch."""
    width = 2 if on_gpu and recipe.dtype != "float32" else 4
    trainable = model.lora(recipe.lora.r, recipe.lora.target_modules)
    linear = model.linear * (_NF4_BYTES if recipe.quantization == "nf4" else width)
    tokens = recipe.batch_size * max(sizes.train, default=0)
    layer = tokens * width * (8 * model.hidden + 4 * model.intermediate)
    kept = tokens * width * model.hidden if recipe.activation_checkpointing else layer
    return {
        "weights": int(linear + model.embeddings * width),
        "adapter": trainable * (4 + 4 + _ADAM_BYTES.get(recipe.optimizer, 8)),
        "activations": int(model.layers * kept + 2 * layer),
        "runtime": int(_RUNTIME_BYTES[on_gpu]),
    }


def _forward_per_token(model: Architecture, sizes: Sequence[int], supervised: float) -> float:
    if not sizes:
        return 0.0
    attention = 4 * model.layers * model.heads * model.head_width * (sum(n * n for n in sizes) / sum(sizes)) / 2
    output = 2 * model.vocabulary * model.hidden * min(supervised / fmean(sizes), 1.0)
    return 2 * model.linear + attention + output
