"""The bench's results in the terminal."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

NOT_A_GPU = (
    "There is no GPU here: these are a few thousand weights on a CPU, through the same code. "
    "They say nothing about speed or memory on a GPU."
)
_VERDICTS = {True: "met", False: "not met", None: "not measured"}


def print_results(result: dict[str, Any], console: Console) -> None:
    """Every case and variant, then the targets, then what was lacking on this machine."""
    if result["says_nothing_about_a_gpu"]:
        console.print(f"[bold yellow]{NOT_A_GPU}[/]")
    console.print(f"{result['device']}, {result['weights']:,} weights; real tokens, without padding")
    console.print(_speeds(result["summary"]))
    console.print(_targets(result["targets"], is_tiny=result["says_nothing_about_a_gpu"]))
    for remark in result["remarks"]:
        console.print(f"- {remark}")


def _speeds(rows: Sequence[dict[str, Any]]) -> Table:
    heads = ("case", "script", "batch", "tokens/s", "ours ×", "MFU 4N", "MFU 6N", "peak GB", "padding", "")
    table = Table(*heads)
    for row in rows:
        ratio = row["ours_is_times_as_fast"]
        table.add_row(
            row["case"],
            row["variant"],
            _number(row["batch"], "d"),
            _number(row["tokens_per_s"], ",.0f"),
            _number(ratio, ".2f"),
            _number(row["mfu"], ".1%"),
            _number(row["mfu_six_n"], ".1%"),
            _number(row["peak_memory_bytes"], ".2f", 1e9),
            _number(row["padding_share"], ".0%"),
            row["error"] or "",
        )
    return table


def _targets(rows: Sequence[dict[str, Any]], *, is_tiny: bool) -> Table:
    table = Table("target", "wanted", "measured", "")
    for row in rows:
        verdict = "not on a GPU" if is_tiny else _VERDICTS[row["met"]]
        table.add_row(row["target"], f"{row['wanted']:,g}", _number(row["measured"], ",.3g"), verdict)
    return table


def _number(value: float | None, form: str, unit: float = 1) -> str:
    if value is None:
        return "–"
    return format(value if unit == 1 else value / unit, form)
