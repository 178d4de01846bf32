"""A progress bar with the time that is left, where somebody looks at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from speechgrade_shared.command_line import console
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.worker import WorkReport


@contextmanager
def queue_progress(project: SupabaseProject) -> Iterator[Callable[[WorkReport], None]]:
    """Show how far the queue is worked while the block runs; silent where standard error is no terminal."""
    if not console.is_terminal:
        yield lambda _report: None
        return
    total = int(project.rpc("queue_state")["open"])
    columns = (TextColumn("evaluations"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("evaluations", total=total or None)
        yield lambda report: bar.update(task, completed=report.claimed, total=max(total, report.claimed) or None)
