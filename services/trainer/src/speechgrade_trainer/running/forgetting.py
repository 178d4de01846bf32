"""What this machine and Storage keep of runs whose teachers have withdrawn is deleted before anything else is done."""

import shutil

from speechgrade_shared.command_line import console
from speechgrade_shared.forgotten_runs import forget_checkpoints
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.running.run_folder import RUN_FILE, RunFolder
from speechgrade_trainer.settings import TrainerSettings


def forget_withdrawn(settings: TrainerSettings, project: SupabaseProject) -> int:
    """Delete stored checkpoints without use, and the folders of runs that learned from people who have withdrawn.

    Reports and predictions quote speeches. Returns how many folders of this machine went.
    """
    forget_checkpoints(project, settings.checkpoint_bucket)
    _forget_evaluations(settings, project)
    folders = {path.parent.name: path.parent for path in settings.runs_dir.glob(f"*/{RUN_FILE}")}
    if not folders:
        return 0
    withdrawn = [str(run) for run in project.rpc("runs_of_withdrawn", {"p_runs": sorted(folders)})]
    gone = [folders[run] for run in withdrawn if run in folders and not RunFolder(folders[run]).is_held()]
    for folder in gone:
        shutil.rmtree(folder)
    if gone:
        console.print(
            f"{len(gone)} earlier runs learned from people who have withdrawn; what was kept here is deleted."
        )
    return len(gone)


def _forget_evaluations(settings: TrainerSettings, project: SupabaseProject) -> None:
    # Their predictions and reports quote the test split of a dataset, whose digest ends the folder's name.
    folders = [path for path in (settings.work_dir / "evaluations").glob("*-*") if path.is_dir()]
    if not folders:
        return
    rows = {str(row["digest"]): row["status"] for row in project.rows("datasets", "digest,status", key="digest")}
    for folder in folders:
        digest = next((known for known in rows if known.startswith(folder.name.rpartition("-")[2])), None)
        is_gone = digest is None or rows[digest] == "erased"
        if is_gone or project.rpc("members_without_consent", {"p_dataset_digest": digest}):
            shutil.rmtree(folder)
