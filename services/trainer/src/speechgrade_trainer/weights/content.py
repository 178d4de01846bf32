"""A file's content while it is read or copied: its digests, and nothing of it in memory for longer than a block."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 22
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Content:
    """Size in bytes, SHA-256, and the SHA-1 that git knows such a file by."""

    bytes: int
    sha256: str
    git: str

    def is_named(self, blob: str) -> bool:
        """Whether a blob's name is a digest of this; a name that is no digest says nothing."""
        return {64: self.sha256, 40: self.git}.get(len(blob), blob) == blob


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
