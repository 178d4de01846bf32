"""``speechgrade-local bench-trainer-quality``: where the texts are, and how the answer is shown."""

import json
from pathlib import Path

from rich.console import Console
from speechgrade_trainer.offline import keep_libraries_offline

from speechgrade_local.bench_trainer_quality.texts import read_corpus

RESULT_FILE = "bench-trainer-quality.json"
_WIDTH = 140


def run_bench(data: Path, state: Path, *, repo: Path, quick: bool, demo_base: bool, as_json: bool) -> None:
    """Measure, keep the figures as JSON, and print tables or that JSON; progress goes to standard error.

    Raises:
        DataMissing: the texts are not on this machine.
    """
    corpus = read_corpus(data)
    keep_libraries_offline()
    # After that, for the model libraries read their settings when they are imported.
    from speechgrade_local.bench_trainer_quality.measure import Plan, measure, named_document
    from speechgrade_local.bench_trainer_quality.table import criteria_table, facts, groups_table, scorers_table

    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    plan = Plan(state / "bench-trainer-quality", repo / ".cache/tiny-base", reads=not demo_base, quick=quick)
    quality = measure(corpus, plan, progress)
    text = json.dumps(named_document(quality), indent=2)
    state.mkdir(parents=True, exist_ok=True)
    (state / RESULT_FILE).write_text(text, "utf-8")
    if as_json:
        print(text)  # noqa: T201
        return
    shown = Console(width=max(Console().width, _WIDTH), highlight=False)
    test = quality.evaluation.test
    for table in (scorers_table(test, quality.expected), criteria_table(test), groups_table(test)):
        shown.print(table)
    for fact in facts(quality):
        shown.print(fact, markup=False, soft_wrap=True)
