"""The adapters on disk, where the engine reads them: complete and verified, or not there at all."""

import hashlib
import json
import shutil
import time
from pathlib import Path
from uuid import uuid4

from speechgrade_shared.project import SupabaseProject

from speechgrade_scorer.adapters.registry import CONFIG, Adapter
from speechgrade_scorer.errors import AdapterRefused

_DRAFT = ".draft-"
_ABANDONED_S = 600.0
_LARGEST_CONFIG = 1_000_000

Fingerprint = tuple[tuple[str, int, int, int], ...]
"""The files of a folder with size, time of change and inode: equal means that nobody has touched them."""


class AdapterCache:
    """A folder with one sub-folder per adapter, named like it. What is in it was verified. Every method blocks."""

    def __init__(self, folder: Path, project: SupabaseProject, bucket: str) -> None:
        self._folder = folder
        self._project = project
        self._bucket = bucket
        self._verified: dict[str, Fingerprint] = {}

    def stage(self, adapter: Adapter) -> Path:
        """The folder of an adapter, downloaded now if it is not there already.

        The files are hashed while they arrive, and again only where their fingerprint has changed.

        Raises:
            AdapterRefused: ``adapter_tampered`` (an object is not what the row names), ``adapter_config_mismatch``, or
                ``adapter_cache_failed`` (the folder cannot be written, or the disk is full).
            ProjectError: the objects cannot be fetched.
        """
        try:
            return self._staged(adapter)
        except OSError as error:
            raise AdapterRefused("The adapter cache cannot be written.", code="adapter_cache_failed") from error

    def names(self) -> frozenset[str]:
        """Every adapter that lies here, whoever staged it."""
        return frozenset(entry.name for entry in self._entries() if not entry.name.startswith(_DRAFT))

    def discard(self, names: frozenset[str]) -> None:
        """Delete these adapters: one that lost a consent must not stay on a disk. Drafts of the dead go with them."""
        for entry in self._entries():
            is_draft = entry.name.startswith(_DRAFT)
            if entry.name in names or (is_draft and not _is_being_written(entry)):
                self._verified.pop(entry.name, None)
                shutil.rmtree(entry, ignore_errors=True)

    def _entries(self) -> list[Path]:
        return [entry for entry in self._folder.iterdir() if entry.is_dir()] if self._folder.is_dir() else []

    def _staged(self, adapter: Adapter) -> Path:
        target = self._folder / adapter.name
        if self._is_intact(target, adapter):
            return target
        draft = self._folder / f"{_DRAFT}{uuid4().hex}"
        try:
            self._download(adapter, draft)
            _refuse_other_config(draft, adapter)
            self._verified[adapter.name] = _fingerprint(draft)
            shutil.rmtree(target, ignore_errors=True)
            _move_into_place(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        if not self._is_intact(target, adapter):
            raise AdapterRefused("An adapter was changed while it was staged.", code="adapter_cache_failed")
        return target

    def _is_intact(self, target: Path, adapter: Adapter) -> bool:
        try:
            found = _fingerprint(target)
            if found and self._verified.get(adapter.name) == found:
                return True
            self._verified.pop(adapter.name, None)
            if not found or _digests(target) != dict(adapter.files):
                return False
        except FileNotFoundError:
            # Another scorer with the same cache takes it away at this moment.
            return False
        self._verified[adapter.name] = found
        return True

    def _download(self, adapter: Adapter, draft: Path) -> None:
        draft.mkdir(parents=True)
        for path, sha256 in adapter.files:
            target = draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if self._project.download_to(self._bucket, f"{adapter.object_prefix}/{path}", target) != sha256:
                raise AdapterRefused("An object of the adapter is not what was registered.", code="adapter_tampered")


def _move_into_place(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        # Another scorer with the same cache may have been first; whose it is, is verified next.
        if not target.is_dir():
            raise


def _is_being_written(entry: Path) -> bool:
    # A download that lives writes, so the youngest file tells; the folder's own time stands still meanwhile.
    try:
        youngest = max(path.stat().st_mtime for path in (entry, *entry.rglob("*")))
    except FileNotFoundError:
        # It changes while it is looked at, so somebody is at work.
        return True
    return time.time() - youngest < _ABANDONED_S


def _fingerprint(folder: Path) -> Fingerprint:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = ((path.relative_to(folder).as_posix(), path.stat()) for path in files)
    return tuple((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in stats)


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _refuse_other_config(folder: Path, adapter: Adapter) -> None:
    file = folder / CONFIG
    try:
        if file.stat().st_size > _LARGEST_CONFIG:
            raise ValueError("too large for a configuration")
        config = json.loads(file.read_bytes())
        honest = config["base_model_name_or_path"] == adapter.base_model and config["r"] == adapter.lora_rank
    except (ValueError, KeyError, TypeError) as error:
        raise AdapterRefused("The adapter's configuration cannot be read.", code="adapter_config_mismatch") from error
    if not honest:
        raise AdapterRefused("The adapter's configuration contradicts its row.", code="adapter_config_mismatch")
