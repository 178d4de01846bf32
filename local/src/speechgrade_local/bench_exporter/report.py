"""The table that a person reads and the document that a program reads, targets beside what was measured."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from speechgrade_local.bench_exporter.measure import Figures, SchoolFigures

_MIB = 1024 * 1024
_Row = tuple[str, str, str]


def as_document(figures: Figures) -> dict[str, Any]:
    """Every figure as JSON has it."""
    return asdict(figures)


def as_table(figures: Figures) -> Table:
    """One line per figure; a target is a target, not a promise."""
    table = Table(title="Exporter on this machine", title_justify="left")
    for column in ("measured", "value", "target"):
        table.add_column(column)
    for row in _rows(figures):
        table.add_row(*row)
    return table


def _rows(figures: Figures) -> Iterator[_Row]:
    largest = figures.schools[-1]
    yield from _backfill_rows(largest)
    once = [school.once_seconds for school in figures.schools]
    served = [tuple(change.seconds for change in school.served) for school in figures.schools]
    yield from _change_rows("one change, by once without its start", figures.schools, once)
    yield from _change_rows("one change, by a running exporter", figures.schools, served)
    for school in figures.schools:
        sizes = [change.uploaded_bytes for change in school.served]
        yield f"uploaded per change with {_rows_present(school)}", f"{statistics.median(sizes) / 1024:,.0f} KiB", ""
    yield from _withdrawal_rows(largest)
    speed = figures.anonymizer
    redacting = f"{speed.redacting_share:.0%} of it redaction"
    yield "anonymizer and leak scan, roster of 30", f"{speed.words_per_second:,.0f} words/s, {redacting}", ""
    yield "anonymizer, made ready for a roster of 30", f"{speed.prepare_seconds * 1000:.1f} ms", ""


def _backfill_rows(school: SchoolFigures) -> Iterator[_Row]:
    seeding, backfill = school.seeding, school.backfill
    count = backfill.evaluations
    yield (
        "the app's own writes, triggers included",
        f"{seeding.write_seconds / count * 1000:.2f} ms per evaluation",
        "",
    )
    yield f"backfill of {count:,} evaluations", f"{backfill.rows_per_second:,.0f} rows/s", "at least 300 rows/s"
    yield "  start of the process included", f"{count / backfill.seconds:,.0f} rows/s", ""
    yield "  settling", f"{backfill.settle_seconds:.1f} s", ""
    yield f"  publishing {backfill.examples:,} examples", f"{backfill.publish_seconds:.1f} s", ""
    yield "  peak memory", f"{backfill.peak_bytes / _MIB:,.0f} MiB", "under 400 MB"


def _change_rows(what: str, schools: Sequence[SchoolFigures], seconds: Sequence[Sequence[float]]) -> Iterator[_Row]:
    smallest = statistics.median(seconds[0])
    for school, measured in zip(schools, seconds, strict=True):
        median = statistics.median(measured)
        value = f"{median:.2f} s ({min(measured):.2f} to {max(measured):.2f}), {median / smallest:.2f} times"
        is_largest = school is schools[-1]
        yield f"{what}, {_rows_present(school)}", value, "under 2 s, 0.75 to 1.25 times" if is_largest else ""


def _withdrawal_rows(school: SchoolFigures) -> Iterator[_Row]:
    gone = school.withdrawal
    yield f"a consent withdrawn, {_rows_present(school)}", f"{gone.evaluations} speeches, {gone.objects} objects", ""
    steps = (
        ("the app's own write", gone.write_seconds),
        ("examples excluded, from its commit", gone.excluded),
        ("adapter tainted", gone.tainted),
        ("new dataset", gone.published),
        ("objects gone", gone.objects_gone),
        ("certified", gone.certified),
    )
    for step, seconds in steps:
        yield f"  {step}", f"{seconds:.2f} s", ""


def _rows_present(school: SchoolFigures) -> str:
    return f"{school.backfill.evaluations:,} rows"
