"""What this machine and Storage keep of people who have withdrawn is deleted: before a training, and by ``sweep``.

Reports and predictions quote speeches, datasets are speeches, and an adapter has learned from them. What the project
cannot answer for is not kept either, but for runs that it does not know: those may be another project's.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from speechgrade_shared.dataset_pull import forget_datasets
from speechgrade_shared.errors import DatasetUnavailable
from speechgrade_shared.forgotten_runs import forget_checkpoints
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import NotForgotten, RunBusy
from speechgrade_trainer.running.run_folder import RUN_FILE, RunFolder
from speechgrade_trainer.settings import TrainerSettings

log = structlog.get_logger()
_WITHDRAWN = frozenset({"tainted", "purged"})


@dataclass
class Forgotten:
    """How much went, by kind; and what did not."""

    checkpoints: int = 0
    """Runs whose stored checkpoints went."""
    runs: int = 0
    evaluations: int = 0
    datasets: int = 0
    adapters: int = 0
    held: int = 0
    """Runs of withdrawn people that a living process is at; it stops at its next sign of life."""
    unknown: int = 0
    """Runs that the project does not know."""
    left: list[str] = field(default_factory=list)
    """What could not be deleted, with the reason."""

    @property
    def here(self) -> int:
        """Folders of this machine that went."""
        return self.runs + self.evaluations + self.datasets + self.adapters

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def refuse_rest(self) -> None:
        """Go on only if everything is gone that had to go.

        Raises:
            NotForgotten: names what is left, and why.
        """
        if self.left:
            raise NotForgotten(
                "This could not be deleted, and is of people who have withdrawn:\n"
                + "\n".join(f"  {path}" for path in self.left)
                + "\nDelete it by hand, or give it to the user that this runs as."
            )


def forget_withdrawn(settings: TrainerSettings, project: SupabaseProject) -> Forgotten:
    """Delete stored checkpoints without use, and what this machine keeps of people who have withdrawn.

    What cannot be deleted stops nothing else from being deleted. The audit log is told what went.

    Raises:
        ProjectError: the project could not be asked; what was not asked about is still there.
    """
    done = Forgotten(checkpoints=forget_checkpoints(project, settings.checkpoint_bucket))
    done.evaluations = _delete(_withdrawn_evaluations(settings, project), done)
    done.adapters = _delete(_withdrawn_adapters(settings, project), done)
    _forget_runs(settings, project, done)
    try:
        done.datasets = forget_datasets(project, settings.datasets_dir)
    except DatasetUnavailable as error:
        done.left.append(error.public)
    gone = {kind: count for kind, count in done.as_dict().items() if kind != "left" and count}
    if gone:
        log.info("forgotten", worker=settings.worker, **gone)
    if done.here:
        project.rpc("note_machine_swept", {"p_worker": settings.worker, "p_gone": gone})
    return done


def _forget_runs(settings: TrainerSettings, project: SupabaseProject, done: Forgotten) -> None:
    folders = {path.parent.name: RunFolder(path.parent) for path in settings.runs_dir.glob(f"*/{RUN_FILE}")}
    if not folders:
        return
    known = {run for run in folders if _is_known(project, run)}
    for run in sorted(set(folders) - known):
        log.warning("run_unknown", run_id=run)
    done.unknown = len(set(folders) - known)
    for run in project.rpc("runs_of_withdrawn", {"p_runs": sorted(known)}) if known else []:
        try:
            with folders[str(run)].locked():
                done.runs += _delete([folders[str(run)].path], done)
        except RunBusy:
            done.held += 1


def _is_known(project: SupabaseProject, run: str) -> bool:
    return _is_id(run) and any(project.rows("training_runs", "id", key="id", where={"id": run}))


def _is_id(name: str) -> bool:
    try:
        return bool(UUID(name))
    except ValueError:
        return False


def _withdrawn_evaluations(settings: TrainerSettings, project: SupabaseProject) -> Iterator[Path]:
    # Their predictions and reports quote the test split of a dataset, whose digest ends the folder's name.
    folders = _folders((settings.work_dir / "evaluations").glob("*-*"))
    if not folders:
        return
    rows = {str(row["digest"]): row["status"] for row in project.rows("datasets", "digest,status", key="digest")}
    for folder in folders:
        digest = next((known for known in rows if known.startswith(folder.name.rpartition("-")[2])), None)
        is_gone = digest is None or rows[digest] == "erased"
        if is_gone or project.rpc("members_without_consent", {"p_dataset_digest": digest}):
            yield folder


def _withdrawn_adapters(settings: TrainerSettings, project: SupabaseProject) -> Iterator[Path]:
    folders = _folders(settings.adapters_dir.glob("*"))
    if not folders:
        return
    usable = {
        str(row["name"])
        for row in project.rows("adapters", "digest,name,status", key="digest")
        if row["status"] not in _WITHDRAWN
    }
    for folder in folders:
        # A download that was killed has left its draft: .NAME-0123…
        name = folder.name.removeprefix(".").rpartition("-")[0] if folder.name.startswith(".") else folder.name
        if name not in usable:
            yield folder


def _folders(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_dir())


def _delete(folders: Iterable[Path], done: Forgotten) -> int:
    gone = 0
    for folder in folders:
        try:
            with suppress(FileNotFoundError):  # Another process was faster.
                shutil.rmtree(folder)
            gone += 1
        except OSError as error:
            done.left.append(f"{folder}: {error.strerror or 'no reason given'}")
    return gone
