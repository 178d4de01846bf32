"""The sizes of a Mistral-like model, read from its ``config.json``: what time and memory depend on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Architecture:
    """``head_width`` and the others count numbers; ``kv_heads`` is smaller than ``heads`` with grouped queries."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_width: int
    intermediate: int
    vocabulary: int

    @classmethod
    def of(cls, folder: Path) -> "Architecture | None":
        """Read a base's folder; ``None`` where it does not say enough."""
        try:
            config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
            heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
            return cls(
                hidden=hidden,
                layers=int(config["num_hidden_layers"]),
                heads=heads,
                kv_heads=int(config.get("num_key_value_heads") or heads),
                head_width=int(config.get("head_dim") or hidden // heads),
                intermediate=int(config["intermediate_size"]),
                vocabulary=int(config["vocab_size"]),
            )
        except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
            return None

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """In and out of each linear module of a layer, by the name that LoRA targets it with."""
        queries, keys = self.heads * self.head_width, self.key_value
        return {
            "q_proj": (self.hidden, queries),
            "k_proj": (self.hidden, keys),
            "v_proj": (self.hidden, keys),
            "o_proj": (queries, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    @property
    def linear(self) -> int:
        """Weights in the linear modules of all layers: what 4-bit quantization shrinks."""
        return self.layers * sum(inner * outer for inner, outer in self.shapes.values())

    @property
    def output(self) -> int:
        """Weights of the output layer; the input embedding has as many, which are never multiplied with."""
        return self.vocabulary * self.hidden

    @property
    def key_value(self) -> int:
        """The width of a token's keys, and of its values."""
        return self.kv_heads * self.head_width

    def lora(self, rank: int, targets: tuple[str, ...]) -> int:
        """Trainable weights: ``rank`` x (in + out) per targeted module."""
        return self.layers * sum(rank * sum(self.shapes[name]) for name in targets)


MISTRAL_7B = Architecture(
    hidden=4096, layers=32, heads=32, kv_heads=8, head_width=128, intermediate=14336, vocabulary=32_000
)
"""Mistral-7B-Instruct-v0.2."""
