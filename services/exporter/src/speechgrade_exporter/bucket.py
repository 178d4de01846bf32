"""Objects of the dataset in Storage: written once, read back before anything names them, and deleted for certain."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import ObjectMissing, ProjectUnreachable
from speechgrade_shared.project import StoredObject, SupabaseProject
from speechgrade_shared.subject import Split

from speechgrade_exporter import metrics
from speechgrade_exporter.errors import ErasureIncomplete, ObjectUnverified
from speechgrade_exporter.snapshots import StoredDocument

CERTIFICATES = "erasures"
_FOLDERS = (*(f"shards/{split}" for split in Split), "manifests", "cards", "pictures", "samples", CERTIFICATES)
_AT_ONCE = 4
_PROBE = StoredDocument("samples/probe.json", b"{}", "application/json")


class DatasetBucket:
    """The bucket that datasets are published in. Paths are content-addressed, so an object never changes."""

    def __init__(self, project: SupabaseProject, name: str) -> None:
        self._project = project
        self._name = name

    def listing(self, folders: Iterable[str] = _FOLDERS) -> dict[str, StoredObject]:
        """Every object of these folders by its path."""
        return {
            f"{folder}/{found.name}": found for folder in folders for found in self._project.objects(self._name, folder)
        }

    def write(self, document: StoredDocument) -> None:
        """Store an object and read it back.

        Raises:
            ObjectUnverified: it does not read back as it was written.
        """
        self._project.upload(self._name, document.path, document.content, document.content_type)
        try:
            read = self._project.download(self._name, document.path)
        except ObjectMissing as error:
            raise ObjectUnverified(f"The object {document.path} cannot be read back.") from error
        if sha256_hex(read) != sha256_hex(document.content):
            raise ObjectUnverified(f"The object {document.path} does not read back as it was written.")
        metrics.UPLOADED.inc(len(document.content))

    def write_all(self, documents: Sequence[StoredDocument]) -> int:
        """Store several, a few at a time; returns how many that were.

        Raises:
            ObjectUnverified: at least one does not read back as it was written.
        """
        if len(documents) == 1:
            self.write(documents[0])
        elif documents:
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="upload") as pool:
                list(pool.map(self.write, documents))
        return len(documents)

    def read(self, path: str) -> bytes:
        """Fetch an object.

        Raises:
            ObjectMissing: there is none.
        """
        return self._project.download(self._name, path)

    def readable(self, listed: Mapping[str, StoredObject]) -> dict[str, StoredObject]:
        """Those of a list that are really there: after a restored backup the list is older than the objects.

        Raises:
            ProjectError: nothing can be written and read at all, so that nothing is known.
        """
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="read") as pool:
            found = dict(zip(listed, pool.map(self._is_there, listed), strict=True))
        if not all(found.values()):
            self.write(_PROBE)
            self.erase([_PROBE.path])
        return {path: held for path, held in listed.items() if found[path]}

    def _is_there(self, path: str) -> bool:
        try:
            return self._project.object_sha256(self._name, path) is not None
        except ProjectUnreachable:
            # Some Storages answer 500 for an object whose file is gone.
            return False

    def erase(self, paths: Iterable[str]) -> None:
        """Delete objects and make sure that they are gone.

        Raises:
            ErasureIncomplete: at least one is still listed.
        """
        wanted = set(paths)
        if not wanted:
            return
        self._project.remove(self._name, sorted(wanted))
        left = wanted & self.listing(sorted({str(PurePosixPath(path).parent) for path in wanted})).keys()
        if left:
            raise ErasureIncomplete(f"{len(left)} objects are still in the bucket.")
