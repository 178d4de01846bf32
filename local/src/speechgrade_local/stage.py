"""A place for PostgreSQL when root runs the stack in folders that only root can enter.

PostgreSQL then runs as the user nobody, who cannot walk to its data or even to its program. What it
cannot reach is put below the temporary folder, beside a note of the state directory it belongs to.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from speechgrade_local.errors import SetupMissing

_PREFIX = "speechgrade-"
_OWNER_NOTE = "belongs-to"


@dataclass(frozen=True)
class Stage:
    """Where program and data of one cluster are, and the folder below the temporary one, if it was needed."""

    package: Path
    data: Path
    folder: Path | None


def prepare(package: Path, state_data: Path) -> Stage:
    """Stage what another user cannot reach, and nothing else."""
    program_open, data_open = is_open_to_all(package), is_open_to_all(state_data)
    if program_open and data_open:
        return Stage(package, state_data, None)
    _sweep()
    folder = _folder_of(state_data)
    return Stage(package if program_open else _copied(package, folder), state_data if data_open else folder, folder)


def is_open_to_all(path: Path) -> bool:
    """Can any user of this machine walk down to `path`?"""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _folder_of(state_data: Path) -> Path:
    digest = hashlib.sha256(str(state_data).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{digest}"
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise SetupMissing(f"{folder} belongs to another user; remove it or move the checkout.")
    folder.chmod(0o711)
    (folder / _OWNER_NOTE).write_text(str(state_data))
    return folder


def _copied(package: Path, folder: Path) -> Path:
    for source in (package, package.with_name(f"{package.name}.libs")):
        target = folder / source.name
        if source.exists() and not target.exists():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*18"))
    return folder / package.name


def _sweep() -> None:
    """A stack that was killed leaves its stage; it goes once its state directory is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        note = folder / _OWNER_NOTE
        is_ours = note.is_file() and folder.stat().st_uid == os.geteuid()
        if is_ours and not Path(note.read_text()).exists():
            shutil.rmtree(folder, ignore_errors=True)
