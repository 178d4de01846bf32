"""The examples of a range as one content-addressed object: the same rows give the same bytes, in any order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.digest import sha256_hex

from speechgrade_exporter.lines import Example
from speechgrade_exporter.ranges import Range

FOLDER = "shards"
BINS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the dataset, whose it is, and the share of the possible points that it was given (0 to 1)."""

    evaluation_id: str
    example_id: str
    subject_hash: str
    content: bytes
    rubric: str
    share: float

    @property
    def content_sha256(self) -> str:
        return sha256_hex(self.content)

    @classmethod
    def of(cls, evaluation_id: str, example: Example) -> "Line":
        share = example.taught_scores.total / example.taught_rubric.max_points
        return cls(evaluation_id, example.example_id, example.subject_hash, example.line(), example.rubric.name, share)


@dataclass(frozen=True, slots=True)
class ShardContent:
    """A shard that is not recorded yet: its range, its bytes, and the lines in it."""

    range: Range
    content: bytes
    lines: tuple[Line, ...]

    @property
    def sha256(self) -> str:
        return sha256_hex(self.content)

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.range.split}/{self.sha256}.jsonl"

    def as_record(self) -> dict[str, Any]:
        """The shape that ``llm.record_shards`` takes."""
        return {
            "split": self.range.split,
            "depth": self.range.depth,
            "prefix": self.range.prefix,
            "path": self.path,
            "sha256": self.sha256,
            "bytes": len(self.content),
            "examples": len(self.lines),
            "subjects": len({line.subject_hash for line in self.lines}),
            "statistics": _statistics(self.lines),
            "members": [
                {
                    "evaluation_id": line.evaluation_id,
                    "example_id": line.example_id,
                    "subject_hash": line.subject_hash,
                    "content_sha256": line.content_sha256,
                }
                for line in self.lines
            ],
        }


def make_shard(part: Range, lines: Iterable[Line]) -> ShardContent:
    """Put the lines of a range into their order and one object."""
    ordered = tuple(sorted(lines, key=lambda line: line.example_id))
    return ShardContent(part, b"".join(line.content + b"\n" for line in ordered), ordered)


def _statistics(lines: Iterable[Line]) -> Mapping[str, list[int]]:
    """Per rubric how many examples got which tenth of the possible points."""
    counted: dict[str, Counter[int]] = {}
    for line in lines:
        counted.setdefault(line.rubric, Counter())[min(BINS - 1, max(0, int(line.share * BINS)))] += 1
    return {rubric: [bins[number] for number in range(BINS)] for rubric, bins in sorted(counted.items())}
