"""Processor time of the stack's processes, as the kernel counts it: a figure that a busy machine does not change."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_PROC = Path("/proc")


def processor_ms(processes: Mapping[str, int]) -> dict[str, float]:
    """Milliseconds that each process and its children have used so far; empty where the system does not tell."""
    if not (_PROC / "self" / "stat").exists():
        return {}
    return {name: sum(map(_used, _family(pid))) for name, pid in processes.items()}


def between(before: Mapping[str, float], after: Mapping[str, float], calls: int) -> dict[str, float]:
    """What each process used per call between two looks."""
    return {name: (after[name] - used) / calls for name, used in before.items() if name in after}


def _family(pid: int) -> Iterator[int]:
    yield pid
    for listed in _PROC.glob(f"{pid}/task/*/children"):
        try:
            children = listed.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _used(pid: int) -> float:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
