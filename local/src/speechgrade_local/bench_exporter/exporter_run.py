"""One run of the exporter's own command line as a process, with its duration, its memory and its answer."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from speechgrade_local.child import launched
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import StepFailed

EXPORTER = str(Path(sys.executable).parent / "speechgrade-exporter")
_LOOK_EVERY_S = 0.02
_STARTS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """``began`` is seconds since 1970; ``peak_bytes`` is 0 where the system does not tell."""

    began: float
    seconds: float
    peak_bytes: int
    answer: Mapping[str, Any]


def run_exporter(arguments: tuple[str, ...], env: Mapping[str, str]) -> Run:
    """Run a command that answers with one JSON object; what it shows goes to the terminal.

    Raises:
        StepFailed: it did not end well.
    """
    began, clock = time.time(), time.perf_counter()
    process = subprocess.Popen(launched((EXPORTER, *arguments)), env=child_environment(env), stdout=subprocess.PIPE)
    memory = _PeakMemory(process.pid)
    said, _ = process.communicate()
    seconds = time.perf_counter() - clock
    peak = memory.stop()
    if process.returncode != 0:
        raise StepFailed(f"speechgrade-exporter {' '.join(arguments)} ended with exit code {process.returncode}.")
    return Run(began, seconds, peak, json.loads(said))


def start_seconds(env: Mapping[str, str]) -> float:
    """What the process itself takes to start, read its settings, answer and end: the median of some starts."""
    return statistics.median(run_exporter(("--check-config",), env).seconds for _ in range(_STARTS))


class _PeakMemory:
    """Reads a process's high-water mark until it ends; the kernel keeps the mark, so little is missed between looks."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._peak = 0
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="peak-memory", daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stop.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._peak = max(self._peak, self._look())
            self._stop.wait(_LOOK_EVERY_S)

    def _look(self) -> int:
        try:
            lines = self._status.read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
