"""A snapshot of the dataset: its shards, its manifest and its members, made from lines alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.anonymize import ANONYMIZER_VERSION
from speechgrade_shared.manifests import DatasetManifest, SplitManifest
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.subject import Split

from speechgrade_exporter.shards import Line, ShardContent, cut_into_shards


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is published: the manifest, and the shards that it names."""

    manifest: DatasetManifest
    shards: tuple[ShardContent, ...]

    @property
    def manifest_path(self) -> str:
        return f"manifests/{self.manifest.digest()}.json"

    @property
    def examples(self) -> int:
        return sum(split.examples for split in self.manifest.splits.values())

    @property
    def subjects(self) -> int:
        return sum(split.subjects for split in self.manifest.splits.values())

    def as_dataset(self) -> dict[str, Any]:
        """The row that ``llm.publish_dataset`` writes."""
        return {
            "digest": self.manifest.digest(),
            "manifest_path": self.manifest_path,
            "examples": self.examples,
            "subjects": self.subjects,
            "splits": {split: part.examples for split, part in self.manifest.splits.items()},
            "excluded": self.manifest.excluded,
            "renderer_version": self.manifest.renderer_version,
            "anonymizer_version": self.manifest.anonymizer_version,
        }

    def members(self) -> list[dict[str, str]]:
        """The examples in it, each with the object that holds it."""
        return [
            {
                "evaluation_id": line.evaluation_id,
                "content_sha256": line.content_sha256,
                "shard_path": shard.shard.path,
            }
            for shard in self.shards
            for line in shard.lines
        ]


def make_snapshot(lines: Iterable[Line], *, excluded: Mapping[str, int], consent_types: Sequence[str]) -> Snapshot:
    """Make the snapshot of all lines. No lines make an empty one: better than one that holds what must not be there."""
    shards = cut_into_shards(lines)
    manifest = DatasetManifest(
        renderer_version=RENDERER_VERSION,
        anonymizer_version=ANONYMIZER_VERSION,
        consent_types=tuple(sorted(consent_types)),
        splits={split: _split_manifest([shard for shard in shards if shard.split == split]) for split in Split},
        excluded=dict(sorted(excluded.items())),
    )
    return Snapshot(manifest, shards)


def _split_manifest(shards: list[ShardContent]) -> SplitManifest:
    return SplitManifest(
        examples=sum(shard.shard.examples for shard in shards),
        subjects=len({line.subject_hash for shard in shards for line in shard.lines}),
        shards=tuple(shard.shard for shard in shards),
    )
