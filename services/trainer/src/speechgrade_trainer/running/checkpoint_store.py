"""Checkpoints in Storage, so that a run goes on where it was on a new machine.

The copy is made while the training goes on, from hard links, because the trainer deletes old checkpoints meanwhile. A
copy that fails costs the next machine some steps, and this run nothing. ``complete.json`` is stored last: a checkpoint
without it is not there. Objects are ``<run>/<step>.<file>``.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import structlog
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.training.checkpoints import SEAL_FILE, best_of, newest_complete, step_of

log = structlog.get_logger()


class CheckpointStore:
    """The stored checkpoints of one run."""

    def __init__(self, project: SupabaseProject, bucket: str, run_id: str, outbox: Path) -> None:
        self._project, self._bucket, self._run = project, bucket, run_id
        self._outbox = outbox
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checkpoints")
        self._newest = -1
        self._last: Future[None] | None = None

    @contextmanager
    def open(self) -> Iterator["CheckpointStore"]:
        """Finish what is being stored when the block ends; when it fails, too: that is when it is needed."""
        shutil.rmtree(self._outbox, ignore_errors=True)
        try:
            yield self
        finally:
            self._pool.shutdown(wait=True)
            shutil.rmtree(self._outbox, ignore_errors=True)

    def push(self, checkpoint: Path) -> None:
        """Store a sealed checkpoint in the background; one that waits is skipped when a newer one comes."""
        step = step_of(checkpoint)
        self._newest = step
        kept = [checkpoint]
        best = best_of(checkpoint)
        if best is not None and best != checkpoint.name:
            kept.insert(0, checkpoint.parent / best)
        links = [self._linked(one) for one in kept if one.is_dir()]
        self._last = self._pool.submit(self._store, step, links)

    def wait(self) -> None:
        """Until everything that was pushed is stored, or has failed."""
        if self._last is not None:
            self._last.result()

    def fetch(self, into: Path) -> bool:
        """Bring the stored checkpoints. False: there is none to go on from.

        Raises:
            ProjectError: the project could not be read.
        """
        names = self._project.object_names(self._bucket, self._run)
        steps = {name.partition(".")[0] for name in names if name.endswith(f".{SEAL_FILE}")}
        for step in steps:
            folder = into / f"checkpoint-{step}"
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                number, _, file = name.partition(".")
                if number == step:
                    self._project.download_to(self._bucket, f"{self._run}/{name}", folder / file)
        return newest_complete(into) is not None

    def forget(self) -> None:
        """Delete what is stored of the run; what cannot be deleted now, the next one deletes that looks."""
        try:
            names = self._project.object_names(self._bucket, self._run)
            self._project.remove(self._bucket, [f"{self._run}/{name}" for name in names])
            self._project.rpc("note_checkpoints", {"p_runs": [self._run], "p_stored": False})
        except SpeechgradeError as error:
            log.warning("checkpoints_not_forgotten", run_id=self._run, code=error.code)

    def _linked(self, checkpoint: Path) -> Path:
        folder = self._outbox / checkpoint.name
        folder.mkdir(parents=True, exist_ok=True)
        for path in checkpoint.iterdir():
            link = folder / path.name
            link.unlink(missing_ok=True)
            os.link(path, link)
        return folder

    def _store(self, step: int, folders: list[Path]) -> None:
        if step < self._newest:
            return
        try:
            self._project.rpc("note_checkpoints", {"p_runs": [self._run], "p_stored": True})
            present = set(self._project.object_names(self._bucket, self._run))
            wanted = {str(step_of(folder)) for folder in folders}
            for folder in folders:
                self._upload(folder, present)
            old = [name for name in present if name.partition(".")[0] not in wanted]
            self._project.remove(self._bucket, [f"{self._run}/{name}" for name in old])
        except (SpeechgradeError, OSError) as error:
            log.warning("checkpoint_not_stored", run_id=self._run, step=step, code=getattr(error, "code", "disk"))

    def _upload(self, folder: Path, present: set[str]) -> None:
        step = step_of(folder)
        there = {name.partition(".")[2] for name in present if name.startswith(f"{step}.")}
        if SEAL_FILE in there:
            return
        # The seal is what makes it whole, so it comes last.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == SEAL_FILE):
            object_path = f"{self._run}/{step}.{path.name}"
            if path.name in there:
                self._project.remove(self._bucket, [object_path])  # Left by a copy that was not finished.
            self._project.upload_file(self._bucket, object_path, path, "application/octet-stream")
