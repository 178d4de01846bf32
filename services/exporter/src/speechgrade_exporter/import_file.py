"""The command ``import``: what the app's own downloads hold, tied to the evaluations that they came from."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from speechgrade_shared.command_line import Exit, console, print_json

from speechgrade_exporter.evaluation_rows import Row
from speechgrade_exporter.importing import Importer, ImportReport, ItemResult
from speechgrade_exporter.item_files import read_items
from speechgrade_exporter.reasons import sentence
from speechgrade_exporter.startup import start

_SHOWN = 5


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="exported.json or train.jsonl.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look again at the evaluations that a download of the app came from, and say what was refused and why.

    A file brings nothing in by itself: the database decides about every evaluation, and an item that cannot be tied to
    one is refused. Exits with 1 if something could not be read, with 3 if nothing was tied.
    """
    settings, project = start()
    progress = Progress(console=console, disable=not console.is_terminal)
    with progress, progress.open(file, "rb", description="items") as stream:
        importer = Importer(project, settings.example_rules, partial(_watched, progress))
        report = importer.run(read_items(stream))
    if as_json:
        print_json(report.as_dict())
    else:
        show(report)
    if report.has_failures:
        raise typer.Exit(Exit.FAILED)
    if not report.enqueued:
        raise typer.Exit(Exit.NOTHING_TO_DO)


def _watched(progress: Progress, rows: Iterator[Row], total: int) -> Iterable[Row]:
    return progress.track(rows, total=total, description="evaluations")


def show(report: ImportReport) -> None:
    """Print what became of a file: how many items of each kind, why, and which."""
    table = Table("items", "outcome", "why", "which")
    for (outcome, reason), results in report.outcomes().items():
        why = f"{sentence(reason)} ({reason})" if reason else ""
        table.add_row(str(len(results)), outcome, Text(why), _numbers(results))
    console.print(table)
    differing = [result for result in report.results if result.scores_differ]
    if differing:
        console.print(
            f"The scores of {len(differing)} items are no longer those of the evaluation, which win:",
            _numbers(differing),
        )
    console.print(f"{report.enqueued} evaluations are in the queue.")


def _numbers(results: list[ItemResult]) -> str:
    shown = ", ".join(str(result.item) for result in results[:_SHOWN])
    return f"{shown}, …" if len(results) > _SHOWN else shown
