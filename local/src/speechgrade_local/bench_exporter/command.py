"""``speechgrade-local bench-exporter``: which sizes are measured, and how the answer is shown."""

import json
from pathlib import Path

from rich.console import Console

from speechgrade_local.bench_exporter.measure import Plan, measure
from speechgrade_local.bench_exporter.report import as_document, as_table

_QUICK = 2000
_FEWEST = 200
_WIDTH = 120


def run_bench(repo: Path, state: Path, *, rows: int, quick: bool, as_json: bool) -> None:
    """Measure, and print one table or one JSON document; progress goes to standard error."""
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    figures = measure(repo, state, Plan(sizes_up_to(_QUICK if quick else rows)), progress)
    if as_json:
        print(json.dumps(as_document(figures), indent=2))  # noqa: T201
    else:
        Console(width=max(Console().width, _WIDTH)).print(as_table(figures))


def sizes_up_to(rows: int) -> tuple[int, ...]:
    """The sizes to compare: a twentieth but not too few, a quarter, and all."""
    return tuple(sorted({min(rows, max(_FEWEST, rows // 20)), min(rows, max(_FEWEST, rows // 4)), rows}))
