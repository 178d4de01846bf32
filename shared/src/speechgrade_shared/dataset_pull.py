"""Fetch a published dataset into a folder and prove that every byte of it is what its manifest says.

The folder is a cache: each dataset lies under its digest as ``manifest.json``, one ``<split>.jsonl`` per split, and the
documents that describe it (``README.md`` and what it shows). It is verified on every use, and datasets that are no
longer current are removed from it: they may hold the speeches of people who have withdrawn since. A pull that was
interrupted goes on where it stopped, with the shards that it has kept.

A line of a split is one JSON object: ``messages`` (system, user, assistant), ``example`` and ``subject`` (pseudonyms),
and ``rubric`` (what ``parse_rubric`` reads).
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import DatasetUnavailable, ManifestInvalid, ObjectMissing, Retry
from speechgrade_shared.failpoints import PullFailpoint, reach
from speechgrade_shared.kept_shards import KeptShards, forget_abandoned
from speechgrade_shared.manifests import DatasetManifest, Document, Shard
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import Split

MANIFEST_FILE = "manifest.json"
_TRIES = 3
_DIGEST = re.compile(r"[0-9a-f]{64}")
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
        DatasetUnavailable: ``dataset_missing``, ``dataset_erased``, ``dataset_outdated`` when a member has lost
            consent since it was published, or ``cache_unwritable`` when this machine does not take it.
        ManifestInvalid: ``manifest_invalid`` or ``object_altered``: the bucket does not hold what was published.
        ProjectError: the project could not be read; what was fetched is kept for the next try.
    """
    for left in reversed(range(_TRIES)):
        try:
            pulled = _pulled_once(project, digest, into, bucket, progress)
        except (ObjectMissing, FileNotFoundError) as error:
            # Superseded and erased while we were reading, or another process has finished the same dataset and cleared
            # up: look again.
            if left:
                continue
            raise error if isinstance(error, ObjectMissing) else _unwritable(into, error) from error
        except OSError as error:
            raise _unwritable(into, error) from error
        _forget_others(project, into, pulled.digest)
        return pulled
    raise AssertionError("the last try either returns or raises")


def forget_datasets(project: SupabaseProject, into: Path) -> int:
    """Remove from the cache what is no longer published, or has lost a member's consent.

    Returns how many datasets went.

    Raises:
        DatasetUnavailable: ``cache_unwritable``: something of it could not be removed.
        ProjectError: the project could not be asked; nothing was removed that it had not answered for.
    """
    if not into.is_dir():
        return 0
    before, current = _datasets_in(into), _digests(project, "current")
    for digest in before | current:
        if project.rpc("members_without_consent", {"p_dataset_digest": digest}):
            KeptShards(into, digest).forget()
            shutil.rmtree(into / digest, ignore_errors=True)
            current.discard(digest)
    _forget_others(project, into, None)
    left = _datasets_in(into)
    if left - current:
        raise _unwritable(into, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return len(before - left)


def _pulled_once(
    project: SupabaseProject, digest: str | None, into: Path, bucket: str, progress: Progress
) -> PulledDataset:
    row = _published(project, digest, into)
    pulled = _cached(into, row["digest"])
    if pulled is None:
        pulled = _fetched(project, bucket, row, into, progress)
        # Fetching takes a while, and consent may have gone in it.
        _published(project, pulled.digest, into)
    return pulled


def _unwritable(into: Path, error: OSError) -> DatasetUnavailable:
    reason = error.strerror or "no reason given"
    public = f"The dataset cannot be written to {into}: {reason}."
    return DatasetUnavailable(public, code="cache_unwritable", retry=Retry.OPERATOR)


def _published(project: SupabaseProject, digest: str | None, into: Path) -> dict[str, Any]:
    try:
        row = _published_row(project, digest)
        _refuse_withdrawn(project, row["digest"], into)
    except DatasetUnavailable:
        # Nobody may come back for what is here of it.
        _forget_others(project, into, None)
        raise
    return row


def _published_row(project: SupabaseProject, digest: str | None) -> dict[str, Any]:
    wanted = {"status": "current"} if digest is None else {"digest": digest}
    row = next(project.rows("datasets", "digest,status,manifest_path", key="digest", where=wanted), None)
    if row is None:
        raise DatasetUnavailable("There is no such dataset. Run the exporter first.", code="dataset_missing")
    if row["status"] == "erased":
        raise DatasetUnavailable("The dataset was erased after a withdrawal.", code="dataset_erased", retry=Retry.NEVER)
    if row["status"] == "expired":
        raise DatasetUnavailable("The dataset is too old and was removed.", code="dataset_expired", retry=Retry.NEVER)
    return row


def _refuse_withdrawn(project: SupabaseProject, digest: str, into: Path) -> None:
    withdrawn = project.rpc("members_without_consent", {"p_dataset_digest": digest})
    if withdrawn:
        KeptShards(into, digest).forget()
        shutil.rmtree(into / digest, ignore_errors=True)
        raise DatasetUnavailable(
            f"{withdrawn} examples of the dataset have lost consent since. Run the exporter first.",
            code="dataset_outdated",
        )


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
    # Whoever still fetches it finds it here, too.
    KeptShards(into, digest).forget()
    return _pulled(folder, digest, manifest)


def _fetched(
    project: SupabaseProject, bucket: str, row: Mapping[str, Any], into: Path, progress: Progress
) -> PulledDataset:
    digest = row["digest"]
    data = project.download(bucket, row["manifest_path"])
    manifest = _manifest(data, digest)
    into.mkdir(parents=True, exist_ok=True)
    kept = KeptShards(into, digest)
    try:
        _fetch_shards(project, bucket, manifest, kept, progress)
        folder = kept.room()
        (folder / MANIFEST_FILE).write_bytes(data)
        for split in Split:
            with _split_path(folder, split).open("wb") as lines:
                for shard in manifest.splits[split].shards:
                    lines.write(_shard(project, bucket, shard, kept))
        for name, document in manifest.documents.items():
            content = project.download(bucket, document.path)
            _verify_document(content, document)
            (folder / name).write_bytes(content)
        reach(PullFailpoint.BEFORE_PLACE)
        _move_into_place(folder, into / digest)
    except ManifestInvalid:
        # The bucket does not hold the dataset, so nothing of it will ever be whole.
        kept.forget()
        raise
    kept.forget()
    return _pulled(into / digest, digest, manifest)


def _fetch_shards(
    project: SupabaseProject, bucket: str, manifest: DatasetManifest, kept: KeptShards, progress: Progress
) -> None:
    done = count()
    for shard in manifest.shards():
        progress(next(done), len(manifest.shards()))
        _shard(project, bucket, shard, kept)


def _shard(project: SupabaseProject, bucket: str, shard: Shard, kept: KeptShards) -> bytes:
    content = kept.find(shard.sha256)
    if content is None:
        content = project.download(bucket, shard.path)
        _verify(content, shard)
        kept.keep(shard.sha256, content)
        reach(PullFailpoint.AFTER_SHARD)
    _verify(content, shard)
    return content


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


def _forget_others(project: SupabaseProject, into: Path, digest: str | None) -> None:
    if not into.is_dir():
        return
    current, superseded = (_digests(project, status) for status in ("current", "superseded"))
    for folder in into.iterdir():
        if _DIGEST.fullmatch(folder.name) and folder.name not in current | {digest}:
            shutil.rmtree(folder, ignore_errors=True)
    forget_abandoned(into, current=current, superseded=superseded)


def _datasets_in(into: Path) -> set[str]:
    return {folder.name for folder in into.iterdir() if _DIGEST.fullmatch(folder.name)}


def _digests(project: SupabaseProject, status: str) -> set[str]:
    return {row["digest"] for row in project.rows("datasets", "digest", key="digest", where={"status": status})}


def _split_path(folder: Path, split: Split) -> Path:
    return folder / f"{split}.jsonl"


def _pulled(folder: Path, digest: str, manifest: DatasetManifest) -> PulledDataset:
    return PulledDataset(digest, manifest, folder, {split: _split_path(folder, split) for split in Split})
