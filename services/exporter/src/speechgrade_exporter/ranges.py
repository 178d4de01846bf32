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
class RecordedShard:
    """An object that holds a range, as ``llm.shards`` knows it."""

    shard: Shard
    subjects: int
    consent_as_of: str | None
    statistics: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        shard = Shard(path=row["path"], sha256=row["sha256"], bytes=row["bytes"], examples=row["examples"])
        return cls(shard, row["subjects"], row["consent_as_of"], row["statistics"])


@dataclass(frozen=True, slots=True)
class Range:
    """The persons whose hash is at least ``start`` and below ``end``; ``shard`` is None until its object is made."""

    split: Split
    depth: int
    prefix: int
    start: str
    end: str
    shard: RecordedShard | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        shard = RecordedShard.from_row(row["shard"]) if row["shard"] else None
        return cls(Split(row["split"]), row["depth"], row["prefix"], row["from"], row["below"], shard)


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``llm.plan_dataset`` answers: every range that holds examples, and what else a manifest says."""

    ranges: tuple[Range, ...]
    excluded: Mapping[str, int]
    consent_types: tuple[str, ...]
    current: str | None
    current_documents: frozenset[str]

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        ranges = tuple(Range.from_row(row) for row in answer["ranges"])
        current = answer["current"] or {"digest": None, "documents": ()}
        return cls(
            ranges,
            answer["excluded"],
            tuple(answer["consent_types"]),
            current["digest"],
            frozenset(current["documents"]),
        )

    @property
    def unmade(self) -> tuple[Range, ...]:
        return tuple(part for part in self.ranges if part.shard is None)
