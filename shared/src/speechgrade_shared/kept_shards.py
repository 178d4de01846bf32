"""The shards of a pull that is not finished, kept so that the next one need not fetch them again.

Each dataset has a folder of its own beside the whole ones, ``.pull-<digest>``, with one file per shard under the
SHA-256 of the shard. A file gets its name in one step and is hashed again before it is used, so a process may be
killed, and others may work in the same folder, at any time. What such a folder holds is never taken for a dataset.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from speechgrade_shared.digest import sha256_hex

_PREFIX = ".pull-"
_SUPERSEDED_FOR_S = 3600
_UNFINISHED = re.compile(r"\.pull-[0-9a-f]{64}")


class KeptShards:
    """What is already here of one dataset."""

    def __init__(self, cache: Path, digest: str) -> None:
        self._cache = cache
        self._folder = cache / f"{_PREFIX}{digest}"

    def find(self, sha256: str) -> bytes | None:
        """The shard, if any unfinished pull has kept it: a dataset shares most shards with the one that it replaces."""
        for path in (self._folder / sha256, *sorted(self._cache.glob(f"{_PREFIX}*/{sha256}"))):
            with suppress(OSError):
                content = path.read_bytes()
                if sha256_hex(content) == sha256:
                    return content
        return None

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep a verified shard."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # Another process may have finished and removed the folder meanwhile; then there is nothing to keep it for.
        with suppress(FileNotFoundError):
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(content)
            Path(file.name).replace(self._folder / sha256)

    def room(self) -> Path:
        """A new folder for putting the dataset together; it goes when the shards go."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def forget(self) -> None:
        """Remove everything that is kept of this dataset."""
        shutil.rmtree(self._folder, ignore_errors=True)


def forget_abandoned(cache: Path, *, current: Collection[str], superseded: Collection[str]) -> None:
    """Remove the unfinished pulls of datasets that are no longer published.

    Those of superseded datasets get an hour, because somebody may be pulling one by its digest; nobody has withdrawn
    from them, or they would be erased.
    """
    for folder in cache.glob(f"{_PREFIX}*"):
        digest = folder.name.removeprefix(_PREFIX)
        if _UNFINISHED.fullmatch(folder.name) and digest in current:
            continue
        if digest not in superseded or _age_s(folder) > _SUPERSEDED_FOR_S:
            shutil.rmtree(folder, ignore_errors=True)


def _age_s(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
