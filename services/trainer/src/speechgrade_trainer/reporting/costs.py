"""What a run took, as an operator says it. Pure."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from speechgrade_trainer.registry.facts import Run
from speechgrade_trainer.registry.verdict import share

Fact = TypeVar("Fact")
_GIB = 2**30


def run_facts(run: Run) -> list[tuple[str, str]]:
    """Names and values of what is known, in a fixed order; empty if nothing is."""
    return list(_facts(run))


def thousands(count: int | str) -> str:
    """A count with narrow spaces; what is no number stays as it is."""
    return f"{count:,}".replace(",", "\u202f") if isinstance(count, int) else count


def duration(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds."""
    total = round(max(seconds, 0.0))
    hours, minutes = total // 3600, total % 3600 // 60
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {total % 60:02d} s"


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield from _known("Device", run.device, str)
    yield from _known("Training time", run.seconds, duration)
    yield from _known("Throughput", run.tokens_per_s, lambda rate: f"{thousands(round(rate))} tokens per second")
    yield from _known("Padding", run.padding_share, lambda part: f"{share(part)} of what was computed")
    yield from _known("Peak memory", run.peak_memory_bytes, lambda size: f"{size / _GIB:.1f} GiB")
    yield from _known("Energy", run.energy_kwh, lambda energy: f"{energy:.3f} kWh")
    yield from _known("Estimated cost", run.cost, lambda cost: f"{cost:.2f} {run.currency or '(currency not set)'}")
    accumulated = f" × {run.gradient_accumulation} accumulated" if run.gradient_accumulation else ""
    yield from _known("Batch", run.batch_size, lambda size: f"{size} examples{accumulated}")
    yield from _known("Attempts", run.attempts, str)


def _known(name: str, value: Fact | None, write: Callable[[Fact], str]) -> Iterator[tuple[str, str]]:
    if value is not None:
        yield name, write(value)
