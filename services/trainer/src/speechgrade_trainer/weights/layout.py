"""The hub's cache as its libraries read it: one copy of each content in ``blobs``, links to them in ``snapshots``.

``models--OWNER--NAME/blobs/DIGEST``, ``…/snapshots/COMMIT/FILE`` → blob, and where a revision is no commit,
``…/refs/REVISION`` with the commit in it. A blob's name is its SHA-256, or the SHA-1 that git gives a small file.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODEL = r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$"
REVISION = r"^[A-Za-z0-9][\w.-]{0,63}$"
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Place:
    """A base's place in a cache."""

    cache: Path
    model: str
    revision: str

    @property
    def repository(self) -> Path:
        return self.cache / f"models--{self.model.replace('/', '--')}"

    @property
    def blobs(self) -> Path:
        return self.repository / "blobs"

    @property
    def commit(self) -> str | None:
        """What the revision stands for; ``None`` where nothing here says so."""
        if is_commit(self.revision):
            return self.revision
        try:
            return (self.repository / "refs" / self.revision).read_text("utf-8").strip() or None
        except OSError:
            return None

    @property
    def snapshot(self) -> Path | None:
        """The folder that a loader is given, if it is there."""
        commit = self.commit
        folder = None if commit is None else self.repository / "snapshots" / commit
        return folder if folder is not None and folder.is_dir() else None

    def lay_out(self, commit: str, blobs: Mapping[str, str], *, also_known_as: tuple[str, ...] = ()) -> Path:
        """Link every file's name to its blob, and the revision's names to the commit. Returns the snapshot's folder.

        Args:
            blobs: the name of the blob by the name of the file.
        """
        folder = self.repository / "snapshots" / commit
        folder.mkdir(parents=True, exist_ok=True)
        for name, blob in blobs.items():
            link = folder / f".{name}.new"
            link.unlink(missing_ok=True)
            link.symlink_to(Path("..", "..", "blobs", blob))
            link.replace(folder / name)
        for name in {self.revision, *also_known_as} - {commit}:
            write_whole(self.repository / "refs" / name, commit)
        return folder


def is_commit(revision: str) -> bool:
    return _COMMIT.fullmatch(revision) is not None


def write_whole(path: Path, text: str) -> None:
    """Replace a small file so that a reader, and a kill, find the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
