"""From the hub into its cache: file by file, going on where an earlier try stopped, each proved before it has a name.

The hub's own downloads begin a file anew after an interruption, and a file of a 7B base is five gigabytes. So a file is
written to ``blobs/NAME.part``, which the next try goes on with. The snapshot is made when everything is there: a loader
finds all of it or nothing.
"""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from speechgrade_trainer.errors import DiskFull, HubFailed, HubOffline, Interrupted, WeightsInvalid, WeightsMissing
from speechgrade_trainer.offline import keep_libraries_offline, let_libraries_reach_the_hub
from speechgrade_trainer.weights.content import Advance, Content, is_digest, read_content
from speechgrade_trainer.weights.layout import Place, is_commit
from speechgrade_trainer.weights.placing import free_room, on_medium, only_writer, settle
from speechgrade_trainer.weights.progress import counting
from speechgrade_trainer.weights.record import Record, RecordedFile
from speechgrade_trainer.weights.selection import INDEX, missing, needed
from speechgrade_trainer.weights.settings import WeightsSettings
from speechgrade_trainer.weights.verifying import Weights

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True, slots=True)
class _Announced:
    """A file as the hub lists it; ``blob``: the digest that it is named by."""

    bytes: int
    blob: str

    def is_what(self, content: Content) -> bool:
        return content.bytes == self.bytes and content.is_named(self.blob)


def fetch(settings: WeightsSettings) -> Weights:
    """Bring the base into the cache, and write its record. What is there and intact is only read.

    Raises:
        HubOffline: ``HF_HUB_OFFLINE`` is set; nothing was asked.
        HubFailed: ``hub_unreachable``, ``hub_refused``, or ``weights_corrupt``; what has arrived is kept.
        WeightsInvalid: ``weights_incomplete``: the repository has no such weights.
        Interrupted: the same command goes on.
    """
    place = settings.place()
    if settings.is_hub_offline:
        raise HubOffline(
            "HF_HUB_OFFLINE is set, so nothing is fetched. Unset it for this command, or bring the files: "
            "speechgrade-trainer weights import FOLDER."
        )
    if place.revision == "content":
        raise WeightsMissing(
            f"{place.model} is named by its content, not by a commit of the hub. Bring its folder: "
            "speechgrade-trainer weights import FOLDER --model ID --revision content."
        )
    keep_libraries_offline()
    let_libraries_reach_the_hub()
    try:
        with only_writer(place), on_medium(place.cache):
            return _fetched(_Hub.of(settings), place)
    except KeyboardInterrupt as error:
        raise Interrupted("What has arrived is kept; the same command goes on.") from error


def _fetched(hub: "_Hub", place: Place) -> Weights:
    commit = place.revision if is_commit(place.revision) else hub.commit(place)
    files = hub.files(place, commit)
    _refuse_incomplete(place, missing(files, None))
    place.blobs.mkdir(parents=True, exist_ok=True)
    # Before the first file, not in the middle of the last.
    free_room(place, sum(file.bytes - _bytes_there(place, file) for file in files.values()))
    total = sum(file.bytes for file in files.values())
    recorded: dict[str, RecordedFile] = {}
    with counting("fetching", total) as advance:
        for name, file in files.items():
            content = _present(place, file, advance) or hub.bring(place, commit, name, file, advance)
            recorded[name] = RecordedFile(bytes=content.bytes, sha256=content.sha256)
    index = (place.blobs / files[INDEX].blob).read_bytes() if INDEX in files else None
    _refuse_incomplete(place, missing(files, index))
    record = Record.of(place.model, commit, commit, recorded)
    folder = place.lay_out(commit, {name: file.blob for name, file in files.items()})
    record.write(folder)
    return Weights(folder, record)


def _bytes_there(place: Place, file: _Announced) -> int:
    parts = (place.blobs / file.blob, place.blobs / f"{file.blob}.part")
    return min(file.bytes, max((part.stat().st_size for part in parts if part.is_file()), default=0))


def _present(place: Place, file: _Announced, advance: Advance) -> Content | None:
    blob = place.blobs / file.blob
    if not blob.is_file():
        return None
    content = read_content(blob, advance)
    if file.is_what(content):
        return content
    advance(-content.bytes)
    blob.unlink()
    return None


def _refuse_incomplete(place: Place, lacking: list[str]) -> None:
    if lacking:
        raise WeightsInvalid(
            f"{place.model} at {place.revision} has no {', '.join(lacking)}: it is no base that can be loaded.",
            code="weights_incomplete",
        )


class _Hub:
    """The few things that the hub is asked."""

    def __init__(self, api: "HfApi", token: str | None) -> None:
        self._api, self._token = api, token

    @classmethod
    def of(cls, settings: WeightsSettings) -> Self:
        from huggingface_hub import HfApi

        token = None if settings.hf_token is None else settings.hf_token.get_secret_value()
        return cls(HfApi(token=token), token)

    def commit(self, place: Place) -> str:
        """What a branch or a tag stands for now."""
        with _said_plainly(place):
            sha = self._api.model_info(place.model, revision=place.revision).sha
        return str(sha)

    def files(self, place: Place, commit: str) -> Mapping[str, _Announced]:
        """What the base consists of, as the hub lists it."""
        from huggingface_hub.hf_api import RepoFile

        with _said_plainly(place):
            entries = list(self._api.list_repo_tree(place.model, revision=commit))
        listed = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
        return {name: _announced(listed[name]) for name in needed(listed)}

    def bring(self, place: Place, commit: str, name: str, file: _Announced, advance: Advance) -> Content:
        """Download one file, or the rest of it, and prove it."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils._headers import build_hf_headers

        part = place.blobs / f"{file.blob}.part"
        done = part.stat().st_size if part.is_file() else 0
        if done > file.bytes:
            part.unlink()
            done = 0
        free_room(place, file.bytes - done)
        advance(done)
        with _said_plainly(place, name, part), part.open("ab") as out:
            url = hf_hub_url(place.model, name, revision=commit)
            http_get(
                url,
                out,
                resume_size=done,
                headers=build_hf_headers(token=self._token),
                expected_size=file.bytes,
                tqdm_class=_bar(advance),
            )
        content = read_content(part, lambda _count: None)
        if not file.is_what(content):
            part.unlink()
            raise _corrupt(name)
        settle(part, place.blobs / file.blob)
        return content


def _announced(entry: Any) -> _Announced:
    size, blob = (entry.size, entry.blob_id) if entry.lfs is None else (entry.lfs.size, entry.lfs.sha256)
    if not is_digest(blob):
        raise HubFailed(f"The hub names {entry.path} by no digest: it cannot be verified.", code="weights_corrupt")
    return _Announced(size, blob)


def _bar(advance: Advance) -> Any:
    class Bytes:
        """What the hub's library tells its progress to."""

        def __init__(self, **_named: Any) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_error: object) -> None: ...

        def update(self, count: float | None = 1) -> None:
            advance(int(count or 0))

    return Bytes


@contextmanager
def _said_plainly(place: Place, name: str = "", part: Path | None = None) -> Iterator[None]:
    from httpx2 import HTTPError
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    which = f"{place.model} at {place.revision}"
    try:
        yield
    except GatedRepoError as error:
        raise _refused(f"{which}: its terms must be agreed to on the hub first; then set HF_TOKEN.") from error
    except RevisionNotFoundError as error:
        raise _refused(f"The hub has {place.model}, but no revision {place.revision}.") from error
    except RepositoryNotFoundError as error:
        raise _refused(f"The hub shows no {place.model}: check its name, and HF_TOKEN if it is private.") from error
    except (HfHubHTTPError, HTTPError) as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        how = f"answers {status}" if status else "cannot be reached"
        raise HubFailed(
            f"The hub {how} ({which}{f', {name}' if name else ''}). What has arrived is kept; the same command goes on."
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("The disk of the cache is full. Free some room; the same command goes on.") from error
        if error.errno is not None or part is None:
            raise
        # The library's own check of the size.
        part.unlink(missing_ok=True)
        raise _corrupt(name) from error


def _refused(text: str) -> HubFailed:
    return HubFailed(text, code="hub_refused")


def _corrupt(name: str) -> HubFailed:
    return HubFailed(
        f"{name} arrived other than the hub had announced it, and is thrown away. The same command fetches it again; "
        "if it stays so, something on the way alters files.",
        code="weights_corrupt",
    )
