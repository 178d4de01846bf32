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
