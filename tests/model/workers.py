"""Two exporters side by side as processes, which are killed and at once replaced."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from speechgrade_shared.failpoints import Failpoint

PROGRAM = Path(__file__).with_name("armed_exporter.py")
LIMIT_S = 30


class Workers:
    """Two running exporters. Each is armed with the next place where one shall die, until all have had their turn."""

    def __init__(self, environment: Mapping[str, str], log: IO[str], places: Iterable[Failpoint]) -> None:
        self._environment = dict(os.environ) | dict(environment)
        self._log = log
        self._places = list(places)
        self._running: list[tuple[subprocess.Popen[str], Failpoint | None]] = []
        self.killed: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._running = [self._start(), self._start()]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process, _ in self._running:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=LIMIT_S)

    @property
    def places_left(self) -> list[Failpoint]:
        """Where nobody has died yet."""
        return [*self._places, *(place for _, place in self._running if place)]

    def kill(self, number: int) -> None:
        """Kill one in the middle of whatever it does. The place that it did not come to is for another."""
        process, place = self._running[number]
        process.kill()
        process.wait(timeout=LIMIT_S)
        self.killed["anywhere"] += 1
        self._places += [place] if place else []
        self._running[number] = self._start()

    def replace_the_dead(self) -> bool:
        """Whether somebody had died."""
        before = self.killed.total()
        for number, (process, place) in enumerate(self._running):
            if process.poll() is not None:
                assert (process.returncode, bool(place)) == (-signal.SIGKILL, True), "an exporter ended by itself"
                self.killed[str(place)] += 1
                self._running[number] = self._start()
        return self.killed.total() > before

    def stop(self) -> None:
        """Ask both to stop, and see that they do so in order."""
        for process, _ in self._running:
            process.terminate()
        assert [process.wait(timeout=LIMIT_S) for process, _ in self._running] == [0, 0]

    def _start(self) -> tuple[subprocess.Popen[str], Failpoint | None]:
        place = self._places.pop(0) if self._places else None
        environment = self._environment | ({"SPEECHGRADE_FAILPOINTS": f"{place}=kill:1"} if place else {})
        command = [sys.executable, str(PROGRAM), "serve"]
        return subprocess.Popen(command, env=environment, stderr=self._log, text=True), place
