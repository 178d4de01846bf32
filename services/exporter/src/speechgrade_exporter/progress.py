"""A progress bar with the time that is left, where somebody looks at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from speechgrade_shared.command_line import console
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.worker import WorkReport

Steps = Callable[[int, int], None]
"""Called with what is done and how much there is in all; the latter may grow, and 0 means that nobody knows."""


@contextmanager
def progress_of(what: str, to: Console = console) -> Iterator[Steps]:
    """Show how far something is while the block runs; silent where standard error is no terminal."""
    if not to.is_terminal:
        yield lambda _done, _total: None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=to, transient=True) as bar:
        tasks: list[TaskID] = []

        def step(done: int, total: int) -> None:
            # What has not begun shows no bar.
            if not tasks:
                tasks.append(bar.add_task(what, total=None))
            bar.update(tasks[0], completed=done, total=max(done, total) if total else None)

        yield step


@contextmanager
def queue_progress(project: SupabaseProject) -> Iterator[Callable[[WorkReport], None]]:
    """Show how far the queue is worked while the block runs."""
    total = int(project.rpc("queue_state")["open"]) if console.is_terminal else 0
    with progress_of("evaluations") as steps:
        yield lambda report: steps(report.claimed, total)
