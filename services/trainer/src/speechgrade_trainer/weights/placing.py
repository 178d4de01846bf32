"""Writing into the cache: one process at a time, and only where there is room."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from speechgrade_trainer.errors import DiskFull, WeightsBusy, WeightsInvalid, WeightsMissing
from speechgrade_trainer.weights.layout import Place


@contextmanager
def only_writer(place: Place) -> Iterator[None]:
    """Hold the base's folder in the cache; the kernel lets go of it when the process dies.

    Raises:
        WeightsBusy: another process holds it.
        WeightsMissing: ``cache_unwritable``.
    """
    try:
        place.repository.mkdir(parents=True, exist_ok=True)
        lock = (place.repository / ".speechgrade-weights.lock").open("w")
    except OSError as error:
        raise WeightsMissing(
            f"{place.cache} cannot be written ({error.strerror}). It must be mounted writable for this command, and "
            "belong to the user that it runs as.",
            code="cache_unwritable",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WeightsBusy(f"Another process writes {place.model} into {place.cache}.") from error
        yield


def free_room(place: Place, size: int) -> None:
    """Refuse what does not fit, before it is begun.

    Raises:
        DiskFull: so many bytes are not free.
    """
    free = shutil.disk_usage(place.repository).free
    if free < size:
        raise DiskFull(
            f"{place.cache} has {free / 1e9:.1f} GB left, and {size / 1e9:.1f} GB more are needed. "
            "Free some room; the same command goes on."
        )


def settle(part: Path, blob: Path) -> None:
    """Give what is whole its name, on the disk and not only in memory, readable to engine and trainer alike."""
    with part.open("rb") as whole:
        os.fsync(whole.fileno())
    part.chmod(0o644)
    part.replace(blob)


@contextmanager
def on_medium(path: Path) -> Iterator[None]:
    """Say in a sentence what a medium, or the cache's disk, refuses.

    Raises:
        DiskFull: there is no room.
        WeightsInvalid: ``source_unreadable``.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("There is no room left on the disk. Free some; the same command begins anew.") from error
        reason = error.strerror or "no reason given"
        raise WeightsInvalid(f"{error.filename or path}: {reason}.", code="source_unreadable") from error
