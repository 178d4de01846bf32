"""How much arithmetic a training needs, and which share of a card's peak it gets (MFU).

Two conventions, both without what is computed anew to save memory:

- ``six_n``: PaLM's (Chowdhery et al. 2022, appendix B): 6 per weight and token, 2 of the forward pass, 2 of the
  gradients of the inputs, 2 of the gradients of the weights; and 12 per layer, width and position for attention, halved
  because it is causal. The usual figure, but a frozen weight has no gradient: it counts work that LoRA does not do.
- ``four_n``: 4 per frozen weight and token, 6 per adapter weight, attention as above. This is the work that a LoRA step
  needs, and what our target is measured by.

The output layer is counted for supervised positions alone: no other is computed.
"""

from dataclasses import dataclass

from speechgrade_trainer.data.architecture import MISTRAL_7B, Architecture

_PEAKS_TFLOPS = {
    "H200": 989.0,
    "H100 PCIE": 756.0,
    "H100 NVL": 835.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "A10G": 70.0,
    "A10": 125.0,
    "L4": 121.0,
    "T4": 65.0,
    "4090": 165.2,
    "3090": 71.0,
    "B200": 2250.0,
}
"""Dense bf16 (T4: fp16) with fp32 accumulation, from the makers' data sheets, without sparsity."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What was computed: tokens, those with a loss, and the sum over speeches of the square of their lengths."""

    tokens: int
    supervised: int
    squares: int


@dataclass(frozen=True, slots=True)
class Flops:
    """Floating point operations by the two conventions."""

    six_n: float
    four_n: float


def needed_flops(work: Workload, adapter_weights: int, model: Architecture = MISTRAL_7B) -> Flops:
    """What a training on this workload needs at least, forward and back."""
    frozen = work.tokens * model.linear + work.supervised * model.output
    adapter = work.tokens * adapter_weights
    # Queries with keys and weights with values: 2 × 2 per pair and width forward, twice that back, half of it masked.
    attention = 12 * model.layers * model.heads * model.head_width * work.squares / 2
    return Flops(6 * (frozen + adapter) + attention, 4 * frozen + 6 * adapter + attention)


def peak_tflops(device_name: str) -> float | None:
    """A card's peak by its name, or ``None`` for one that is not in the table."""
    name = device_name.upper()
    return next(
        (peak for part, peak in sorted(_PEAKS_TFLOPS.items(), key=lambda row: -len(row[0])) if part in name), None
    )


def utilization(flops: float, seconds: float, peak: float | None) -> float | None:
    """The share of the peak, in TFLOP/s, that was used; ``None`` where the peak is unknown."""
    return None if peak is None or seconds <= 0 else flops / seconds / (peak * 1e12)
