"""Lines of a split, cut into content-addressed shards by a keyed hash of the person, so that a change touches one.

The subject is such a hash already, so its first digits are the cut: more digits, smaller shards.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import Shard
from speechgrade_shared.subject import Split

FOLDER = "shards"
_DIGITS = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the dataset and what decides where it goes."""

    evaluation_id: str
    example_id: str
    subject_hash: str
    split: Split
    content: bytes

    @property
    def content_sha256(self) -> str:
        return sha256_hex(self.content)


@dataclass(frozen=True, slots=True)
class ShardContent:
    """A shard, its bytes, and the lines in it."""

    split: Split
    shard: Shard
    content: bytes
    lines: tuple[Line, ...]


def cut_into_shards(lines: Iterable[Line]) -> tuple[ShardContent, ...]:
    """Cut lines into shards; the same lines give the same bytes, whatever order they come in."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.split, line.subject_hash[:_DIGITS]), []).append(line)
    return tuple(_shard(groups[group]) for group in sorted(groups))


def _shard(lines: list[Line]) -> ShardContent:
    ordered = tuple(sorted(lines, key=lambda line: line.example_id))
    content = b"".join(line.content + b"\n" for line in ordered)
    digest, split = sha256_hex(content), ordered[0].split
    path = f"{FOLDER}/{split}/{digest}.jsonl"
    return ShardContent(
        split, Shard(path=path, sha256=digest, bytes=len(content), examples=len(ordered)), content, ordered
    )
