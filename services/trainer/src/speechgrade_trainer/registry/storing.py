"""An adapter's files in Storage: stored once, proved by digest, never replaced."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from speechgrade_shared.errors import ObjectExists
from speechgrade_shared.failpoints import TrainFailpoint, reach
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.resumable_upload import UploadJournal

from speechgrade_trainer.errors import AdapterInvalid, UploadFailed
from speechgrade_trainer.registry.package import MANIFEST_FILE, Package
from speechgrade_trainer.running.progress import Watch

JOURNAL_FILE = "uploads.json"
_CONTENT_TYPES = {".json": "application/json", ".md": "text/markdown", ".html": "text/html", ".jinja": "text/plain"}


def store_package(project: SupabaseProject, bucket: str, package: Package, watch: Watch) -> None:
    """Bring every file of an adapter into the bucket; what is there already is only checked.

    Raises:
        AdapterInvalid: ``object_altered``: there is something else at the path of a file.
        UploadFailed: Storage gives back something else than it got.
        ProjectError: Storage does not take it.
    """
    digests = {**package.manifest.files, MANIFEST_FILE: package.manifest.digest()}
    sizes = {name: (package.folder / name).stat().st_size for name in digests}
    watch.stage("uploading", sum(sizes.values()))
    shelf, stored = _Shelf(project, bucket, UploadJournal(package.folder.parent / JOURNAL_FILE)), 0
    # The manifest comes last: where it is, everything else is.
    for name in [*sorted(package.manifest.files), MANIFEST_FILE]:

        def progress(sent: int, before: int = stored, name: str = name) -> None:
            watch.advance(before + sent, name)
            watch.alive("uploading")

        shelf.put(f"{package.digest}/{name}", package.folder / name, digests[name], progress)
        stored += sizes[name]
        watch.advance(stored, name)
        reach(TrainFailpoint.ADAPTER_AFTER_FILE)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where the files go."""

    project: SupabaseProject
    bucket: str
    journal: UploadJournal

    def put(self, path: str, file: Path, sha256: str, progress: Callable[[int], None]) -> None:
        if self.has(path, sha256):
            return
        kind = _CONTENT_TYPES.get(file.suffix, "application/octet-stream")
        try:
            self.project.upload_file(self.bucket, path, file, kind, journal=self.journal, progress=progress)
        except ObjectExists as error:
            # Another trainer was faster, or the answer to our own upload was lost.
            if self.has(path, sha256):
                return
            raise UploadFailed("Storage says that an object exists, and does not give it back.") from error
        if self.project.object_sha256(self.bucket, path) != sha256:
            # It was made by us just now and by nobody else, so that the next try may find the place empty.
            self.project.remove(self.bucket, [path])
            raise UploadFailed(f"Storage gives back something else than was stored: {file.name}.")

    def has(self, path: str, sha256: str) -> bool:
        """Whether the file is there already; something else in its place is an error."""
        found = self.project.object_sha256(self.bucket, path)
        if found is not None and found != sha256:
            raise AdapterInvalid(
                f"In the bucket is something else than the adapter's file: {path}. It is not overwritten.",
                code="object_altered",
            )
        return found is not None
