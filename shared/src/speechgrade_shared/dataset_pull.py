"""Fetch a published dataset into a folder and prove that every byte of it is what its manifest says.

The folder is a cache: each dataset lies under its digest as ``manifest.json``, one ``<split>.jsonl`` per split, and the
documents that describe it (``README.md`` and what it shows). It is verified on every use, and datasets that are no
longer current are removed from it: they may hold the speeches of people who have withdrawn since.

A line of a split is one JSON object: ``messages`` (system, user, assistant), ``example`` and ``subject`` (pseudonyms),
and ``rubric`` (what ``parse_rubric`` reads).
"""

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import DatasetUnavailable, ManifestInvalid, ObjectMissing, Retry
from speechgrade_shared.manifests import DatasetManifest, Document, Shard
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import Split

MANIFEST_FILE = "manifest.json"
_TRIES = 3
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".pull-"
_UNFINISHED_TOO_LONG_S = 3600
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PulledDataset:
    """A verified dataset on this machine."""

    digest: str
    manifest: DatasetManifest
    folder: Path
    paths: Mapping[Split, Path]


def pull_dataset(
    project: SupabaseProject,
    digest: str | None,
    into: Path,
    *,
    bucket: str = "llm-datasets",
    progress: Progress = lambda _done, _total: None,
) -> PulledDataset:
    """Fetch the current dataset, or the one named by ``digest``, unless the folder already holds it intact.

    ``progress`` is told how many of how many shards are there.

    Raises:
        DatasetUnavailable: ``dataset_missing``, ``dataset_erased``, or ``dataset_outdated`` when a member has lost
            consent since it was published.
        ManifestInvalid: ``manifest_invalid`` or ``object_altered``: the bucket does not hold what was published.
        ProjectError: the project could not be read.
    """
    for attempt in range(_TRIES):
        row = _published(project, digest)
        try:
            pulled = _cached(into, row["digest"]) or _fetched(project, bucket, row, into, progress)
        except ObjectMissing:
            # Superseded and erased while we were reading: look again for the dataset that took its place.
            if attempt == _TRIES - 1:
                raise
            continue
        _forget_others(project, into, pulled.digest)
        return pulled
    raise AssertionError("the last try either returns or raises")


def _published(project: SupabaseProject, digest: str | None) -> dict[str, Any]:
    wanted = {"status": "current"} if digest is None else {"digest": digest}
    row = next(project.rows("datasets", "digest,status,manifest_path", key="digest", where=wanted), None)
    if row is None:
        raise DatasetUnavailable("There is no such dataset. Run the exporter first.", code="dataset_missing")
    if row["status"] == "erased":
        raise DatasetUnavailable("The dataset was erased after a withdrawal.", code="dataset_erased", retry=Retry.NEVER)
    if row["status"] == "expired":
        raise DatasetUnavailable("The dataset is too old and was removed.", code="dataset_expired", retry=Retry.NEVER)
    withdrawn = project.rpc("members_without_consent", {"p_dataset_digest": row["digest"]})
    if withdrawn:
        raise DatasetUnavailable(
            f"{withdrawn} examples of the dataset have lost consent since. Run the exporter first.",
            code="dataset_outdated",
        )
    return row


def _cached(into: Path, digest: str) -> PulledDataset | None:
    folder = into / digest
    try:
        manifest = _manifest((folder / MANIFEST_FILE).read_bytes(), digest)
        for split in Split:
            with _split_path(folder, split).open("rb") as lines:
                _verify_file(lines, manifest.splits[split].shards)
        for name, document in manifest.documents.items():
            _verify_document((folder / name).read_bytes(), document)
    except (OSError, ManifestInvalid):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return _pulled(folder, digest, manifest)


def _fetched(
    project: SupabaseProject, bucket: str, row: Mapping[str, Any], into: Path, progress: Progress
) -> PulledDataset:
    digest = row["digest"]
    data = project.download(bucket, row["manifest_path"])
    manifest = _manifest(data, digest)
    done = count()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=_UNFINISHED, ignore_cleanup_errors=True) as unfinished:
        folder = Path(unfinished) / digest
        folder.mkdir(mode=0o700)
        (folder / MANIFEST_FILE).write_bytes(data)
        for split in Split:
            with _split_path(folder, split).open("wb") as lines:
                for shard in manifest.splits[split].shards:
                    progress(next(done), len(manifest.shards()))
                    content = project.download(bucket, shard.path)
                    _verify(content, shard)
                    lines.write(content)
        for name, document in manifest.documents.items():
            content = project.download(bucket, document.path)
            _verify_document(content, document)
            (folder / name).write_bytes(content)
        _move_into_place(folder, into / digest)
    return _pulled(into / digest, digest, manifest)


def _move_into_place(folder: Path, place: Path) -> None:
    try:
        folder.rename(place)
    except OSError:
        # Another process was faster; the name is the content, so its copy is ours.
        if not place.is_dir():
            raise


def _manifest(data: bytes, digest: str) -> DatasetManifest:
    if sha256_hex(data) != digest:
        raise ManifestInvalid("The manifest is not the one that was published.", code="object_altered")
    manifest = DatasetManifest.from_bytes(data)
    if set(manifest.splits) != set(Split):
        raise ManifestInvalid("The manifest does not have the three splits.")
    return manifest


def _verify_file(lines: BinaryIO, shards: tuple[Shard, ...]) -> None:
    for shard in shards:
        _verify(lines.read(shard.bytes), shard)
    if lines.read(1):
        raise ManifestInvalid("A split is longer than its shards.", code="object_altered")


def _verify(content: bytes, shard: Shard) -> None:
    if sha256_hex(content) != shard.sha256 or content.count(b"\n") != shard.examples:
        raise ManifestInvalid(f"The object {shard.path} is not what the manifest names.", code="object_altered")


def _verify_document(content: bytes, document: Document) -> None:
    if sha256_hex(content) != document.sha256:
        raise ManifestInvalid(f"The object {document.path} is not what the manifest names.", code="object_altered")


def _forget_others(project: SupabaseProject, into: Path, digest: str) -> None:
    others = [folder for folder in into.iterdir() if _DIGEST.fullmatch(folder.name) and folder.name != digest]
    kept = {row["digest"] for row in project.rows("datasets", "digest", key="digest", where={"status": "current"})}
    for folder in others:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
    for folder in into.glob(f"{_UNFINISHED}*"):
        if time.time() - folder.stat().st_mtime > _UNFINISHED_TOO_LONG_S:
            shutil.rmtree(folder, ignore_errors=True)


def _split_path(folder: Path, split: Split) -> Path:
    return folder / f"{split}.jsonl"


def _pulled(folder: Path, digest: str, manifest: DatasetManifest) -> PulledDataset:
    return PulledDataset(digest, manifest, folder, {split: _split_path(folder, split) for split in Split})
