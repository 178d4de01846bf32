"""A run is cancelled by its id, wherever it is trained."""

from uuid import UUID

from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import RunUnknown


def cancel_run(project: SupabaseProject, run: str, actor: str, reason: str) -> bool:
    """Let nobody go on with a run. False: it had ended already.

    Raises:
        RunUnknown: the project has no such run.
    """
    unknown = RunUnknown(f"The project has no run {run}: speechgrade-trainer runs lists them.")
    try:
        wanted = UUID(run)
    except ValueError:
        raise unknown from None
    answer = project.rpc("cancel_run", {"p_run": str(wanted), "p_actor": actor, "p_reason": reason})
    if answer == "unknown":
        raise unknown
    return bool(answer == "cancelled")
