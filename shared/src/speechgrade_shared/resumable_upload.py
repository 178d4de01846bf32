"""Uploads in parts that go on where they stopped: TUS 1.0 (tus.io), as Supabase Storage speaks it.

Supabase wants parts of exactly 6 MiB but for the last one, and keeps an unfinished upload for a day. The key travels as
``apikey``, and only ever to the endpoint itself: of the address that Storage answers with, nothing is used but the
upload's own name at its end, which is right behind any gateway.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

import httpx

from speechgrade_shared.errors import ObjectExists, ObjectMissing, PartsUnsupported, ProjectRefused, ProjectUnreachable
from speechgrade_shared.failpoints import TrainFailpoint, reach

PART_BYTES = 6 * 2**20
_VERSION = {"Tus-Resumable": "1.0.0"}
_GONE = {403, 404, 410}
_NO_ENDPOINT = {404, 405, 501}
_OFFSET_DIFFERS, _LOCKED = 409, 423
T = TypeVar("T")
Progress = Callable[[int], None]
"""Told how many bytes of the file are in Storage."""


class Retried(Protocol):
    """Calls something again while the network is at fault."""

    def __call__(self, call: Callable[[], T], /) -> T: ...


class UploadJournal:
    """Which uploads have begun and not ended, in a file, so that another process can go on with them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def begun(self, name: str, size: int) -> str | None:
        """The upload of an object of this size, if it was begun."""
        entry = self._entries().get(name, {})
        return str(entry["upload"]) if entry.get("size") == size else None

    def keep(self, name: str, size: int, upload: str) -> None:
        self._write(self._entries() | {name: {"size": size, "upload": upload}})

    def forget(self, name: str) -> None:
        entries = self._entries()
        if entries.pop(name, None) is not None:
            self._write(entries)

    def _entries(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _write(self, entries: Mapping[str, Any]) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(entries, indent=2), "utf-8")
        draft.replace(self._file)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an object goes, and what it is."""

    bucket: str
    path: str
    content_type: str

    @property
    def name(self) -> str:
        return f"{self.bucket}/{self.path}"

    def metadata(self) -> str:
        """As TUS writes it: names and base64 values."""
        values = {
            "bucketName": self.bucket,
            "objectName": self.path,
            "contentType": self.content_type,
            "cacheControl": "no-store",
        }
        return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


class ResumableUploads:
    """The TUS endpoint of a project. What exists is never replaced."""

    def __init__(self, http: httpx.Client, endpoint: str, secret_key: str, retried: Retried) -> None:
        self._http, self._endpoint, self._retried = http, endpoint, retried
        self._headers = {**_VERSION, "apikey": secret_key, "x-upsert": "false"}

    def upload(self, target: Target, file: Path, journal: UploadJournal | None, progress: Progress) -> None:
        """Send a file, from where an earlier upload of it stopped.

        Raises:
            PartsUnsupported: there is no such endpoint.
            ObjectExists: there is an object at the path already.
            ProjectError: Storage does not take it; what it took is kept for the next try.
        """
        size = file.stat().st_size
        begun, offset = self._begun(target, size, journal)
        with file.open("rb") as data:
            while offset < size:
                progress(offset)
                offset = self._retried(_Part(self, begun, data, offset, size).send)
                reach(TrainFailpoint.UPLOAD_AFTER_PART)
        progress(size)
        if journal:
            journal.forget(target.name)

    def _begun(self, target: Target, size: int, journal: UploadJournal | None) -> tuple[str, int]:
        """An upload that Storage knows, begun now unless it was, and how many bytes it has."""
        known = journal.begun(target.name, size) if journal else None
        if known is not None:
            offset = self._retried(partial(self._offset, known))
            if offset is not None:
                return known, offset
        upload = self._retried(partial(self._create, target, size))
        if journal:
            journal.keep(target.name, size, upload)
        return upload, 0

    def _create(self, target: Target, size: int) -> str:
        headers = self._headers | {"Upload-Length": str(size), "Upload-Metadata": target.metadata()}
        answer = self._http.post(self._endpoint, headers=headers)
        if answer.status_code in _NO_ENDPOINT:
            raise PartsUnsupported("The project's Storage takes objects only as a whole.")
        if answer.status_code == _OFFSET_DIFFERS:
            raise ObjectExists("There is an object at this path already.")
        answer.raise_for_status()
        upload = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        if not upload:
            raise ProjectRefused("The project's Storage began an upload without naming it.")
        return str(upload)

    def _offset(self, upload: str) -> int | None:
        """How many bytes Storage has of an upload; None when it has forgotten it."""
        answer = self._http.head(f"{self._endpoint}/{upload}", headers=self._headers)
        if answer.status_code in _GONE:
            return None
        answer.raise_for_status()
        return _told_offset(answer)

    def _send(self, upload: str, offset: int, part: bytes) -> int:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        answer = self._http.patch(f"{self._endpoint}/{upload}", headers=self._headers | headers, content=part)
        if answer.status_code in (_OFFSET_DIFFERS, _LOCKED):
            # The part of an earlier try is still being written, or was: what is there is asked for before the next.
            raise ProjectUnreachable("The project's Storage is still busy with a part of this object.")
        answer.raise_for_status()
        return _told_offset(answer)


@dataclass
class _Part:
    """One part, sent until it is there; after a try that failed, Storage is asked what it has."""

    uploads: ResumableUploads
    upload: str
    data: BinaryIO
    offset: int
    size: int
    _is_certain: bool = True

    def send(self) -> int:
        if not self._is_certain:
            self.offset = self._offset_there()
        self._is_certain = False
        if self.offset >= self.size:
            return self.offset
        self.data.seek(self.offset)
        return self.uploads._send(self.upload, self.offset, self.data.read(PART_BYTES))

    def _offset_there(self) -> int:
        offset = self.uploads._offset(self.upload)
        if offset is None:
            raise ObjectMissing("The project's Storage has forgotten an upload that had begun.")
        return offset


def _told_offset(answer: httpx.Response) -> int:
    told = answer.headers.get("Upload-Offset", "")
    if not told.isdigit():
        raise ProjectRefused("The project's Storage does not say how much it has of an upload.")
    return int(told)
