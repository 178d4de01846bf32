"""The command ``about``: what is held of a person, for whoever asks what is known of them. Ids and states, no text."""

from collections.abc import Iterator, Mapping, Sequence
from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from speechgrade_shared.command_line import Exit, console, print_json

from speechgrade_exporter.exporter import Exporter
from speechgrade_exporter.startup import start

Held = Mapping[str, Any]


def about(
    subject: Annotated[str, typer.Option(help="E-mail address, student id, enrolment id or pseudonym of a person.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what is held of a person: evaluations, datasets, adapters, withdrawals. The audit log keeps who has asked.

    For the texts: explain and speechgrade-scorer history, for each evaluation.
    """
    settings, project = start()
    held = Exporter(project, settings).about(subject, f"about by {getuser()}")
    if as_json:
        print_json(held)
    else:
        show(held, console)
    if not any(held.values()):
        raise typer.Exit(Exit.NOTHING_TO_DO)


def show(held: Held, to: Console) -> None:
    """Print it for a person."""
    if not any(held.values()):
        to.print("Nothing is held of this person.")
        return
    table = Table("what", "which", "state", "since", box=None, pad_edge=False)
    for row in _rows(held):
        table.add_row(*row)
    to.print(table)


def _rows(held: Held) -> Iterator[Sequence[str]]:
    for name, split in zip(held["pseudonyms"], [*held["splits"], *[""] * len(held["pseudonyms"])], strict=False):
        yield "person", name, split, ""
    for one in held["evaluations"]:
        scores = f", {one['scores']} scores" if one["scores"] else ""
        yield "evaluation", one["evaluation_id"], f"{one['reason'] or one['status']}{scores}", _day(one["settled_at"])
    for one in held["datasets"]:
        yield "dataset", one["digest"][:20], f"{one['status']}, {one['examples']} examples", _day(one["published_at"])
    for one in held["adapters"]:
        yield "adapter", one["name"], one["status"], _day(one["created_at"])
    for one in held["kept_out"]:
        yield "kept out", "", one["reason"], _day(one["since"])
    for one in held["withdrawals"]:
        state = "deleted" if one["completed_at"] else "being deleted"
        yield "withdrawal", one["certificate"], f"{one['reason']}, {state}", _day(one["requested_at"])


def _day(moment: str) -> str:
    return moment[:10]
