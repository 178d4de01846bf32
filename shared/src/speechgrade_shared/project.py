"""The one seam to the Supabase project: RPCs and rows of schema ``llm``, objects in Storage.

Every call has a time limit, is tried again while the network is at fault, and fails with an error of our tree. All our
RPCs are safe to repeat, so writes are retried too.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from postgrest.exceptions import APIError
from storage3.exceptions import StorageApiError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from speechgrade_shared.errors import (
    ObjectExists,
    ObjectMissing,
    PartsUnsupported,
    ProjectError,
    ProjectRefused,
    ProjectUnreachable,
)
from speechgrade_shared.resumable_upload import PART_BYTES, Progress, ResumableUploads, Target, UploadJournal
from speechgrade_shared.settings import ProjectSettings
from supabase import Client, ClientOptions, create_client

T = TypeVar("T")
PAGE = 500
_TRANSIENT_STATUS = {408, 429}
_PAUSED = 540
_REFUSALS = {401: "refused the key", 402: "is over its plan, or unpaid", 403: "refused the key"}
_TRANSIENT_CODES = {"PGRST000", "PGRST001", "PGRST002", "PGRST003"}
_TRANSIENT_CODES |= {"08006", "40001", "40P01", "53300", "55P03", "57P01", "57P03"}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as its bucket lists it: its name within the folder, its size in bytes, and when it was last written."""

    name: str
    size: int | None
    written_at: datetime | None


class SupabaseProject:
    """A Supabase project, reached with the secret key."""

    def __init__(self, url: str, secret_key: str, *, timeout_s: float = 30.0, attempts: int = 4) -> None:
        def drop_bearer(request: httpx.Request) -> None:
            # A secret key is not a JWT: it travels as apikey alone.
            if request.headers.get("authorization") == f"Bearer {secret_key}":
                del request.headers["authorization"]

        self._http = http = httpx.Client(timeout=timeout_s, event_hooks={"request": [drop_bearer]})
        options = ClientOptions(schema="llm", postgrest_client_retry=False, httpx_client=http, persist_session=False)
        self._client: Client = create_client(url, secret_key, options)
        self._attempts = attempts
        self._storage, self._apikey = f"{url}/storage/v1", {"apikey": secret_key}
        self._parts = ResumableUploads(http, f"{self._storage}/upload/resumable", secret_key, self._tried)
        self._takes_parts = True

    @classmethod
    def from_settings(cls, settings: ProjectSettings) -> "SupabaseProject":
        key = settings.supabase_secret_key.get_secret_value()
        return cls(settings.supabase_url, key, timeout_s=settings.project_timeout_s)

    def close(self) -> None:
        """Give the connections back; the project is not used afterwards."""
        self._http.close()

    def rpc(self, name: str, params: Mapping[str, Any] | None = None) -> Any:
        """Call ``llm.<name>`` and return its JSON result.

        Raises:
            ProjectUnreachable: no answer within the time limit, after retries.
            ProjectRefused: the database or its gateway said no; ``database_code`` says which way.
        """
        return self._tried(lambda: self._client.rpc(name, dict(params or {})).execute().data)

    def rows(
        self, table: str, columns: str, *, key: str, where: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """All rows of ``llm.<table>`` in the order of the unique column ``key``, page by page."""
        last: Any = None
        while True:
            page = self._tried(partial(self._page, table, columns, key, where or {}, last))
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1][key]

    def upload(self, bucket: str, path: str, data: bytes, content_type: str) -> None:
        """Store an object; storing the same path again replaces it (paths are content-addressed)."""
        options: Any = {"content-type": content_type, "upsert": "true", "cache-control": "no-store"}
        self._tried(lambda: self._client.storage.from_(bucket).upload(path, data, options))

    def upload_file(
        self,
        bucket: str,
        path: str,
        file: Path,
        content_type: str,
        *,
        journal: UploadJournal | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        """Store a file where there is no object yet, never holding more of it in memory than a part.

        Above 6 MiB it travels in parts, and with a journal an upload that was interrupted goes on where it stopped. A
        Storage that knows no parts is asked once, and then gets files as a whole.

        Raises:
            ObjectExists: there is an object at this path already; a try whose answer was lost may have stored it.
        """
        target = Target(bucket, path, content_type)
        if self._takes_parts and file.stat().st_size > PART_BYTES:
            try:
                return self._parts.upload(target, file, journal, progress)
            except PartsUnsupported:
                self._takes_parts = False
        options: Any = {"content-type": content_type, "upsert": "false", "cache-control": "no-store"}
        self._tried(lambda: self._client.storage.from_(bucket).upload(path, file, options))
        return progress(file.stat().st_size)

    def download_to(self, bucket: str, path: str, target: Path) -> str:
        """Write an object to a file, piece by piece; returns its SHA-256.

        Raises:
            ObjectMissing: there is none at this path.
        """

        def fetch() -> str:
            with target.open("wb") as out:
                return self._streamed(bucket, path, out.write)

        return self._tried(fetch)

    def object_sha256(self, bucket: str, path: str) -> str | None:
        """The SHA-256 of an object as Storage gives it back, read piece by piece; None when there is none."""
        try:
            return self._tried(lambda: self._streamed(bucket, path, len))
        except ObjectMissing:
            return None

    def download(self, bucket: str, path: str) -> bytes:
        """Fetch an object.

        Raises:
            ObjectMissing: there is none at this path.
        """
        return self._tried(lambda: self._client.storage.from_(bucket).download(path))

    def remove(self, bucket: str, paths: Sequence[str]) -> None:
        """Delete objects; those already gone are no error."""
        for start in range(0, len(paths), PAGE):
            chunk = list(paths[start : start + PAGE])
            self._tried(partial(self._client.storage.from_(bucket).remove, chunk))

    def object_names(self, bucket: str, folder: str) -> list[str]:
        """The names of the objects directly in a folder of a bucket, sorted."""
        return [found.name for found in self.objects(bucket, folder)]

    def objects(self, bucket: str, folder: str) -> list[StoredObject]:
        """The objects directly in a folder of a bucket, sorted by name."""
        found: list[StoredObject] = []
        seen = 0
        while True:
            search: Any = {"limit": PAGE, "offset": seen, "sortBy": {"column": "name", "order": "asc"}}
            page = self._tried(partial(self._client.storage.from_(bucket).list, folder, search))
            # A hosted project names objects within the folder and lists sub-folders too, without an id; the embedded
            # one gives whole paths, of everything below.
            entries = [_stored_object(entry, folder) for entry in page if entry.get("id")]
            found += [entry for entry in entries if "/" not in entry.name]
            seen += len(page)
            if len(page) < PAGE:
                return sorted(found, key=lambda entry: entry.name)

    def _streamed(self, bucket: str, path: str, take: Callable[[bytes], object]) -> str:
        digest = hashlib.sha256()
        address = f"{self._storage}/object/{bucket}/{quote(path)}"
        with self._http.stream("GET", address, headers=self._apikey | {"accept-encoding": "identity"}) as answer:
            if answer.is_error:
                answer.read()
                raise _storage_error_of(answer)
            for piece in answer.iter_bytes():
                digest.update(piece)
                take(piece)
        return digest.hexdigest()

    def _page(self, table: str, columns: str, key: str, where: Mapping[str, Any], after: Any) -> list[dict[str, Any]]:
        query = self._client.table(table).select(columns).order(key).limit(PAGE)
        for column, value in where.items():
            query = query.eq(column, value)
        if after is not None:
            query = query.gt(key, after)
        data: Any = query.execute().data
        return list(data)

    def _tried(self, call: Callable[[], T]) -> T:
        retrying = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=wait_random_exponential(multiplier=0.1, max=2.0),
            retry=retry_if_exception_type(ProjectUnreachable),
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                return _translated(call)
        raise AssertionError("tenacity either returns or raises")


def _stored_object(entry: Mapping[str, Any], folder: str) -> StoredObject:
    size = (entry.get("metadata") or {}).get("size")
    written = entry.get("updated_at") or entry.get("created_at")
    return StoredObject(
        name=str(entry["name"]).removeprefix(f"{folder}/"),
        size=size if isinstance(size, int) else None,
        written_at=datetime.fromisoformat(str(written)) if written else None,
    )


def _translated(call: Callable[[], T]) -> T:
    try:
        return call()
    except httpx.TransportError as error:
        raise ProjectUnreachable("The Supabase project did not answer.") from error
    except APIError as error:
        raise _from_api_error(error) from error
    except StorageApiError as error:
        raise _from_storage_error(error) from error
    except httpx.HTTPStatusError as error:
        raise _by_status(error.response.status_code) from error
    except json.JSONDecodeError as error:
        raise ProjectUnreachable("The Supabase project answered with something that is no JSON.") from error
    except ValueError as error:
        # A number that Python refuses to read, say: asking again gives the same, and its row must fail alone.
        raise ProjectRefused("The Supabase project answered with something unreadable.") from error


def _from_api_error(error: APIError) -> ProjectError:
    code = str(error.code or "")
    if code.isdigit() and len(code) == 3:
        return _by_status(int(code))
    if code in _TRANSIENT_CODES:
        return ProjectUnreachable("The Supabase project's database is not available.")
    return ProjectRefused(
        f"The database refused the request ({code or 'no code'}).", database_code=code, hint=str(error.message or "")
    )


def _storage_error_of(answer: httpx.Response) -> StorageApiError:
    # Storage answers 400 to much, and says in the body what it means.
    try:
        body = answer.json()
        return StorageApiError(str(body["message"]), str(body["error"]), str(body["statusCode"]))
    except (KeyError, TypeError, ValueError):
        return StorageApiError("", "", answer.status_code)


def _from_storage_error(error: StorageApiError) -> ProjectError:
    status, code = int(error.status) if str(error.status).isdigit() else 0, str(error.code).lower()
    if status == 404 or code in {"nosuchkey", "not_found", "notfound"}:
        return ObjectMissing("An object is not in its bucket.")
    if status == 409 or code in {"duplicate", "keyalreadyexists", "resourcealreadyexists"}:
        return ObjectExists("There is an object at this path already.")
    return _by_status(status)


def _by_status(status: int) -> ProjectError:
    if _passes_by_itself(status):
        what = "is paused" if status == _PAUSED else "did not answer in its own words"
        return ProjectUnreachable(f"The Supabase project {what} (status {status}).")
    if status == HTTPStatus.NOT_FOUND:
        return ObjectMissing("The object or the route does not exist.")
    what = "leads elsewhere" if 300 <= status < 400 else _REFUSALS.get(status, "refused the request")
    return ProjectRefused(f"The Supabase project {what} (status {status}).", database_code=str(status))


def _passes_by_itself(status: int) -> bool:
    # The proxies before a project have numbers of their own, up to 599; of all only a 501 stays what it is.
    return status in _TRANSIENT_STATUS or (status >= 500 and status != HTTPStatus.NOT_IMPLEMENTED)
