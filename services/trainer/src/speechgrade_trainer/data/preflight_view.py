"""A preflight in the terminal, readable at 80 columns. It shows numbers and names of criteria, never a speech."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from speechgrade_shared.subject import Split

from speechgrade_trainer.data.cost import Cost
from speechgrade_trainer.data.preflight import Preflight
from speechgrade_trainer.data.score_spread import ScoreSpread
from speechgrade_trainer.training.batch_plan import BatchPlan

_BARS = " ▁▂▃▄▅▆▇█"
_WIDEST_BAR = 24


def show(preflight: Preflight, console: Console) -> None:
    """Print everything that is known before the training, the problems last so that they are seen."""
    console.print(_examples(preflight), "")
    if preflight.lengths.get(Split.TRAIN.value):
        console.print(_histogram(preflight.lengths[Split.TRAIN.value]["buckets"]), "")
    console.print(_scores(preflight.spreads), "")
    console.print(_plan(preflight))
    if preflight.cost is not None:
        console.print(_cost(preflight.cost))
    for warning in preflight.warnings:
        console.print(f"[yellow]warning[/] {escape(warning.text)} [dim]({warning.code})[/]")
    for problem in preflight.problems:
        console.print(f"[red]problem[/] {escape(problem.text)} [dim]({problem.code})[/]")
    if not preflight.problems:
        console.print("[green]Nothing forbids this training.[/]")


def _examples(preflight: Preflight) -> Table:
    table = _table("Examples, and their lengths in tokens", "split")
    names = ("people", "examples", "median", "p95", "longest", "shortened", "left out")
    for name in names:
        table.add_column(name, justify="right")
    people = preflight.data.subjects()
    for split in Split:
        lengths = preflight.lengths.get(split.value, {})
        fitted = preflight.fitted[split]
        counts = (len(fitted.shortened), len(fitted.excluded))
        shown = [people[split.value], len(fitted.examples), *(lengths.get(name, "–") for name in names[2:5]), *counts]
        table.add_row(split.value, *map(_counted, shown))
    return table


def _histogram(buckets: Mapping[str, int]) -> Table:
    table = _table("Lengths in train", "up to")
    table.columns[0].justify = "right"
    table.add_column("examples", justify="right")
    table.add_column("")
    most = max(buckets.values())
    for edge, count in buckets.items():
        table.add_row(f"{int(edge):,}", f"{count:,}", "█" * max(round(_WIDEST_BAR * count / most), bool(count)))
    return table


def _scores(spreads: Mapping[str, Mapping[str, ScoreSpread]]) -> Table:
    table = _table("Points by criterion", "criterion")
    table.columns[0].overflow = "fold"
    for split in Split:
        table.add_column(f"{split}\nmean ± sd", justify="right", no_wrap=True)
    table.add_column("train\nlow to high", no_wrap=True)
    table.add_column("max", justify="right")
    for place in dict.fromkeys(place for split in Split for place in spreads[split.value]):
        found = [spreads[split.value].get(place) for split in Split]
        maximum = next(spread.maximum for spread in found if spread is not None)
        numbers = ["–" if spread is None else f"{spread.mean:.1f} ± {spread.sd:.1f}" for spread in found]
        table.add_row(escape(place), *numbers, _sparkline(found[0]), f"{maximum:g}")
    return table


def _plan(preflight: Preflight) -> str:
    tokens = preflight.lengths.get(Split.TRAIN.value, {}).get("tokens", 0)
    return (
        f"{preflight.steps:,} optimizer steps of {_step(preflight.plan)}, {tokens:,} tokens per epoch, "
        f"{preflight.padding:.0%} of each batch is padding."
    )


def _step(plan: BatchPlan) -> str:
    rows = f"{plan.effective} rows"
    return rows if plan.processes == 1 else f"{rows} on {plan.processes} devices"


def _cost(cost: Cost) -> str:
    parts = ", ".join(f"{name} {size / 1e9:.1f}" for name, size in cost.memory.items())
    return (
        f"About {_duration(cost.hours)} at {escape(cost.assumption)}, without the test split.\n"
        f"About {cost.peak_memory / 1e9:.1f} of {cost.available / 1e9:.1f} GB at the peak ({parts})."
    )


def _sparkline(spread: ScoreSpread | None) -> str:
    """How often each number of points was given, in ten steps from none to the maximum."""
    if spread is None or not spread.maximum:
        return ""
    bins = [0] * min(10, round(spread.maximum) + 1)
    for points, count in spread.counts.items():
        bins[min(round(points / spread.maximum * (len(bins) - 1)), len(bins) - 1)] += count
    most = max(bins)
    return "".join(_BARS[max(round(8 * count / most), bool(count))] for count in bins)


def _duration(hours: float) -> str:
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} seconds"
    return f"{hours * 60:.0f} minutes" if hours < 2 else f"{hours:.1f} hours"


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(first)
    return table


def _counted(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)
