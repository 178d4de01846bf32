"""What the measurements come to: medians, ratios, and the targets beside them."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from speechgrade_trainer.bench.rounds import Measured

SPEEDUP_TARGET = 1.5
MFU_TARGET = 0.35
QLORA_MEMORY_TARGET_GB = 12.0
_RATES = ("tokens_per_s", "mfu", "mfu_six_n", "peak_memory_bytes", "peak_reserved_bytes", "padding_share", "seconds")


def case_of(measured: Measured) -> str:
    """E.g. ``qlora-2048``."""
    return f"{measured['job']['kind']}-{measured['job']['max_length']}"


def summary(measurements: Sequence[Measured]) -> list[dict[str, Any]]:
    """The median of each rate by case and variant, and the speed of ours over each plain script's in the same case."""
    rows = []
    for case in dict.fromkeys(case_of(one) for one in measurements):
        of_case = [one for one in measurements if case_of(one) == case]
        ours = _speed(of_case, "ours")
        for variant in dict.fromkeys(one["job"]["variant"] for one in of_case):
            runs = [one for one in of_case if one["job"]["variant"] == variant]
            theirs = _speed(of_case, variant)
            row: dict[str, Any] = {"case": case, "variant": variant, "batch": runs[-1]["batch"]}
            row |= {rate: _median(one[rate] for one in runs) for rate in _RATES}
            row["ours_is_times_as_fast"] = ours / theirs if ours and theirs and variant != "ours" else None
            row["error"] = next((one["error"] for one in runs if one["error"]), None)
            rows.append(row)
    return rows


def targets(rows: Sequence[dict[str, Any]], *, is_tiny: bool) -> list[dict[str, Any]]:
    """Each target, what was measured, and whether it is met; ``None`` where nothing could be measured."""
    plain = {row["case"]: row["ours_is_times_as_fast"] for row in rows if row["variant"] == "plain"}
    ours = {row["case"]: row for row in rows if row["variant"] == "ours"}
    made = [_at_least(f"{case}: times a plain script's tokens/s", SPEEDUP_TARGET, plain[case]) for case in plain]
    for case, row in ours.items():
        if case.startswith("lora"):
            made.append(_at_least(f"{case}: MFU (4N) in bf16", MFU_TARGET, row["mfu"]))
        if case == "qlora-2048":
            made.append(_below(f"{case}: peak memory in GB below", QLORA_MEMORY_TARGET_GB, row["peak_memory_bytes"]))
    # A base of a few thousand weights on a CPU neither meets nor misses what is wanted of a 7B on a card.
    return [one | {"met": None} for one in made] if is_tiny else made


def _at_least(name: str, wanted: float, measured: float | None) -> dict[str, Any]:
    met = None if measured is None else measured >= wanted
    return {"target": name, "wanted": wanted, "measured": measured, "met": met}


def _below(name: str, wanted_gb: float, measured_bytes: float | None) -> dict[str, Any]:
    measured = None if measured_bytes is None else measured_bytes / 1e9
    return {"target": name, "wanted": wanted_gb, "measured": measured, "met": measured and measured < wanted_gb}


def _speed(measurements: Iterable[Measured], variant: str) -> float | None:
    return _median(one["tokens_per_s"] for one in measurements if one["job"]["variant"] == variant)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
