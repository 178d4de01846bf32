"""Progress of a training, in the terminal and in the run's events."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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

from speechgrade_trainer.running.run_log import RunLog

_TRAINING_SHARE = 0.85
"""The part of a run's progress that the training itself is; the rest is evaluating and uploading."""


@dataclass
class Watch:
    """One bar in the terminal, and the run's log where there is one."""

    bar: Progress
    task: TaskID
    log: RunLog | None

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin something new: the bar starts again."""
        self.bar.reset(self.task, description=name, total=total, said="")

    def advance(self, done: int, said: str = "") -> None:
        self.bar.update(self.task, completed=done, said=said)

    def say(self, kind: str, payload: Mapping[str, Any], progress: float | None = None) -> None:
        if self.log is not None:
            self.log.say(kind, payload, progress)

    def step(self, done: int, total: int, loss: float | None) -> None:
        """An optimizer step was taken."""
        self.advance(done, "" if loss is None else f"loss {loss:.4f}")
        if self.log is not None:
            payload = {"step": done, "steps": total, "loss": loss}
            self.log.say_step(payload, _TRAINING_SHARE * done / max(total, 1))

    def alive(self, kind: str) -> None:
        """Something long goes on without a number to show: a silent run would be taken for a dead one."""
        if self.log is not None:
            self.log.say_step({}, kind=kind)

    def answered(self, who: str, done: int, total: int) -> None:
        """Some of the test split's speeches were answered."""
        self.advance(done, who)
        if self.log is not None:
            self.log.say_step({"who": who, "done": done, "speeches": total}, kind="answering")

    def evaluated(self, epoch: float, loss: float) -> None:
        """The validation loss was measured."""
        when = f"after epoch {epoch:g}" if epoch else "before training"
        console.print(f"  validation loss {loss:.4f} {when}")
        self.say("evaluated", {"epoch": epoch, "validation_loss": loss})


@contextmanager
def watching(log: RunLog | None) -> Iterator[Watch]:
    """Show a bar with the time that is left for as long as the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Watch(bar, bar.add_task("preparing", total=None, said=""), log)
