"""Where weights are brought from: a folder, or a tar archive, of files side by side. What is brought is not trusted."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from speechgrade_trainer.errors import WeightsInvalid
from speechgrade_trainer.weights.record import RECORD_FILE, Record, read_record


class Source(Protocol):
    """Files by name."""

    def sizes(self) -> dict[str, int]:
        """Every file's name and bytes."""
        ...

    def open(self, name: str) -> BinaryIO:
        """A file's content."""
        ...


class Folder:
    """A folder's files; links are followed, as the hub's own snapshots are links."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sizes(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in self._path.iterdir() if path.is_file()}

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb")


class Archive:
    """A tar archive's files; nothing is ever unpacked under a name that the archive chooses."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}

    def sizes(self) -> dict[str, int]:
        return {name: member.size for name, member in self._members.items()}

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._archive.extractfile(self._members[name]))


@contextmanager
def source_of(path: Path) -> Iterator[Source]:
    """What lies there.

    Raises:
        WeightsInvalid: ``source_unreadable``.
    """
    try:
        if path.is_dir():
            yield Folder(path)
            return
        with tarfile.open(path, "r:") as archive:
            yield Archive(archive)
    except (tarfile.TarError, EOFError) as error:
        raise WeightsInvalid(
            f"{path} is neither a folder nor a whole tar archive.", code="source_unreadable"
        ) from error


def record_in(source: Source) -> Record | None:
    """The record that lies with the files, if there is one.

    Raises:
        WeightsInvalid: ``record_invalid``.
    """
    if RECORD_FILE not in source.sizes():
        return None
    with source.open(RECORD_FILE) as data:
        return read_record(data.read(1 << 24))
