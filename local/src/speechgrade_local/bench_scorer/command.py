"""``speechgrade-local bench-scorer``: how much is measured, and how the answer is shown and kept."""

import json
import time
from pathlib import Path

from rich.console import Console

from speechgrade_local.bench_scorer.measure import QUICK, Plan, measure
from speechgrade_local.bench_scorer.report import as_document, as_table

_WIDTH = 120
_SUMMARY = "bench-scorer.json"


def run_bench(repo: Path, state: Path, *, quick: bool, as_json: bool) -> None:
    """Measure, print one table or one JSON document, keep the latter; progress goes to standard error."""
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.monotonic()
    figures = measure(repo, state, QUICK if quick else Plan(), progress)
    document = as_document(figures, is_quick=quick, seconds=time.monotonic() - began)
    summary = state / _SUMMARY
    summary.write_text(json.dumps(document, indent=2) + "\n")
    if as_json:
        print(json.dumps(document, indent=2))  # noqa: T201
        return
    Console(width=max(Console().width, _WIDTH)).print(as_table(figures))
    progress.print(f"{time.monotonic() - began:.0f} s. The same as JSON: {summary}")
