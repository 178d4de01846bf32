"""How things stand: what waits, what is in the dataset, what was left out and why, what still has to go."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from speechgrade_shared.command_line import console, print_json
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import Split

Explain = Callable[[str], str]


def stats(project: SupabaseProject, explain: Explain, *, as_json: bool) -> None:
    """Print how things stand; ``explain`` gives the plain sentence of a reason's code."""
    state = project.rpc("exporter_state")
    if as_json:
        print_json(state)
    else:
        show_state(state, explain, console)


def show_state(state: Mapping[str, Any], explain: Explain, to: Console) -> None:
    """Three small tables: how things stand, the splits, and the reasons; each at home in 80 columns."""
    standing = _table("", "", header=False)
    for name, value in _standing(state):
        standing.add_row(name, value)
    to.print(standing)
    if state["included"]:
        to.print(_splits(state["included"]))
    if state["excluded"]:
        to.print(_reasons(state["excluded"], explain))


def _standing(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    queue, dataset, erasures = state["queue"], state["dataset"], state["erasures"]
    yield "queue", f"{queue['open']} open, {queue['leased']} leased, {queue['dead']} dead"
    if dataset:
        yield "dataset", f"{dataset['digest'][:16]}…, {dataset['examples']} examples of {dataset['subjects']} people"
        yield "published", f"{datetime.fromisoformat(dataset['published_at']):%Y-%m-%d %H:%M:%S %Z}"
    else:
        yield "dataset", "none is published"
    yield "withdrawals", f"{erasures['pending'] or 'none'} waiting for objects to be deleted"
    yield "tainted adapters", ", ".join(state["tainted"]) or "none"


def _splits(included: Mapping[str, Mapping[str, int]]) -> Table:
    table = _table("split", "examples", "persons")
    for split in (str(split) for split in Split):
        counts = included.get(split, {"examples": 0, "persons": 0})
        table.add_row(split, f"{counts['examples']:,}", f"{counts['persons']:,}")
    everything = (sum(part[what] for part in included.values()) for what in ("examples", "persons"))
    table.add_section()
    table.add_row("together", *(f"{count:,}" for count in everything))
    return table


def _reasons(excluded: Mapping[str, int], explain: Explain) -> Table:
    table = Table("left out because", "rows")
    table.columns[1].justify = "right"
    for code, count in sorted(excluded.items(), key=lambda item: (-item[1], item[0])):
        sentence = explain(code)
        table.add_row(f"[bold]{code}[/]\n{sentence}" if sentence else code, f"{count:,}")
    return table


def _table(*columns: str, header: bool = True) -> Table:
    table = Table(*columns, show_header=header)
    for column in table.columns[1:] if header else ():
        column.justify = "right"
    return table
