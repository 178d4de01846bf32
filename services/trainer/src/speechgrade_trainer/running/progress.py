"""Progress of a training, in the terminal and in the run's events."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from speechgrade_shared.command_line import console

from speechgrade_trainer.running.interruption import Interruption
from speechgrade_trainer.running.run_log import RunLog

_TRAINING_SHARE = 0.85
"""The part of a run's progress that the training itself is; the rest is evaluating and uploading."""


@dataclass
class Watch:
    """One bar in the terminal, and the run's log where there is one."""

    bar: Progress
    task: TaskID
    log: RunLog | None
    interruption: Interruption = field(default_factory=Interruption)
    _began: tuple[float, int] = (0.0, 0)

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin something new: the bar starts again."""
        self.interruption.check()
        self.bar.reset(self.task, description=name, total=total, said="")

    def advance(self, done: int, said: str = "") -> None:
        self.bar.update(self.task, completed=done, said=said)

    def note(self, text: str) -> None:
        """Something that the operator should know, above the bar."""
        self.bar.console.print(f"  {text}")

    def say(self, kind: str, payload: Mapping[str, Any], progress: float | None = None) -> None:
        if self.log is not None:
            self.log.say(kind, payload, progress)

    def training(self, done: int, total: int) -> None:
        """The steps begin, or go on after ``done`` of them."""
        self._began = (time.monotonic(), done)
        self.bar.reset(self.task, description="training", total=total, completed=done, said="")

    def step(self, done: int, total: int, loss: float, rate: float, **facts: float) -> None:
        """An optimizer step was taken."""
        since, first = self._began
        left_s = (time.monotonic() - since) / max(done - first, 1) * (total - done)
        self.advance(done, f"loss {loss:.4f}")
        if self.log is not None:
            payload = {"step": done, "steps": total, "loss": loss, "learning_rate": rate, "eta_s": round(left_s, 1)}
            self.log.say_step(payload | facts, _TRAINING_SHARE * done / max(total, 1))

    def alive(self, kind: str) -> None:
        """Something long goes on without a number to show: a silent run would be taken for a dead one."""
        if self.log is not None:
            self.log.say_step({}, kind=kind)

    def answered(self, who: str, done: int, total: int) -> None:
        """Some of the test split's speeches were answered."""
        self.interruption.check()
        self.advance(done, who)
        if self.log is not None:
            self.log.say_step({"who": who, "done": done, "speeches": total}, kind="answering")

    def evaluated(self, epoch: float, loss: float) -> None:
        """The validation loss was measured."""
        when = f"after epoch {epoch:g}" if epoch else "before training"
        self.note(f"validation loss {loss:.4f} {when}")
        self.say("evaluated", {"epoch": epoch, "validation_loss": loss})


@contextmanager
def watching(log: RunLog | None, interruption: Interruption | None = None, *, silent: bool = False) -> Iterator[Watch]:
    """Show a bar with the time that is left for as long as the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}"),
    )
    where = Console(stderr=True, quiet=True) if silent else console
    with Progress(*columns, console=where, transient=True) as bar:
        yield Watch(bar, bar.add_task("preparing", total=None, said=""), log, interruption or Interruption())
