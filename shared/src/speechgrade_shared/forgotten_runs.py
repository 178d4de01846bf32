"""Checkpoints in Storage whose run is over, or whose teachers have withdrawn, are deleted by whoever runs next."""

from speechgrade_shared.project import SupabaseProject


def forget_checkpoints(project: SupabaseProject, bucket: str) -> int:
    """Delete the stored checkpoints that have no use any more. Returns of how many runs.

    Raises:
        ProjectError: the project could not be asked, or did not delete them; nothing is said to be deleted then.
    """
    runs = [str(run) for run in project.rpc("runs_to_forget")]
    for run in runs:
        project.remove(bucket, [f"{run}/{name}" for name in project.object_names(bucket, run)])
        if not project.object_names(bucket, run):
            project.rpc("note_checkpoints", {"p_runs": [run], "p_stored": False})
    return len(runs)
