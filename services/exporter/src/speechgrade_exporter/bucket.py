"""Objects of the dataset in Storage: written once, read back before anything names them, and deleted for certain."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import ObjectMissing
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter import metrics
from speechgrade_exporter.errors import ErasureIncomplete, ObjectUnverified


class DatasetBucket:
    """The bucket that datasets are published in. Paths are content-addressed, so an object never changes."""

    def __init__(self, project: SupabaseProject, name: str) -> None:
        self._project = project
        self._name = name

    def present(self, folders: Iterable[str]) -> set[str]:
        """The paths of all objects directly in these folders."""
        return {f"{folder}/{name}" for folder in folders for name in self._project.object_names(self._name, folder)}

    def write(self, path: str, content: bytes, content_type: str) -> None:
        """Store an object and read it back.

        Raises:
            ObjectUnverified: it does not read back as it was written.
        """
        self._project.upload(self._name, path, content, content_type)
        try:
            read = self._project.download(self._name, path)
        except ObjectMissing as error:
            raise ObjectUnverified(f"The object {path} cannot be read back.") from error
        if sha256_hex(read) != sha256_hex(content):
            raise ObjectUnverified(f"The object {path} does not read back as it was written.")
        metrics.UPLOADED.inc(len(content))

    def write_missing(self, objects: Mapping[str, tuple[bytes, str]]) -> int:
        """Store those that are not there yet; returns how many that were."""
        folders = sorted({str(PurePosixPath(path).parent) for path in objects})
        missing = sorted(objects.keys() - self.present(folders))
        for path in missing:
            content, content_type = objects[path]
            self.write(path, content, content_type)
        return len(missing)

    def erase(self, paths: Iterable[str]) -> None:
        """Delete objects and make sure that they are gone.

        Raises:
            ErasureIncomplete: at least one is still listed.
        """
        wanted = set(paths)
        if not wanted:
            return
        self._project.remove(self._name, sorted(wanted))
        left = wanted & self.present(sorted({str(PurePosixPath(path).parent) for path in wanted}))
        if left:
            raise ErasureIncomplete(f"{len(left)} objects are still in the bucket.")
