"""What the demo did, for a person in a table and for a program in ``summary.json``."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_RIVALS = {
    "adapter": "adapter",
    "predict_mean": "predict the mean",
    "best_constant": "best constant",
    "base": "base without adapter",
}


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Write the summary where a program finds it."""
    path.write_text(json.dumps(summary, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")


def print_summary(console: Console, summary: dict[str, Any]) -> None:
    """The same as a short table."""
    table = Table(title="What happened", show_header=False, title_justify="left", pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _lines(summary):
        table.add_row(name, value)
    console.print(table)


def _points(error: float | None) -> str:
    return "no valid answer from" if error is None else f"{error:.2f}"


def _lines(summary: dict[str, Any]) -> list[tuple[str, str]]:
    export, data, run = summary["export"], summary["dataset"], summary["training"]
    gone, scored = summary["withdrawal"], summary["scored"]
    return [
        ("Evaluations", f"{export['evaluations']}, of which {export['consented']} with live consent"),
        ("Exported", f"{export['exported']} examples of {data['subjects']} people"),
        ("Excluded", ", ".join(f"{reason} {count}" for reason, count in export["excluded"].items())),
        ("Train / validation / test", f"{data['train']} / {data['validation']} / {data['test']}"),
        ("Validation loss", f"{run['loss_before']:.4f} before, {run['loss_after']:.4f} after"),
        (
            "Test error (points)",
            ", ".join(f"{_points(run['mae'][name])} {shown}" for name, shown in _RIVALS.items()),
        ),
        (
            "Scored",
            f"{scored['count']} new speeches, on average {scored['points_off']:.2f} points off the instructor's",
        ),
        ("model_used", summary["model_used"]),
        ("vLLM serves", ", ".join(summary["engine_models"])),
        (
            "Consent withdrawn",
            f"dataset {gone['examples_before']} → {gone['examples_after']} examples, "
            f"{gone['objects_erased']} objects erased, adapter {gone['adapter_status']}, "
            f"scoring answers {gone['scoring_answers']}",
        ),
        ("Evaluation report", summary["report"]),
        ("Took", f"{summary['seconds']:.0f} s"),
    ]
