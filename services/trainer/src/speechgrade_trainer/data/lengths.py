"""How long the examples of a split are in tokens. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

_FIRST_BUCKET = 64
_PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Token counts of one split. ``buckets``: how many examples have at most so many tokens, and more than the last."""

    examples: int
    tokens: int
    shortest: int
    longest: int
    percentiles: dict[int, int]
    buckets: dict[int, int]

    @classmethod
    def of(cls, sizes: Sequence[int]) -> "Lengths":
        """Summarize at least one size; buckets are half-octaves, so that few of them show short and long alike."""
        ordered = sorted(sizes)
        buckets: dict[int, int] = {}
        position = 0
        for edge in _edges(ordered[-1]):
            count = sum(size <= edge for size in ordered[position:])
            position += count
            if buckets or count:
                buckets[edge] = count
        ranks = {share: ordered[ceil(share / 100 * len(ordered)) - 1] for share in _PERCENTILES}
        return cls(len(ordered), sum(ordered), ordered[0], ordered[-1], ranks, buckets)

    def as_dict(self) -> dict[str, Any]:
        return {
            "examples": self.examples,
            "tokens": self.tokens,
            "shortest": self.shortest,
            "median": self.percentiles[50],
            "p90": self.percentiles[90],
            "p95": self.percentiles[95],
            "p99": self.percentiles[99],
            "longest": self.longest,
            "buckets": {str(edge): count for edge, count in self.buckets.items()},
        }


def _edges(longest: int) -> list[int]:
    edges = [_FIRST_BUCKET]
    while edges[-1] < longest:
        octave = edges[-1] & (edges[-1] - 1) == 0
        edges.append(edges[-1] * 3 // 2 if octave else edges[-1] * 4 // 3)
    return edges
