"""What a training will take: operations, hours, and gigabytes at the peak. Pure; an estimate, no promise.

Floating-point operations per token, with N weights in linear modules and P positions before the token on average:
forward 2N for the modules and 4 P d L for attention (d: width of all heads, L: layers), P being half the example, as
attention is causal. Backward through a frozen base costs as much again, not twice as much, because no gradient of a
frozen weight is made; checkpointed layers go forward once more. LoRA weights are counted with 6 each (Kaplan et al.
2020; Chowdhery et al. 2022, appendix B; Hu et al. 2021). The output layer works at labelled positions only.

Memory is that of ``training/memory.py``, for the longest batch that these examples make.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from speechgrade_trainer.data.architecture import Architecture
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.arithmetic import peak_tflops
from speechgrade_trainer.training.memory import estimated_memory

if TYPE_CHECKING:
    from speechgrade_trainer.training.device import Device

_GB = 1e9
_CPU_TFLOPS_PER_THREAD = 0.05
_UNKNOWN_TFLOPS = 100.0
"""Guesses, where no data sheet says it."""
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
    """``petaflop``: 10^15 operations of the whole training; ``memory``: bytes of a device at the peak, by use."""

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


def estimate(model: Architecture, recipe: Recipe, sizes: Sizes, device: "Device", padding: float) -> Cost:
    """The cost of all epochs with a validation each, divided among the device's processes.

    ``padding``: the share of a batch's positions without a token. Memory is that of one device.
    """
    operations = training_operations(model, recipe, sizes, padding)
    utilization, (peak, where) = _UTILIZATION[recipe.quantization], _throughput(recipe, device)
    several = f"{device.processes} x " if device.processes > 1 else ""
    tokens = _longest_batch(recipe, sizes)
    return Cost(
        trainable=model.lora(recipe.lora.r, recipe.lora.target_modules),
        petaflop=operations / 1e15,
        hours=operations / (peak * 1e12 * utilization * device.processes) / 3600,
        assumption=f"{utilization:.0%} of {several}{peak:g} TFLOP/s ({where})",
        memory=estimated_memory(recipe, model, tokens=tokens, on_gpu=device.is_gpu).by_use(),
        # Processes on one CPU share its memory; each card has its own.
        available=device.memory_bytes if device.is_gpu else device.memory_bytes // device.processes,
    )


def _throughput(recipe: Recipe, device: "Device") -> tuple[float, str]:
    if device.is_gpu:
        return peak_tflops(device.name) or _UNKNOWN_TFLOPS, device.name
    threads = recipe.cpu_threads or device.threads
    return _CPU_TFLOPS_PER_THREAD * threads, f"{threads} CPU threads"


def training_operations(model: Architecture, recipe: Recipe, sizes: Sizes, padding: float) -> float:
    """Floating-point operations of the whole training."""
    forward = _forward_per_token(model, sizes.train, sizes.supervised)
    passes = 2 + _checkpointed(recipe)
    per_token = passes * forward + 6 * model.lora(recipe.lora.r, recipe.lora.target_modules)
    validating = _forward_per_token(model, sizes.validation, sizes.supervised) * sum(sizes.validation)
    return recipe.epochs * (per_token * sum(sizes.train) / (1 - padding) + validating)


def _checkpointed(recipe: Recipe) -> float:
    """The share of the layers that compute their activations anew."""
    return 1 / recipe.checkpoint_every if recipe.activation_checkpointing else 0.0


def _longest_batch(recipe: Recipe, sizes: Sizes) -> int:
    """Its positions: the longest examples end to end, the longest one in every row, or full rows."""
    if recipe.batching == "packed":
        return recipe.batch_size * recipe.max_length
    longest = sorted(sizes.train, reverse=True)[: recipe.batch_size]
    return sum(longest) if recipe.batching == "padding_free" else recipe.batch_size * max(longest, default=0)


def _forward_per_token(model: Architecture, sizes: Sequence[int], supervised: float) -> float:
    if not sizes:
        return 0.0
    attention = 4 * model.layers * model.heads * model.head_width * (sum(n * n for n in sizes) / sum(sizes)) / 2
    output = 2 * model.vocabulary * model.hidden * min(supervised / fmean(sizes), 1.0)
    return 2 * model.linear + attention + output
