"""The adapters on disk, where the engine reads them: complete and verified, or not there at all."""

import json
import shutil
import time
from pathlib import Path
from uuid import uuid4

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.project import SupabaseProject

from speechgrade_scorer.adapters.registry import CONFIG, Adapter
from speechgrade_scorer.errors import AdapterRefused

_DRAFT = ".draft-"
_ABANDONED_S = 600.0


class AdapterCache:
    """A folder with one sub-folder per adapter, named like it. What is in it was verified."""

    def __init__(self, folder: Path, project: SupabaseProject, bucket: str) -> None:
        self._folder = folder
        self._project = project
        self._bucket = bucket

    def stage(self, adapter: Adapter) -> Path:
        """The folder of an adapter, downloaded now if it is not there already. Blocks.

        Raises:
            AdapterRefused: ``adapter_tampered`` (an object is not what the row names) or ``adapter_config_mismatch``.
            ProjectError: the objects cannot be fetched.
        """
        target = self._folder / adapter.name
        if target.is_dir() and _is_intact(target, adapter):
            return target
        draft = self._folder / f"{_DRAFT}{uuid4().hex}"
        try:
            self._download(adapter, draft)
            _refuse_other_config(draft, adapter)
            shutil.rmtree(target, ignore_errors=True)
            _move_into_place(draft, target, adapter)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return target

    def keep_only(self, names: frozenset[str]) -> None:
        """Delete every other adapter: one that lost a consent must not stay on a disk."""
        if not self._folder.is_dir():
            return
        for entry in self._folder.iterdir():
            if entry.is_dir() and entry.name not in names and not _is_being_written(entry):
                shutil.rmtree(entry, ignore_errors=True)

    def _download(self, adapter: Adapter, draft: Path) -> None:
        draft.mkdir(parents=True)
        for path, sha256 in adapter.files:
            data = self._project.download(self._bucket, f"{adapter.object_prefix}/{path}")
            if sha256_hex(data) != sha256:
                raise AdapterRefused("An object of the adapter is not what was registered.", code="adapter_tampered")
            target = draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _move_into_place(draft: Path, target: Path, adapter: Adapter) -> None:
    try:
        draft.rename(target)
    except OSError:
        # Another scorer with the same cache may have been first.
        if not _is_intact(target, adapter):
            raise


def _is_being_written(entry: Path) -> bool:
    return entry.name.startswith(_DRAFT) and time.time() - entry.stat().st_mtime < _ABANDONED_S


def _is_intact(folder: Path, adapter: Adapter) -> bool:
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    files = dict(adapter.files)
    return present == files.keys() and all(sha256_hex((folder / p).read_bytes()) == s for p, s in files.items())


def _refuse_other_config(folder: Path, adapter: Adapter) -> None:
    try:
        config = json.loads((folder / CONFIG).read_bytes())
        honest = config["base_model_name_or_path"] == adapter.base_model and config["r"] == adapter.lora_rank
    except (ValueError, KeyError, TypeError) as error:
        raise AdapterRefused("The adapter's configuration cannot be read.", code="adapter_config_mismatch") from error
    if not honest:
        raise AdapterRefused("The adapter's configuration contradicts its row.", code="adapter_config_mismatch")
