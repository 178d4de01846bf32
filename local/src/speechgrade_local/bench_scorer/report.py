"""The table that a person reads and the document that a program reads, targets beside what was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.table import Table

from speechgrade_local.bench_scorer.figures import Figure
from speechgrade_local.bench_scorer.lengths import Lengths
from speechgrade_local.bench_scorer.measure import CALLERS, PACE_S, Figures
from speechgrade_local.bench_scorer.parts import Part
from speechgrade_local.bench_scorer.ways import Latency, Throughput

Verdict = Literal["met", "missed", "unclear"]
_Row = tuple[str, str, str]
_ADDED_MS, _RATIO, _HOP_MS = 8.0, 0.95, 6.0


@dataclass(frozen=True, slots=True)
class Target:
    """A figure against what it should be. The interval that holds the target leaves it open which side it is on."""

    what: str
    figure: Figure
    limit: float
    is_floor: bool = False

    @property
    def verdict(self) -> Verdict:
        if self.figure.low < self.limit < self.figure.high:
            return "unclear"
        return "met" if (self.figure.value >= self.limit) == self.is_floor else "missed"


def targets(figures: Figures) -> tuple[Target, ...]:
    """What was promised, each against the real engine; the scripted one says what the machine's fullness hides."""
    return (
        Target("added p50, one caller", figures.added.added_p50, _ADDED_MS),
        Target("added p50, scripted engine", figures.added_scripted.added_p50, _ADDED_MS),
        Target("throughput ratio", figures.saturated.ratio, _RATIO, is_floor=True),
        Target("throughput ratio, scripted engine", figures.saturated_scripted.ratio, _RATIO, is_floor=True),
        Target("Edge Function hop p50", figures.edge.added_p50, _HOP_MS),
    )


def as_document(figures: Figures, *, is_quick: bool, seconds: float) -> dict[str, Any]:
    """Every figure as JSON has it."""
    judged = [
        {"what": t.what, "limit": t.limit, "value": t.figure.value, "verdict": t.verdict} for t in targets(figures)
    ]
    return {"is_quick": is_quick, "seconds": round(seconds, 1), "targets": judged, **asdict(figures)}


def as_table(figures: Figures) -> Table:
    """One line per figure; in brackets the 95 % interval and the number of samples."""
    table = Table(title="Scorer on this machine", title_justify="left")
    for column in ("measured", "value", "target"):
        table.add_column(column)
    added, added_scripted, ratio, ratio_scripted, hop = targets(figures)
    pair, caches = ("engine", "scorer"), ("no prefix cache", "cache")
    elsewhere = f"{CALLERS} callers, engine elsewhere that takes {PACE_S:g} s"
    sections = (
        _latency_rows("one caller, this machine's engine", pair, figures.added, added),
        _throughput_rows(f"{CALLERS} callers, this machine's engine", pair, figures.saturated, ratio),
        _latency_rows("one caller, engine answers at once", pair, figures.added_scripted, added_scripted),
        _throughput_rows(elsewhere, pair, figures.saturated_scripted, ratio_scripted),
        _part_rows(figures.parts, figures.added_scripted),
        _throughput_rows(f"adapters, {CALLERS} callers", ("1 adapter", "4 adapters"), figures.adapters, None),
        _latency_rows("one rubric, unseen speeches, one caller", caches, figures.caching, None),
        _throughput_rows(f"the same, {CALLERS} callers", caches, figures.caching_saturated, None),
        _length_rows(figures.lengths),
        _latency_rows("Edge Function, scripted engine", ("scorer", "function"), figures.edge, hop),
    )
    for rows in sections:
        for row in rows:
            table.add_row(*row)
        table.add_section()
    return table


def _latency_rows(what: str, names: tuple[str, str], found: Latency, target: Target | None) -> Iterator[_Row]:
    value = f"{names[0]} {found.plain_p50:.1f} ms, {names[1]} {found.ours_p50:.1f} ms"
    yield f"{what}, p50", value, ""
    yield "  difference p50", _ms(found.added_p50), _wanted(target, "under {:g} ms")
    yield "  difference p95", _ms(found.added_p95), ""


def _throughput_rows(what: str, names: tuple[str, str], found: Throughput, target: Target | None) -> Iterator[_Row]:
    value = f"{names[0]} {found.plain_per_second:.2f}/s, {names[1]} {found.ours_per_second:.2f}/s"
    yield what, value, ""
    figure = found.ratio
    interval = f"({figure.low:.0%} to {figure.high:.0%}, {figure.samples} rounds of {found.calls_per_round})"
    yield "  ratio", f"{figure.value:.1%} {interval}", _wanted(target, "at least {:.0%}")
    yield "  p50 of one call", f"{names[0]} {found.plain_p50:.0f} ms, {names[1]} {found.ours_p50:.0f} ms", ""
    for name, used in sorted(found.ours_processor_ms.items(), key=lambda item: -item[1]):
        plain = found.plain_processor_ms.get(name, 0.0)
        if max(used, plain) >= 0.5:
            yield f"  processor time of {name}", f"{plain:.1f} ms per call, {used:.1f} through the scorer", ""


def _part_rows(parts: Sequence[Part], whole: Latency) -> Iterator[_Row]:
    yield "the parts of the way, each alone, medians", f"{parts[0].samples} times each", ""
    for part in parts:
        yield f"{'    ' if part.is_share else '  '}{part.what}", f"{part.ms:.2f} ms", ""
    known = sum(part.ms for part in parts if not part.is_share)
    yield "  together", f"{known:.2f} ms of {whole.added_p50.value:.2f} ms added at the engine that answers at once", ""
    yield "  not explained: switching, queueing, logging", f"{whole.added_p50.value - known:.2f} ms", ""


def _length_rows(found: tuple[Lengths, Lengths]) -> Iterator[_Row]:
    for length in found:
        value = f"{length.ours} against {length.sections}, {length.share:.0%}"
        yield f"tokens of an answer against the app's sections, {length.criteria} criteria", value, ""


def _ms(figure: Figure) -> str:
    return f"{figure.value:+.2f} ms ({figure.low:+.2f} to {figure.high:+.2f}, {figure.samples} pairs)"


def _wanted(target: Target | None, wording: str) -> str:
    if target is None:
        return ""
    return f"{wording.format(target.limit)}: {target.verdict}"
