"""How much memory a training is expected to need: a sum that can be followed, not a measurement.

Per token and layer the way back needs, in bytes, with hidden size h, key and value size k, inner size m, weights of
two bytes: the inputs of both normalizations in fp32 (8h; 4h fused), query, key, value and attention's output (4h + 4k),
gate, its activation and up (6m; 4m fused), and the inputs of the adapter's matrices (2h where one or more of q, k, v
has one; 2h for gate or up; 2m for down; attention's output is there already). Dropout keeps every such input once more,
with a mask of a byte per number. A layer that computes anew keeps its input alone (2h).
"""

from dataclasses import dataclass

from speechgrade_trainer.recipe import Recipe

_CONTEXT_BYTES = 0.8e9
"""CUDA's context and its libraries' buffers."""
_NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Four bits, a quantized scale per 64 weights, and a scale of scales per 256 of those (Dettmers et al. 2023)."""
_FRAGMENTATION = 1.08


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Mistral that decide about memory and arithmetic."""

    hidden: int = 4096
    inner: int = 14336
    key_value: int = 1024
    layers: int = 32
    vocabulary: int = 32_000

    def matrix(self, module: str) -> tuple[int, int]:
        """Inputs and outputs of a layer's matrix."""
        sizes = {
            "q_proj": (self.hidden, self.hidden),
            "k_proj": (self.hidden, self.key_value),
            "v_proj": (self.hidden, self.key_value),
            "o_proj": (self.hidden, self.hidden),
            "gate_proj": (self.hidden, self.inner),
            "up_proj": (self.hidden, self.inner),
            "down_proj": (self.inner, self.hidden),
        }
        return sizes[module]

    @property
    def linear_weights(self) -> int:
        """Weights in the matrices of all layers, embeddings and output layer not counted."""
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * self.key_value
        return self.layers * (attention + 3 * self.hidden * self.inner)

    @property
    def vocabulary_weights(self) -> int:
        """Weights of the embedding, and as many of the output layer."""
        return self.vocabulary * self.hidden


MISTRAL_7B = Shape()


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


def estimated_memory(recipe: Recipe, shape: Shape = MISTRAL_7B, *, is_fused: bool = False) -> MemoryEstimate:
    """What the recipe needs at worst: when every row of a batch is ``max_length`` tokens long."""
    tokens = recipe.batch_size * recipe.max_length
    width = 4 if recipe.dtype == "float32" else 2
    per_weight = _NF4_BYTES if recipe.quantization == "nf4" else width
    adapter = adapter_weights(recipe, shape)
    optimizer = 2 if "8bit" in recipe.optimizer else 8
    layer = _kept_per_layer(recipe, shape, is_fused=is_fused) * width / 2
    again = shape.layers // recipe.checkpoint_every if recipe.activation_checkpointing else 0
    kept = (shape.layers - again) * layer + again * width * shape.hidden
    # The layer that is computed anew exists in full while its way back runs, with the gradients of its widest part.
    at_work = layer + 3 * width * shape.inner
    largest = width * shape.hidden * shape.inner if recipe.quantization == "nf4" else 0
    return MemoryEstimate(
        weights=shape.linear_weights * per_weight + 2 * shape.vocabulary_weights * width,
        adapter=adapter * (4 + 4 + optimizer),
        activations=tokens * (kept + at_work),
        rest=_CONTEXT_BYTES + largest + tokens * 4 * shape.hidden,
    )


def adapter_weights(recipe: Recipe, shape: Shape = MISTRAL_7B) -> int:
    """How many weights are trained."""
    return shape.layers * sum(recipe.lora.r * sum(shape.matrix(module)) for module in recipe.lora.target_modules)


def _kept_per_layer(recipe: Recipe, shape: Shape, *, is_fused: bool) -> float:
    targets = set(recipe.lora.target_modules)
    h, k, m = shape.hidden, shape.key_value, shape.inner
    norms, gates = (4 * h, 4 * m) if is_fused else (8 * h, 6 * m)
    inputs = 2 * h * bool(targets & {"q_proj", "k_proj", "v_proj"}) + 2 * h * bool(targets & {"gate_proj", "up_proj"})
    inputs += 2 * m * ("down_proj" in targets)
    dropped = sum(3 * shape.matrix(module)[0] for module in targets) if recipe.lora.dropout else 0
    return norms + 4 * h + 4 * k + gates + inputs + dropped
