"""A snapshot of the dataset: its manifest and its documents, made from what the recorded shards say alone."""

from dataclasses import dataclass
from typing import Any

from speechgrade_shared.anonymize import ANONYMIZER_VERSION
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.manifests import DatasetManifest, Document, SplitManifest
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.subject import Split

from speechgrade_exporter.card import dataset_card
from speechgrade_exporter.ranges import Inventory, RecordedShard
from speechgrade_exporter.sample import sample_lines
from speechgrade_exporter.score_picture import Histogram, score_picture

_MARKDOWN, _SVG, _JSON, _JSON_LINES = "text/markdown", "image/svg+xml", "application/json", "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """An object that goes into the bucket beside the shards."""

    path: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is published: the manifest, and the documents that describe it."""

    manifest: DatasetManifest
    documents: tuple[StoredDocument, ...]

    @property
    def manifest_document(self) -> StoredDocument:
        return StoredDocument(f"manifests/{self.manifest.digest()}.json", self.manifest.to_bytes(), _JSON)

    @property
    def examples(self) -> int:
        return sum(split.examples for split in self.manifest.splits.values())

    @property
    def subjects(self) -> int:
        return sum(split.subjects for split in self.manifest.splits.values())

    def as_dataset(self) -> dict[str, Any]:
        """The shape that ``llm.publish_dataset`` takes."""
        return {
            "digest": self.manifest.digest(),
            "manifest_path": self.manifest_document.path,
            "documents": [document.path for document in self.documents],
            "shards": [shard.path for shard in self.manifest.shards()],
            "examples": self.examples,
            "subjects": self.subjects,
            "splits": {split: part.examples for split, part in self.manifest.splits.items()},
            "excluded": self.manifest.excluded,
            "renderer_version": self.manifest.renderer_version,
            "anonymizer_version": self.manifest.anonymizer_version,
        }


def make_snapshot(inventory: Inventory, *, anonymizer: str = ANONYMIZER_VERSION) -> Snapshot:
    """Make the snapshot of all shards. None make an empty one: nothing is left to teach."""
    recorded = {split: [shard for shard in inventory.shards if shard.split == split] for split in Split}
    splits = {split: _split_manifest(shards) for split, shards in recorded.items()}
    histograms = {split: _histogram(shards) for split, shards in recorded.items()}
    excluded = dict(sorted(inventory.excluded.items()))
    named = {
        "README.md": _stored("cards", "md", dataset_card(splits, excluded, histograms, anonymizer).encode(), _MARKDOWN),
        "scores.svg": _stored("pictures", "svg", score_picture(histograms).encode(), _SVG),
        "sample.jsonl": _stored("samples", "jsonl", sample_lines(), _JSON_LINES),
    }
    manifest = DatasetManifest(
        renderer_version=RENDERER_VERSION,
        anonymizer_version=anonymizer,
        consent_types=tuple(sorted(inventory.consent_types)),
        consent_as_of=inventory.consent_as_of,
        splits=splits,
        excluded=excluded,
        documents={
            name: Document(path=stored.path, sha256=sha256_hex(stored.content)) for name, stored in named.items()
        },
    )
    return Snapshot(manifest, tuple(named.values()))


def _split_manifest(shards: list[RecordedShard]) -> SplitManifest:
    return SplitManifest(
        examples=sum(recorded.shard.examples for recorded in shards),
        subjects=sum(recorded.subjects for recorded in shards),
        shards=tuple(recorded.shard for recorded in shards),
    )


def _histogram(shards: list[RecordedShard]) -> Histogram:
    """Per rubric the counts of all shards together."""
    total: Histogram = {}
    for recorded in shards:
        for rubric, counts in recorded.statistics.items():
            before = total.get(rubric, [0] * len(counts))
            total[rubric] = [one + other for one, other in zip(before, counts, strict=True)]
    return dict(sorted(total.items()))


def _stored(folder: str, suffix: str, content: bytes, content_type: str) -> StoredDocument:
    return StoredDocument(f"{folder}/{sha256_hex(content)}.{suffix}", content, content_type)
