"""How much memory one device needs for a training: the one model of it, followed term by term. Pure; an estimate.

A layer's activations are counted as Korthikanti et al. (2022, "Reducing Activation Recomputation in Large Transformer
Models") count them, for a layer of Mistral's kind. Per token, with hidden size h, key and value size k, inner size m,
and w bytes per number: the inputs of both normalizations in fp32 (8h bytes; half of that where they are fused), query,
key, value and attention's output (w(2h + 2k)), gate, its activation and up (3wm; 2wm fused), and the inputs of the
adapter's matrices (wh where one or more of q, k, v has one; wh for gate or up; wm for down; attention's output is there
already). With dropout every matrix keeps a copy of its own instead, and a mask: of a byte per number on a GPU, of w
bytes on a CPU. No scores of attention are kept. A test compares the sum with what autograd really saves on a CPU, in
bf16 and fp32, with and without dropout: they agree within 1 %.

A layer that computes anew keeps its input alone (wh). 4-bit weights hold 4 bits and their constants (Dettmers et al.
2023); trained weights are fp32 with gradient and both moments of Adam. What the allocator wastes is a guess of 8 %.
Nothing of this was measured on a GPU: ``make bench-trainer`` prints it beside the measured peak.
"""

from dataclasses import dataclass

from speechgrade_trainer.data.architecture import MISTRAL_7B, Architecture
from speechgrade_trainer.recipe import Recipe

_RUNTIME_BYTES = {True: 0.8e9, False: 0.5e9}
"""CUDA's context and its libraries' buffers; the interpreter and its libraries on a CPU."""
_NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Four bits, a quantized scale per 64 weights, and a scale of scales per 256 of those (Dettmers et al. 2023)."""
_FRAGMENTATION = 1.08


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes by what they are for."""

    weights: float
    adapter: float
    activations: float
    rest: float

    @property
    def total(self) -> float:
        return (self.weights + self.adapter + self.activations + self.rest) * _FRAGMENTATION

    def by_use(self) -> dict[str, int]:
        """The same as parts of the total: what the allocator wastes is in the rest."""
        parts = {"weights": int(self.weights), "adapter": int(self.adapter), "activations": int(self.activations)}
        return parts | {"rest": int(self.total) - sum(parts.values())}


def estimated_memory(
    recipe: Recipe,
    model: Architecture = MISTRAL_7B,
    *,
    tokens: int | None = None,
    is_fused: bool = False,
    on_gpu: bool = True,
) -> MemoryEstimate:
    """What the recipe needs on each device.

    Args:
        tokens: positions of the largest batch of a device; by default the worst, every row ``max_length`` long.
        on_gpu: on a CPU everything that is not quantized is fp32.
    """
    tokens = recipe.batch_size * recipe.max_length if tokens is None else tokens
    width = 4 if recipe.dtype == "float32" or not on_gpu else 2
    per_weight = _NF4_BYTES if recipe.quantization == "nf4" else width
    optimizer = 2 if "8bit" in recipe.optimizer else 8
    layer = kept_per_layer(recipe, model, width, is_fused=is_fused, on_gpu=on_gpu)
    again = model.layers // recipe.checkpoint_every if recipe.activation_checkpointing else 0
    kept = (model.layers - again) * layer + again * width * model.hidden
    # The layer that is computed anew exists in full while its way back runs, with the gradients of its widest part.
    at_work = layer + 3 * width * model.intermediate
    largest = width * model.hidden * model.intermediate if recipe.quantization == "nf4" else 0
    return MemoryEstimate(
        weights=model.linear * per_weight + 2 * model.output * width,
        adapter=model.lora(recipe.lora.r, recipe.lora.target_modules) * (4 + 4 + optimizer),
        activations=tokens * (kept + at_work),
        rest=_RUNTIME_BYTES[on_gpu] + largest + tokens * 4 * model.hidden,
    )


def kept_per_layer(
    recipe: Recipe, model: Architecture, width: int, *, is_fused: bool = False, on_gpu: bool = True
) -> float:
    """Bytes that one layer keeps per token for its way back, with ``width`` bytes per number."""
    h, k, m = model.hidden, model.key_value, model.intermediate
    norms, gates = (4 * h, 2 * m) if is_fused else (8 * h, 3 * m)
    inputs = _dropped(recipe, model, width, on_gpu) if recipe.lora.dropout else width * _inputs(recipe, model)
    return norms + width * (2 * h + 2 * k + gates) + inputs


def _inputs(recipe: Recipe, model: Architecture) -> int:
    targets = set(recipe.lora.target_modules)
    shared = bool(targets & {"q_proj", "k_proj", "v_proj"}) + bool(targets & {"gate_proj", "up_proj"})
    return model.hidden * shared + model.intermediate * ("down_proj" in targets)


def _dropped(recipe: Recipe, model: Architecture, width: int, on_gpu: bool) -> int:
    mask = 1 if on_gpu else width
    return sum((width + mask) * model.shapes[name][0] for name in recipe.lora.target_modules)
