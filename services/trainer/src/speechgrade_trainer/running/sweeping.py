"""``sweep``: a training machine on which no trainer starts again still learns of every withdrawal.

Only the project knows who has withdrawn. While it does not answer nothing can be said of what this machine keeps, so
that is said instead, with the time of the last sweep that was complete.
"""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import structlog
from speechgrade_shared.command_line import console
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.running.forgetting import Forgotten, forget_withdrawn
from speechgrade_trainer.settings import TrainerSettings

log = structlog.get_logger()
_MACHINE_FILE = "machine"
_SERVICE = "trainer-sweep"
LAST_FILE = "last-sweep.json"
"""In the work folder: replaced by every complete sweep, so its age says whether there are any."""
Pause = Callable[[float], bool]


def sweep(settings: TrainerSettings) -> Forgotten:
    """Delete what this machine keeps of people who have withdrawn.

    Raises:
        ProjectError: the project does not answer, or refuses; nothing is known, and the last complete sweep is told.
        NotForgotten: something could not be deleted.
    """
    try:
        with closing(SupabaseProject.from_settings(settings)) as project:
            done = forget_withdrawn(settings, project)
    except SpeechgradeError as error:
        last = last_sweep(settings.work_dir)
        log.error("sweep_failed", code=error.code, last_complete=last)
        console.print(
            f"The last complete sweep of this machine: {last or 'never'}. Whether it keeps anything of people who "
            "have withdrawn since is not known."
        )
        raise
    done.refuse_rest()
    _note(settings.work_dir, done)
    _beat(settings)
    return done


def sweep_until_stopped(settings: TrainerSettings, every_s: float, is_over: Pause) -> None:
    """Sweep again and again; a sweep that fails is told, and the next one comes all the same.

    Args:
        is_over: waits for so many seconds, and says whether it is time to end.
    """
    while True:
        try:
            log.info("swept", **sweep(settings).as_dict())
        except SpeechgradeError as error:
            console.print(f"[{error.code}]", error.public, markup=False)
        if is_over(every_s):
            return


def last_sweep(work_dir: Path) -> str | None:
    """When the last complete sweep ended; UTC."""
    try:
        return str(json.loads((work_dir / LAST_FILE).read_bytes())["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _beat(settings: TrainerSettings) -> None:
    """Say that this machine was swept. From then on its silence is noticed, until it keeps nothing any more."""
    ours = {settings.work_dir / name for name in (_MACHINE_FILE, LAST_FILE)}
    keeps = any(path.is_file() and path not in ours for path in settings.work_dir.rglob("*"))
    facts = {"worker": settings.worker} if keeps else None
    try:
        with closing(SupabaseProject.from_settings(settings)) as project:
            beat = {"p_service": _SERVICE, "p_worker": _machine(settings.work_dir), "p_facts": facts}
            project.rpc("beat", beat)
    except SpeechgradeError as error:
        # It was swept all the same.
        log.warning("beat_failed", code=error.code)


def _machine(work_dir: Path) -> str:
    """A name for the folder: a container has another name each time, and the folder is what is missed."""
    file = work_dir / _MACHINE_FILE
    if not file.exists():
        file.write_text(uuid4().hex, "utf-8")
    return f"{_SERVICE}-{file.read_text('utf-8').strip()[:32]}"


def _note(work_dir: Path, done: Forgotten) -> None:
    work_dir.mkdir(parents=True, exist_ok=True)
    fresh = work_dir / f".{LAST_FILE}"
    fresh.write_text(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds")} | done.as_dict()), "utf-8")
    fresh.replace(work_dir / LAST_FILE)
