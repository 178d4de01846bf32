"""Bytes that go by: a bar in a terminal, a line every half minute in a log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from speechgrade_shared.command_line import console

from speechgrade_trainer.weights.content import Advance

_SECONDS_BETWEEN_LINES = 30.0


@contextmanager
def counting(what: str, total: int, done: int = 0) -> Iterator[Advance]:
    """Show how many of ``total`` bytes are done, for as long as the block runs."""
    if not console.is_terminal:
        yield _Lines(what, total, done).advance
        return
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total, completed=done)

        def advance(count: int) -> None:
            bar.advance(task, count)

        yield advance


class _Lines:
    def __init__(self, what: str, total: int, done: int) -> None:
        self._what, self._total, self._done = what, total, done
        self._said = time.monotonic()

    def advance(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._said >= _SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            share = self._done / max(self._total, 1)
            console.print(f"{self._what}: {self._done / 1e9:.2f} of {self._total / 1e9:.2f} GB ({share:.0%})")
