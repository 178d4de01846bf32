"""The ranges that the database has cut the dataset into: of each split, an interval of the person's keyed hash.

A range is halved when it holds more than ``MOST_EXAMPLES``, and joined with its neighbour when both fit into one, so a
change touches one range, and the cut follows from the rows alone (cf. extendible hashing, Fagin et al. 1979).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from speechgrade_shared.manifests import Shard
from speechgrade_shared.subject import Split

MOST_EXAMPLES = 64


@dataclass(frozen=True, slots=True)
class Range:
    """The persons of a split whose hash is at least ``start`` and below ``end``."""

    split: Split
    depth: int
    prefix: int
    start: str
    end: str

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        return cls(Split(row["split"]), row["depth"], row["prefix"], row["from"], row["below"])


@dataclass(frozen=True, slots=True)
class RecordedShard:
    """The object of a range, as ``llm.shards`` knows it."""

    split: Split
    shard: Shard
    subjects: int
    statistics: Mapping[str, list[int]]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        shard = Shard(path=row["path"], sha256=row["sha256"], bytes=row["bytes"], examples=row["examples"])
        return cls(Split(row["split"]), shard, row["subjects"], row["statistics"])


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every shard there is, in the order of a manifest, and what else a manifest says."""

    shards: tuple[RecordedShard, ...]
    consent_as_of: str | None
    excluded: Mapping[str, int]
    consent_types: tuple[str, ...]
    current: str | None = None
    current_documents: frozenset[str] = frozenset()

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        current = answer["current"] or {"digest": None, "documents": ()}
        return cls(
            shards=tuple(RecordedShard.from_row(row) for row in answer["shards"]),
            consent_as_of=answer["consent_as_of"],
            excluded=answer["excluded"],
            consent_types=tuple(answer["consent_types"]),
            current=current["digest"],
            current_documents=frozenset(current["documents"]),
        )
