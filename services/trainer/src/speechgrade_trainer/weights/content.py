"""A file's content while it is read or copied: its digests, and nothing of it in memory for longer than a block."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 22
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Content:
    """Size in bytes, SHA-256, and the SHA-1 that git knows such a file by."""

    bytes: int
    sha256: str
    git: str

    def is_named(self, blob: str) -> bool:
        """Whether a blob's name is a digest of this; a name that is no digest says nothing."""
        if not is_digest(blob):
            return True
        return blob in (self.sha256, self.git)


def is_digest(name: str) -> bool:
    """Whether a blob is named by what is in it."""
    return _DIGEST.fullmatch(name) is not None


def read_content(path: Path, advance: Advance) -> Content:
    """Read a file to its end.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as source:
        return copy_content(source, path.stat().st_size, None, advance)


def copy_content(source: BinaryIO, size: int, out: BinaryIO | None, advance: Advance) -> Content:
    """Copy a stream of ``size`` bytes, or only read it. The content says how many there really were.

    Raises:
        OSError: it cannot be read or written.
    """
    sha256, done = hashlib.sha256(), 0
    # Not for safety: it is how git names a file.
    git = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    while block := source.read(_BLOCK):
        if out is not None:
            out.write(block)
        sha256.update(block)
        git.update(block)
        done += len(block)
        advance(len(block))
    return Content(done, sha256.hexdigest(), git.hexdigest())
