"""A progress bar with the time that is left, where somebody looks at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
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
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=max(done, total) if total else None)


@contextmanager
def queue_progress(project: SupabaseProject) -> Iterator[Callable[[WorkReport], None]]:
    """Show how far the queue is worked while the block runs."""
    total = int(project.rpc("queue_state")["open"]) if console.is_terminal else 0
    with progress_of("evaluations") as steps:
        yield lambda report: steps(report.claimed, total)
