"""The bench measures a real exporter on a real stack; here only that it measures, not what."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from speechgrade_local.bench_exporter.measure import Plan, measure
from speechgrade_local.bench_exporter.report import as_document, as_table

REPO = Path(__file__).resolve().parents[3]
PATIENCE = {"SPEECHGRADE_POLL_SECONDS": "0.1", "SPEECHGRADE_DEBOUNCE_SECONDS": "0.1"}
pytestmark = pytest.mark.stack


def test_every_figure_of_a_small_school_is_measured(tmp_path: Path) -> None:
    console = Console(record=True, width=160)
    figures = measure(REPO, tmp_path, Plan(sizes=(60,), changes=1, settings=PATIENCE), console)
    (school,) = figures.schools
    assert 20 < school.backfill.examples < 60
    assert school.backfill.peak_bytes > 10_000_000
    assert 0 < school.backfill.start_seconds < school.backfill.seconds
    assert all(change.seconds > 0 and change.uploaded_bytes > 0 for change in school.served)
    gone = school.withdrawal
    assert gone.evaluations > 0
    assert gone.objects > 0
    assert gone.excluded <= gone.tainted <= gone.published <= gone.objects_gone <= gone.certified
    assert figures.anonymizer.words_per_second > 0
    assert json.loads(json.dumps(as_document(figures)))["schools"][0]["backfill"]["evaluations"] == 60
    console.print(as_table(figures))
    assert "at least 300 rows/s" in console.export_text()
