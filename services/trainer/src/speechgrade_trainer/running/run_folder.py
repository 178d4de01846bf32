"""The folder of a run: what must outlive the process that trains, and the lock that says whether one lives.

``run.json`` is replaced as a whole, so that a kill at any moment leaves a readable one.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from speechgrade_trainer.errors import AdapterInvalid, RunBusy

RUN_FILE = "run.json"
_LOCK_FILE = "lock"


class RunState(BaseModel):
    """How far a run is, and what its next attempt must not decide anew."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run_id: str
    dataset: str
    fingerprint: str = ""
    stage: Literal["begun", "trained", "packaged"] = "begun"
    batch_size: int | None = None
    gradient_accumulation: int | None = None
    """These two differ from the recipe's after the device ran out of memory."""
    loss_before: float | None = None
    trained: dict[str, Any] | None = None
    seconds: float = 0.0
    """That earlier attempts spent on training."""


class RunFolder:
    """The files of one run on this machine. Processes that only train along read them, and it is not theirs."""

    def __init__(self, path: Path, *, is_mine: bool = True) -> None:
        self.path, self.is_mine = path, is_mine

    @property
    def adapter(self) -> Path:
        return self.path / "adapter"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def begin(self, state: RunState) -> RunState:
        """Make the folder, or find what an earlier attempt left in it."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return self.state()
        except AdapterInvalid:
            return self.keep(state)

    def state(self) -> RunState:
        """What ``run.json`` says.

        Raises:
            AdapterInvalid: the folder is not that of a run.
        """
        try:
            return RunState.model_validate_json((self.path / RUN_FILE).read_bytes())
        except (OSError, ValidationError) as error:
            raise AdapterInvalid(f"{self.path} is not the folder of a run.") from error

    def keep(self, state: RunState) -> RunState:
        """Replace ``run.json``."""
        fresh = self.path / f".{RUN_FILE}"
        with fresh.open("w", encoding="utf-8") as out:
            out.write(state.model_dump_json(indent=2))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.path / RUN_FILE)
        return state

    def update(self, **changes: Any) -> RunState:
        """Change some fields of ``run.json``."""
        state = self.state().model_copy(update=changes)
        return self.keep(state) if self.is_mine else state

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run; the kernel lets go of it when the process dies, however it dies.

        Raises:
            RunBusy: another process on this machine holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path / _LOCK_FILE).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RunBusy("Another process on this machine is at this run.") from error
            yield

    def is_held(self) -> bool:
        """Whether a living process on this machine has the run."""
        try:
            with self.locked():
                return False
        except RunBusy:
            return True


def dead_runs(runs_dir: Path, fingerprint: str) -> list[str]:
    """The runs of a fingerprint that began on this machine and have no living process any more."""
    dead = []
    for path in sorted(runs_dir.glob(f"*/{RUN_FILE}")):
        folder = RunFolder(path.parent)
        try:
            state = folder.state()
        except AdapterInvalid:
            continue
        if state.fingerprint == fingerprint and not folder.is_held():
            dead.append(state.run_id)
    return dead
