"""Measurements in fresh processes, their order turned round from case to case and from round to round."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from speechgrade_trainer.bench.cases import VARIANTS, Job, Kind, Variant

Measured = dict[str, Any]
"""A measurement as a dictionary, with the fields of ``Measurement``."""
_TIMEOUT_S = 900
_LAST_LINES = 12


def planned_jobs(cases: Sequence[tuple[Kind, int]], rounds: int, *, is_tiny: bool) -> Iterator[Job]:
    """All measurements in the order in which they are made.

    What runs second finds warm caches and a warm card: whoever is first in one case is last in the next.
    """
    # On a CPU the two plain scripts differ in nothing that is worth its time.
    variants: tuple[Variant, ...] = ("ours", "plain") if is_tiny else VARIANTS
    for turn in range(rounds):
        for number, (kind, max_length) in enumerate(cases):
            order = variants if (turn + number) % 2 == 0 else tuple(reversed(variants))
            for variant in order:
                yield Job(kind, max_length, variant, speeches=24 if is_tiny else 96, is_tiny=is_tiny)


def measured_at_last(job: Job, measure: Callable[[Job], Measured]) -> Measured:
    """Measure; a plain script that does not fit the card is tried again with half its batch, down to one."""
    found = measure(job)
    while job.variant != "ours" and found["error"] == "out_of_memory" and job.plain_batch > 1:
        job = replace(job, plain_batch=job.plain_batch // 2)
        found = measure(job)
    return found


def in_a_fresh_process(job: Job, folder: Path) -> Measured:
    """Measure in a process of its own, on one card, off the network; a process that fails is a result too."""
    environment = dict(os.environ) | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    # Several visible cards in one process would be a training of another kind.
    environment.setdefault("CUDA_VISIBLE_DEVICES", "0")
    command = [sys.executable, "-m", "speechgrade_trainer.bench.measure", json.dumps(job.as_dict()), str(folder)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return failed(job, "timeout")
    if done.returncode:
        sys.stderr.write("\n".join(done.stderr.splitlines()[-_LAST_LINES:]) + "\n")
        return failed(job, f"exit {done.returncode}")
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def failed(job: Job, error: str) -> Measured:
    """A measurement that did not come about."""
    from speechgrade_trainer.bench.measure import Measurement

    return Measurement(job.as_dict(), error=error).as_dict()
