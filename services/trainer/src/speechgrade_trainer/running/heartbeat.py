"""Signs of life of a run, from a thread: the training must not wait for the network, nor the network for a step."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import RunLost
from speechgrade_trainer.running.interruption import Interruption
from speechgrade_trainer.settings import TrainerSettings

SECONDS_BETWEEN_BEATS = 15.0
_TIMEOUT_S = 5.0
_LOST = {
    "cancelled": "The run was cancelled.",
    "withdrawn": "Somebody whose speech it learns from has withdrawn. Export again, and train anew.",
    "taken_over": "Another process has gone on with this run; this one stops.",
}


def impatient_project(settings: TrainerSettings) -> SupabaseProject:
    """A connection that gives up soon: what it says can be said again later."""
    key = settings.supabase_secret_key.get_secret_value()
    return SupabaseProject(settings.supabase_url, key, timeout_s=_TIMEOUT_S, attempts=1)


@contextmanager
def beating(
    settings: TrainerSettings, run_id: str, attempt: int, interruption: Interruption, *, every_s: float | None = None
) -> Iterator[None]:
    """Give signs of life for as long as the block runs; one that is answered by anything but ``running`` stops it."""
    over = threading.Event()
    pause = SECONDS_BETWEEN_BEATS if every_s is None else every_s

    def beat() -> None:
        with closing(impatient_project(settings)) as project:
            while not over.wait(pause):
                lost = _lost(project, run_id, attempt)
                if lost is not None:
                    interruption.want(lost)
                    return

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=2 * _TIMEOUT_S)


def _lost(project: SupabaseProject, run_id: str, attempt: int) -> RunLost | None:
    try:
        status = str(project.rpc("beat_run", {"p_run": run_id, "p_attempt": attempt}))
    except SpeechgradeError:
        return None  # Not hearing from the project is no reason to stop.
    if status == "running":
        return None
    return RunLost(_LOST.get(status, "The run has ended elsewhere."), code=f"run_{status}")
