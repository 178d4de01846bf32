"""Weights on disk against their record, offline: every byte for ``verify``, every size each time a base is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_trainer.errors import WeightsInvalid, WeightsMissing
from speechgrade_trainer.weights.content import Advance, read_content
from speechgrade_trainer.weights.layout import Place
from speechgrade_trainer.weights.progress import counting
from speechgrade_trainer.weights.record import RECORD_FILE, Record, RecordedFile, read_record
from speechgrade_trainer.weights.selection import INDEX, missing, needed

_AGAIN = "bring it again: speechgrade-trainer weights fetch, or weights import; what is intact stays"


@dataclass(frozen=True, slots=True)
class Weights:
    """A base in the cache: its folder, and what its record says."""

    folder: Path
    record: Record

    def as_dict(self) -> dict[str, Any]:
        """What the commands print as JSON."""
        return {
            "model": self.record.model,
            "revision": self.record.revision,
            "digest": self.record.digest,
            "bytes": self.record.bytes,
            "gigabytes": round(self.record.bytes / 1e9, 2),
            "files": len(self.record.files),
            "folder": str(self.folder),
        }


def find_weights(place: Place) -> Weights:
    """The base's folder and record; nothing of the files themselves is read.

    Raises:
        WeightsMissing: ``weights_missing``, or ``record_missing`` where another program has fetched them.
        WeightsInvalid: ``record_invalid``, or ``weights_differ``: it is the record of another base.
    """
    folder = place.snapshot
    if folder is None:
        raise WeightsMissing(
            f"{place.model} at {place.revision} is not in {place.cache}. Fetch it on a machine with network "
            "(speechgrade-trainer weights fetch), or bring it (speechgrade-trainer weights import FOLDER)."
        )
    try:
        record = read_record((folder / RECORD_FILE).read_bytes())
    except OSError as error:
        raise WeightsMissing(
            f"{folder} has no {RECORD_FILE}: another program has fetched it, or fetching was not finished. "
            "speechgrade-trainer weights fetch compares what is there with the hub, fetches the rest, and writes it.",
            code="record_missing",
        ) from error
    if record.model != place.model or place.revision not in {record.revision, record.commit, "content"}:
        raise WeightsInvalid(
            f"{RECORD_FILE} is that of {record.model} at {record.revision}, not of {place.model} at {place.revision}. "
            "Fetch or import the weights again.",
            code="weights_differ",
        )
    return Weights(folder, record)


def verify(place: Place, digest: str | None = None) -> Weights:
    """Read every byte and compare it with the record, with the names of the blobs, and with a digest.

    Args:
        digest: ``sha256:…``, as an operator has written it down.

    Raises:
        WeightsMissing: as in ``find_weights``.
        WeightsInvalid: ``weights_invalid``: every file that is wrong, with what to do; ``weights_differ``: all is whole
            and is not what was written down.
    """
    weights = find_weights(place)
    with counting("verifying", weights.record.bytes) as advance:
        problems = differences(weights, advance)
    if problems:
        raise WeightsInvalid(
            f"{len(problems)} problems in {weights.folder}:\n" + "\n".join(f"  {problem}" for problem in problems)
        )
    refuse_other_digest(weights.record, digest)
    return weights


def refuse_other_digest(record: Record, digest: str | None) -> None:
    """Compare with what was written down.

    Raises:
        WeightsInvalid: ``weights_differ``.
    """
    if digest is not None and digest.strip().lower().removeprefix("sha256:") != record.sha256:
        raise WeightsInvalid(
            f"The weights are whole, but their digest is {record.digest}, not {digest}: another base or revision, or "
            "a digest that was copied wrongly. Do not use them before you know which.",
            code="weights_differ",
        )


def differences(weights: Weights, advance: Advance) -> list[str]:
    """Every file that is not what the record says, or that it does not know, in words."""
    found = [_difference(weights.folder / name, file, advance) for name, file in weights.record.files.items()]
    present = {path.name for path in weights.folder.iterdir()} - {RECORD_FILE}
    unknown = sorted(set(needed(present)) - set(weights.record.files))
    found += [f"{name}: not in {RECORD_FILE}, and would be loaded; delete it" for name in unknown]
    index = weights.folder / INDEX
    lacking = missing(weights.record.files, index.read_bytes() if index.is_file() else None)
    found += [f"{name}: no part of what was fetched; {_AGAIN}" for name in lacking]
    return [problem for problem in found if problem]


def other_sizes(folder: Path) -> list[str]:
    """The files whose size is not that of the record beside them; none where there is no record. Quick."""
    try:
        record = read_record((folder / RECORD_FILE).read_bytes())
    except OSError:
        return []
    return [name for name, file in record.files.items() if _size(folder / name) != file.bytes]


def _difference(path: Path, file: RecordedFile, advance: Advance) -> str:
    size = _size(path)
    if size is None:
        return f"{path.name}: missing; {_AGAIN}"
    if size != file.bytes:
        return f"{path.name}: has {size} bytes instead of {file.bytes}; {_AGAIN}"
    try:
        content = read_content(path, advance)
    except OSError as error:
        return f"{path.name}: cannot be read ({error.strerror}); look at the disk, then {_AGAIN}"
    if content.sha256 != file.sha256:
        return f"{path.name}: its content has changed (sha256 {content.sha256}); {_AGAIN}"
    if not content.is_named(path.resolve().name):
        return f"{path.name}: it is not the content that its blob {path.resolve().name} is named by; {_AGAIN}"
    return ""


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
