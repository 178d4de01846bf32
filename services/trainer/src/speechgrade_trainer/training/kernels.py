"""Which attention and which fused operations a device has, and what it costs where it lacks them.

Nothing is fetched: transformers would get a missing flash-attn from a hub through the package ``kernels``, so that
flash-attn is asked for only where it is installed.
"""

from dataclasses import dataclass
from typing import Any

import torch

from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.attention import EACH_SPEECH
from speechgrade_trainer.training.device import Device

_DISTRIBUTIONS = {"flash_attention_2": "flash-attn", "flash_attention_3": "flash-attn-3"}
_AMPERE, _HOPPER = (8, 0), (9, 0)


@dataclass(frozen=True, slots=True)
class Kernels:
    """What a training computes with: transformers' name of the attention, whether operations are fused, whether the
    output layer is compiled, and sentences for the operator."""

    attention: str
    fused: bool
    compiles: bool
    remarks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For the run's first event."""
        return {"attention": self.attention, "fused": self.fused, "remarks": list(self.remarks)}


def kernels_for(recipe: Recipe, device: Device) -> Kernels:
    """Choose for a recipe on a device; the same choice for the same facts.

    Raises:
        RecipeInvalid: the recipe names an attention that is not installed, or that the card cannot run.
    """
    attention, about_attention = _attention(recipe, device)
    fused, about_fused = _fused(recipe, device)
    remarks = [*about_attention, *about_fused]
    if device.is_gpu and not device.has_triton:
        remarks.append(
            "Output layer: in plain PyTorch, because Triton finds no C compiler or no Python headers; the same loss, "
            "with more memory traffic per token. Install gcc and python3-dev."
        )
    return Kernels(attention, fused, device.is_gpu and device.has_triton, tuple(remarks))


def fuse(model: torch.nn.Module) -> None:
    """Replace normalization, rotation and gates of a Mistral by liger's Triton kernels; the loss stays TRL's."""
    from liger_kernel.transformers import apply_liger_kernel_to_mistral

    apply_liger_kernel_to_mistral(
        rope=True, rms_norm=True, swiglu=True, cross_entropy=False, fused_linear_cross_entropy=False, model=model
    )


def _attention(recipe: Recipe, device: Device) -> tuple[str, list[str]]:
    is_flat = recipe.batching in ("padding_free", "packed")
    own = EACH_SPEECH if is_flat else "sdpa"
    if recipe.attention == "auto":
        for name in reversed(_DISTRIBUTIONS):
            if _lacking(name, device) is None:
                return name, []
        return own, _why_not_flash(device, is_flat=is_flat)
    if recipe.attention in _DISTRIBUTIONS:
        lacking = _lacking(recipe.attention, device)
        if lacking is not None:
            raise RecipeInvalid(f"attention: {recipe.attention} needs {lacking}; auto takes what there is.")
    if recipe.attention == "eager":
        cost = "Attention: eager, with a matrix of tokens by tokens for every head: for comparisons, not for training."
        return "eager", [cost]
    return (own if recipe.attention == "sdpa" else recipe.attention), []


def _lacking(name: str, device: Device) -> str | None:
    """What a flash attention would need; ``None`` if there is nothing."""
    least = _HOPPER if name == "flash_attention_3" else _AMPERE
    if device.capability is None or device.capability < least:
        return f"a card of compute capability {least[0]}.{least[1]}"
    if name == "flash_attention_3" and device.capability >= (10, 0):
        return "a card of the Hopper generation"
    distribution = _DISTRIBUTIONS[name]
    return None if distribution in device.packages else f"the package {distribution}"


def _why_not_flash(device: Device, *, is_flat: bool) -> list[str]:
    if device.capability is None:
        return []
    if device.capability < _AMPERE:
        return [
            "Attention: PyTorch's memory-efficient kernel, because this card is older than any flash attention; "
            "memory still grows with the length, not with its square, and attention itself is slower."
        ]
    if is_flat:
        return [
            "Attention: PyTorch's own flash kernel, called once per speech, because flash-attn is not installed; the "
            "same numbers, with one more launch per speech and layer, which shows only where speeches are short."
        ]
    return [
        "Attention: PyTorch's memory-efficient kernel wherever a batch is padded, because flash-attn is not installed "
        "and PyTorch's flash kernel takes no mask; batching padding_free avoids that."
    ]


def _fused(recipe: Recipe, device: Device) -> tuple[bool, list[str]]:
    if not device.is_gpu:
        return False, []
    cost = (
        "normalization, rotation and gates write every intermediate to memory, and keep more of them for the way back"
    )
    if recipe.fused == "off":
        return False, [f"Fused operations: off in the recipe; {cost}."]
    if not device.has_triton:
        return False, [f"Fused operations: none, because Triton cannot compile here; {cost}."]
    if "liger-kernel" not in device.packages:
        return False, [f"Fused operations: none, because liger-kernel is not installed; {cost}."]
    return True, []
