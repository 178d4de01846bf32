"""The loop of a running exporter: the queue is asked again and again, and a quiet moment publishes what came of it."""

import time
from dataclasses import dataclass
from threading import Event

import structlog
from speechgrade_shared.errors import SpeechgradeError

from speechgrade_exporter import metrics
from speechgrade_exporter.exporter import Exporter
from speechgrade_exporter.settings import ExporterSettings

log = structlog.get_logger()
_LONGEST_DEBOUNCES = 10
_LONGEST_BACKOFF_S = 60.0


@dataclass(slots=True)
class Health:
    """What the loop last knew, for those who ask over HTTP."""

    reason: str = "starting"
    digest: str = ""
    examples: int = 0

    @property
    def is_ready(self) -> bool:
        return not self.reason


class Service:
    """Works until it is told to stop, and then finishes the batch that it is in."""

    def __init__(self, exporter: Exporter, settings: ExporterSettings) -> None:
        self.health = Health()
        self._exporter = exporter
        self._settings = settings
        self._stop = Event()
        self._failures = 0
        # Somebody may have died between settling and publishing, so the first thing is to look.
        self._dirty_since: float | None = 0.0
        self._changed_at = 0.0
        self._published_at = 0.0

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Loop until stopped. Failures of the project are waited out; the queue keeps what was not done."""
        try:
            while not self._stop.is_set():
                self._stop.wait(self._step())
        finally:
            self._release()

    def _step(self) -> float:
        """Do one thing, and say how many seconds to wait before the next."""
        try:
            pause = self._work_or_publish()
        except SpeechgradeError as error:
            self._failures += 1
            self.health.reason = error.code
            log.warning("exporter_waiting", code=error.code, failures=self._failures)
            return min(_LONGEST_BACKOFF_S, self._settings.poll_seconds * 2.0 ** min(self._failures - 1, 10))
        self._failures = 0
        self.health.reason = ""
        return pause

    def _work_or_publish(self) -> float:
        batch = self._exporter.worker.work_batch()
        now = time.monotonic()
        if batch.claimed:
            self._changed_at = now
            self._dirty_since = now if self._dirty_since is None else self._dirty_since
        if self._is_time_to_publish(now, quiet=not batch.claimed):
            self._publish()
        if batch.claimed:
            return 0.0
        return (
            self._settings.poll_seconds
            if self._dirty_since is None
            else min(self._settings.poll_seconds, self._settings.debounce_seconds)
        )

    def _is_time_to_publish(self, now: float, *, quiet: bool) -> bool:
        if self._dirty_since is None:
            return now - self._published_at >= self._settings.sweep_seconds
        debounce = self._settings.debounce_seconds
        is_quiet = quiet and now - self._changed_at >= debounce
        # A flood of changes must not keep a withdrawal from being published.
        return is_quiet or now - self._dirty_since >= debounce * _LONGEST_DEBOUNCES

    def _publish(self) -> None:
        self._exporter.enqueue_outdated()
        report = self._exporter.publish()
        self._dirty_since = None
        self._published_at = time.monotonic()
        self.health.digest = report.publication.digest
        self.health.examples = report.publication.examples
        metrics.OPEN_CHANGES.set(self._exporter.project.rpc("queue_state")["open"])

    def _release(self) -> None:
        try:
            released = self._exporter.worker.release()
        except SpeechgradeError as error:
            log.warning("leases_left_to_run_out", code=error.code)
        else:
            log.info("exporter_stopped", released=released)
