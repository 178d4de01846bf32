"""What a run took, as an operator says it. Pure."""

from collections.abc import Iterator

from speechgrade_trainer.registry.facts import Run

_GIB = 2**30


def run_facts(run: Run) -> list[tuple[str, str]]:
    """Names and values of what is known, in a fixed order; empty if nothing is."""
    return list(_facts(run))


def duration(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds."""
    total = round(max(seconds, 0.0))
    hours, minutes = total // 3600, total % 3600 // 60
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {total % 60:02d} s"


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    if run.device:
        yield "Device", run.device
    if run.seconds is not None:
        yield "Training time", duration(run.seconds)
    if run.tokens_per_s is not None:
        yield "Throughput", f"{run.tokens_per_s:,.0f} tokens per second".replace(",", "\u202f")
    if run.peak_memory_bytes is not None:
        yield "Peak memory", f"{run.peak_memory_bytes / _GIB:.1f} GiB"
    if run.energy_kwh is not None:
        yield "Energy", f"{run.energy_kwh:.3f} kWh"
    if run.cost is not None:
        yield "Estimated cost", f"{run.cost:.2f} {run.currency or '(currency not set)'}"
    if run.batch_size is not None:
        accumulated = f" × {run.gradient_accumulation} accumulated" if run.gradient_accumulation else ""
        yield "Batch", f"{run.batch_size} examples{accumulated}"
    if run.attempts is not None:
        yield "Attempts", str(run.attempts)
