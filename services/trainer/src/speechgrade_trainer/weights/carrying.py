"""Weights on a medium, to where there is no network: out of one cache, and into another, compared on both sides."""

import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from speechgrade_trainer.errors import WeightsInvalid
from speechgrade_trainer.weights.content import Advance, Content, copy_content, read_content
from speechgrade_trainer.weights.layout import Place, is_commit
from speechgrade_trainer.weights.placing import free_room, on_medium, only_writer, settle
from speechgrade_trainer.weights.progress import counting
from speechgrade_trainer.weights.record import RECORD_FILE, Record, RecordedFile, content_revision_of, digest_of
from speechgrade_trainer.weights.selection import INDEX, missing, needed
from speechgrade_trainer.weights.settings import WeightsSettings
from speechgrade_trainer.weights.sources import Source, record_in, source_of
from speechgrade_trainer.weights.verifying import Weights, refuse_other_digest, verify

_ARCHIVE = ".tar"


def export_weights(settings: WeightsSettings, destination: Path) -> Weights:
    """Verify the base, write it with its record to an empty folder or to a ``.tar``, and read that back.

    Raises:
        WeightsMissing: it is not in the cache.
        WeightsInvalid: the cache's files are damaged; ``destination_exists``; or ``weights_differ``: what was written
            reads otherwise, so the medium is bad.
    """
    if destination.exists() and not (destination.is_dir() and not any(destination.iterdir())):
        raise WeightsInvalid(f"{destination} exists already; nothing is overwritten.", code="destination_exists")
    weights = verify(settings.place())
    with on_medium(destination), counting("writing", weights.record.bytes) as advance:
        if destination.suffix == _ARCHIVE:
            _write_archive(weights, destination, advance)
        else:
            _write_folder(weights, destination, advance)
    with on_medium(destination), source_of(destination) as source, counting("reading", weights.record.bytes) as advance:
        for name, file in weights.record.files.items():
            _refuse_other(name, file, _read(source, name, advance))
    return Weights(destination, weights.record)


def import_weights(settings: WeightsSettings, path: Path, *, digest: str | None = None) -> Weights:
    """Copy a base into the cache, so that loaders find it by id and revision, and verify it there.

    With a record every file is compared with it first, and the settings with what it names, if they name anything.
    Without one, they must say which base it is.

    Raises:
        WeightsMissing: ``base_not_named``: there is no record, and nobody has said which base it is.
        WeightsInvalid: ``weights_differ``, ``weights_incomplete``, ``record_invalid``, ``source_unreadable``; the cache
            has nothing new that a loader would find.
    """
    with on_medium(path), source_of(path) as source:
        sizes, record = source.sizes(), record_in(source)
        names = sorted(record.files) if record else needed(set(sizes) - {RECORD_FILE})
        _refuse_incomplete(path, [name for name in names if name not in sizes])
        _refuse_incomplete(path, missing(names, _index(source, names)))
        if record is not None:
            _refuse_other_base(record, settings)
            refuse_other_digest(record, digest)
        place = settings.place() if record is None else Place(settings.cache, record.model, record.revision)
        with only_writer(place), counting("copying", sum(sizes[name] for name in names)) as advance:
            free_room(place, sum(sizes[name] for name in names if not _is_there(place, name, record)))
            contents = {name: _copied(source, place, name, record, advance) for name in names}
        if record is None:
            record = _record_of(place, contents)
            refuse_other_digest(record, digest)
    place = Place(place.cache, record.model, record.revision)
    aliases = () if is_commit(record.revision) else ("content",)
    folder = place.lay_out(record.commit, {name: one.sha256 for name, one in contents.items()}, also_known_as=aliases)
    record.write(folder)
    return verify(place, digest)


def _refuse_other_base(record: Record, settings: WeightsSettings) -> None:
    model, revision = settings.base_model or record.model, settings.base_revision or record.revision
    if model != record.model or revision not in {record.revision, "content"}:
        raise WeightsInvalid(
            f"On the medium is {record.model} at {record.revision}, not {model} at {revision}.", code="weights_differ"
        )


def _record_of(place: Place, contents: Mapping[str, Content]) -> Record:
    files = {name: RecordedFile(bytes=one.bytes, sha256=one.sha256) for name, one in contents.items()}
    if is_commit(place.revision):
        return Record.of(place.model, place.revision, place.revision, files)
    named = content_revision_of({name: one.sha256 for name, one in contents.items()})
    revision = named if place.revision == "content" else place.revision
    # Loaders take forty digits for a commit, and ask the hub about everything else.
    return Record.of(place.model, revision, digest_of(files)[:40], files)


def _is_there(place: Place, name: str, record: Record | None) -> bool:
    return record is not None and (place.blobs / record.files[name].sha256).is_file()


def _copied(source: Source, place: Place, name: str, record: Record | None, advance: Advance) -> Content:
    size = source.sizes()[name]
    place.blobs.mkdir(parents=True, exist_ok=True)
    there = None if record is None else _intact(place, record.files[name], advance)
    if there is not None:
        return there
    free_room(place, size)
    part = place.blobs / f"{name}.part"
    with source.open(name) as data, part.open("wb") as out:
        content = copy_content(data, size, out, advance)
    try:
        if record is not None:
            _refuse_other(name, record.files[name], content)
    except WeightsInvalid:
        part.unlink()
        raise
    settle(part, place.blobs / content.sha256)
    return content


def _intact(place: Place, file: RecordedFile, advance: Advance) -> Content | None:
    blob = place.blobs / file.sha256
    if not blob.is_file() or blob.stat().st_size != file.bytes:
        return None
    content = read_content(blob, lambda _count: None)
    if content.sha256 != file.sha256:
        return None
    advance(content.bytes)
    return content


def _index(source: Source, names: list[str]) -> bytes | None:
    if INDEX not in names:
        return None
    with source.open(INDEX) as data:
        return data.read(1 << 24)


def _read(source: Source, name: str, advance: Advance) -> Content:
    with source.open(name) as data:
        return copy_content(data, source.sizes()[name], None, advance)


def _write_folder(weights: Weights, destination: Path, advance: Advance) -> None:
    destination.mkdir(parents=True, exist_ok=True)
    for name in weights.record.files:
        with (weights.folder / name).open("rb") as data, (destination / name).open("wb") as out:
            shutil.copyfileobj(_Counted(data, advance), out, 1 << 22)
    weights.record.write(destination)


def _write_archive(weights: Weights, destination: Path, advance: Advance) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(f"{destination.name}.part")
    with tarfile.open(part, "w") as archive:
        # The record first: who looks into the archive sees at once what it is.
        text = weights.record.model_dump_json(indent=2).encode()
        archive.addfile(_member(RECORD_FILE, len(text)), io.BytesIO(text))
        for name, file in weights.record.files.items():
            with (weights.folder / name).open("rb") as data:
                archive.addfile(_member(name, file.bytes), _Counted(data, advance))
    part.replace(destination)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


class _Counted(io.RawIOBase):
    def __init__(self, data: io.BufferedReader, advance: Advance) -> None:
        self._data, self._advance = data, advance

    def read(self, size: int = -1) -> bytes:
        block = self._data.read(size)
        self._advance(len(block))
        return block


def _refuse_other(name: str, file: RecordedFile, content: Content) -> None:
    if (content.bytes, content.sha256) != (file.bytes, file.sha256):
        raise WeightsInvalid(
            f"{name} on the medium is not what the record says (sha256 {content.sha256}): copy it again, or take "
            "another one. Nothing of it is used.",
            code="weights_differ",
        )


def _refuse_incomplete(path: Path, lacking: list[str]) -> None:
    if lacking:
        raise WeightsInvalid(f"{path} has no {', '.join(lacking)}.", code="weights_incomplete")
