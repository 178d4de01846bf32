"""The loop of a running exporter: hints and polling bring work, a quiet moment publishes it, and sweeps repair.

The queue is the truth. A hint only ends a wait early: one that is lost costs at most ``poll_seconds``, many at once
cost one look, and one that comes during work is not lost. When told to stop, the loop finishes what it is in, a batch
or a publication, gives back every other lease and ends. What was settled and not yet published is published by whoever
runs next, before anything else.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

import structlog
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter import metrics
from speechgrade_exporter.errors import PublisherBusy
from speechgrade_exporter.exporter import RunReport
from speechgrade_exporter.heartbeat import beating
from speechgrade_exporter.publisher import Publication, PublishOutcome
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.subject_key import ensure_subject_key
from speechgrade_exporter.worker import Worker

log = structlog.get_logger()
_LONGEST_DEBOUNCES = 10
_LONGEST_BACKOFF_S = 60.0
_OBSERVE_S = 15.0
_VITAL_SIGNS = {
    "open": metrics.OPEN_CHANGES,
    "dead": metrics.DEAD_CHANGES,
    "oldest_seconds": metrics.QUEUE_AGE,
    "erasures": metrics.OPEN_ERASURES,
    "oldest_erasure_seconds": metrics.ERASURE_AGE,
    "tainted": metrics.TAINTED,
    "scored_while_tainted": metrics.TAINTED_SERVED,
    "ledger_failures": metrics.LEDGER_FAILURES,
    "failed_trainings": metrics.FAILED_TRAININGS,
    "oldest_tainted_seconds": metrics.TAINTED_AGE,
    "silent_machines": metrics.SILENT_MACHINES,
    "swept_at": metrics.LAST_SWEEP,
}


class RunningExporter(Protocol):
    """What the loop asks of the exporter."""

    project: SupabaseProject
    worker: Worker

    def enqueue_outdated(self) -> int: ...
    def publish_settled(self) -> RunReport: ...
    def sweep_settled(self) -> RunReport: ...
    def beat(self, dataset: str) -> None: ...
    def end_beat(self) -> None: ...


@dataclass(slots=True)
class Health:
    """What the loop last knew, for those who ask over HTTP."""

    reason: str = "starting"
    digest: str = ""
    examples: int = 0
    realtime: str = "off"

    @property
    def is_ready(self) -> bool:
        return not self.reason


class Service:
    """Works until it is told to stop, and then finishes the batch that it is in."""

    def __init__(self, exporter: RunningExporter, settings: ExporterSettings) -> None:
        self.health = Health()
        self._exporter = exporter
        self._settings = settings
        # Its put() is reentrant, so that a signal handler may call it while the loop itself waits on it.
        self._calls: SimpleQueue[None] = SimpleQueue()
        self._is_stopping = False
        self._failures = 0
        self._is_prepared = False
        # Somebody may have died between settling and publishing, so the first thing is to look.
        self._dirty_since: float | None = 0.0
        self._changed_at = 0.0
        self._swept_at = time.monotonic()
        self._observed_at = float("-inf")

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._is_stopping = True
        self._calls.put(None)

    def wake(self, source: str) -> None:
        """Say that there may be work; safe from any thread, and as often as one likes."""
        metrics.HINTS.labels(source).inc()
        if self._calls.empty():
            self._calls.put(None)

    def run(self) -> None:
        """Loop until stopped. Failures of the project are waited out; the queue keeps what was not done."""
        try:
            # A first publication can take longer than a doctor's patience.
            with beating(lambda: self._exporter.beat(self.health.digest), _OBSERVE_S, name="running"):
                while not self._is_stopping:
                    pause = self._step()
                    self._rest(pause, through_hints=self._failures > 0)
        finally:
            self._release()

    def _rest(self, seconds: float, *, through_hints: bool) -> None:
        # A flood of hints must not hammer a project that is failing.
        deadline = time.monotonic() + seconds
        while not self._is_stopping and (left := deadline - time.monotonic()) > 0:
            try:
                self._calls.get(timeout=left)
            except Empty:
                return
            if not through_hints:
                return

    def _step(self) -> float:
        """Do one thing, and say how many seconds to wait before the next."""
        try:
            self._prepare()
            pause = self._work_or_publish()
        except SpeechgradeError as error:
            self._failures += 1
            self.health.reason = error.code
            metrics.READY.set(0)
            log.warning("exporter_waiting", code=error.code, failures=self._failures)
            self._observe_in_trouble()
            return min(_LONGEST_BACKOFF_S, self._settings.poll_seconds * 2.0 ** min(self._failures - 1, 10))
        self._failures = 0
        self.health.reason = ""
        metrics.READY.set(1)
        return pause

    def _prepare(self) -> None:
        if not self._is_prepared:
            ensure_subject_key(self._exporter.project, self._settings.subject_key.get_secret_value().encode())
            self._exporter.enqueue_outdated()
            self._is_prepared = True

    def _work_or_publish(self) -> float:
        batch = self._exporter.worker.work_batch()
        now = time.monotonic()
        if batch.claimed:
            self._changed_at = now
            self._dirty_since = now if self._dirty_since is None else self._dirty_since
        if self._is_time_to_publish(now, quiet=not batch.claimed):
            self._in_turn(self._publish)
        elif self._dirty_since is None and now - self._swept_at >= self._settings.sweep_seconds:
            self._in_turn(self._sweep)
        self._observe()
        if batch.claimed:
            return 0.0
        poll, debounce = self._settings.poll_seconds, self._settings.debounce_seconds
        return poll if self._dirty_since is None else min(poll, debounce)

    def _is_time_to_publish(self, now: float, *, quiet: bool) -> bool:
        if self._dirty_since is None:
            return False
        debounce = self._settings.debounce_seconds
        is_quiet = quiet and now - self._changed_at >= debounce
        # A flood of changes must not keep a withdrawal from being published.
        return is_quiet or now - self._dirty_since >= debounce * _LONGEST_DEBOUNCES

    def _in_turn(self, act: Callable[[], None]) -> None:
        """Publish or sweep; where another exporter is at it, look again later, as nothing has failed."""
        try:
            act()
        except PublisherBusy as error:
            log.info("exporter_waits_its_turn", code=error.code)

    def _publish(self) -> None:
        run = self._exporter.publish_settled()
        if run.is_stale:
            # What made it stale is in the queue; the loop works that first and then comes back.
            self._changed_at = time.monotonic()
            return
        self._note(run.publication)
        # A withdrawal that waits for the next snapshot needs one.
        self._dirty_since = time.monotonic() if run.erasure.waiting else None

    def _sweep(self) -> None:
        run = self._exporter.sweep_settled()
        self._swept_at = time.monotonic()
        self._dirty_since = self._swept_at if run.is_stale else None
        self._note(run.publication)
        metrics.SWEEPS.inc()
        for kind, count in run.sweep.as_dict().items():
            metrics.SWEEP_REPAIRS.labels(kind).inc(count)

    def _note(self, publication: Publication) -> None:
        if publication.outcome is not PublishOutcome.STALE:
            metrics.LAST_PUBLISH.set_to_current_time()
        self.health.digest = publication.digest
        self.health.examples = publication.examples
        self._observed_at = float("-inf")

    def _observe(self) -> None:
        now = time.monotonic()
        if now - self._observed_at < _OBSERVE_S:
            return
        state = self._exporter.project.rpc("vital_signs")
        for name, gauge in _VITAL_SIGNS.items():
            # A project that was not brought up to this version yet tells less.
            if name in state:
                gauge.set(state[name])
        metrics.LAST_CONTACT.set_to_current_time()
        self._exporter.beat(self.health.digest)
        self._observed_at = now

    def _observe_in_trouble(self) -> None:
        # A withdrawal that nobody can carry out must be seen to grow old.
        try:
            self._observe()
        except SpeechgradeError:
            # Then LAST_CONTACT stands still, which is what is watched.
            return

    def _release(self) -> None:
        try:
            released = self._exporter.worker.release()
            self._exporter.end_beat()
        except SpeechgradeError as error:
            log.warning("leases_left_to_run_out", code=error.code)
        else:
            log.info("exporter_stopped", released=released)
