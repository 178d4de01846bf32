"""The loop: hints end a wait early, a quiet moment publishes, sweeps repair, failures are waited out, a stop is in order."""

import hashlib
import hmac
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from pydantic import SecretStr
from speechgrade_exporter.erasure import Erasure
from speechgrade_exporter.errors import ErasureIncomplete, PublisherBusy, SubjectKeyChanged
from speechgrade_exporter.exporter import RunReport
from speechgrade_exporter.health import health_app
from speechgrade_exporter.publisher import Publication, PublishOutcome
from speechgrade_exporter.service import Health, Service
from speechgrade_exporter.subject_key import ensure_subject_key, key_check
from speechgrade_exporter.sweeper import SweepReport
from speechgrade_exporter.worker import WorkReport
from speechgrade_shared.errors import ProjectUnreachable

KEY = "a key of the tests with more than 32 bytes"
FOREVER_S = 3600.0
LIMIT_S = 20.0


class FakeExporter:
    """Hands out batches of these sizes and counts what the loop asks for."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.published = self.released = self.swept = 0
        self.recorded_key = key_check(KEY.encode())
        self.repairs = SweepReport()
        self.outcomes: list[PublishOutcome] = []
        self.waiting = 0
        self.is_busy = False
        self.vital_signs = {"open": 3, "dead": 2, "oldest_seconds": 61, "erasures": 4, "oldest_erasure_seconds": 62}
        self.vital_signs |= {"tainted": 1, "scored_while_tainted": 0, "ledger_failures": 5, "swept_at": 1.7e9}
        self.vital_signs |= {"failed_trainings": 6, "oldest_tainted_seconds": 63, "silent_machines": 7}
        self.beats: list[str] = []
        self.on_batch: Callable[[], None] = lambda: None
        self.worker = SimpleNamespace(work_batch=self._work, release=self._release)
        self.project = SimpleNamespace(rpc=self._rpc)

    def _rpc(self, name: str, _params: object = None) -> Any:
        return self.recorded_key if name == "record_key_check" else self.vital_signs

    def _work(self) -> WorkReport:
        self.on_batch()
        return WorkReport(claimed=self.sizes.pop(0) if self.sizes else 0)

    def _release(self) -> int:
        self.released += 1
        return 0

    def enqueue_outdated(self) -> int:
        return 0

    def publish_settled(self) -> Any:
        if self.is_busy:
            raise PublisherBusy("Another exporter is publishing.")
        self.published += 1
        outcome = self.outcomes.pop(0) if self.outcomes else PublishOutcome.PUBLISHED
        return RunReport(WorkReport(), Publication(outcome, "d" * 64, 7), Erasure(waiting=self.waiting))

    def beat(self, dataset: str) -> None:
        self.beats.append(dataset)

    def end_beat(self) -> None:
        self.beats.append("end")

    def sweep_settled(self) -> Any:
        self.swept += 1
        return RunReport(WorkReport(), Publication(PublishOutcome.UNCHANGED, "e" * 64, 8), sweep=self.repairs)


def service(exporter: FakeExporter, debounce: float = 0.0, poll: float = 0.001, sweep: float = FOREVER_S) -> Service:
    settings = SimpleNamespace(
        poll_seconds=poll, debounce_seconds=debounce, sweep_seconds=sweep, subject_key=SecretStr(KEY)
    )
    return Service(exporter, settings)  # type: ignore[arg-type]


def stop_after(exporter: FakeExporter, running: Service, batches: int) -> None:
    left = iter(range(batches))

    def count() -> None:
        if next(left, None) is None:
            running.stop()

    exporter.on_batch = count


def run_within_limit(running: Service) -> None:
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    assert not thread.is_alive(), "the loop waited for something that never came"


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"speechgrade_exporter_{name}", labels) or 0.0


def test_it_publishes_once_after_the_changes_and_stops() -> None:
    exporter = FakeExporter([3, 2, 0, 0])
    running = service(exporter)
    stop_after(exporter, running, 6)
    running.run()
    # Once for what an earlier process may have left, and once for the changes.
    assert 1 <= exporter.published <= 2
    assert exporter.released == 1
    # It says that it runs, of which dataset, and that it ends.
    assert exporter.beats[-2:] == ["d" * 64, "end"]
    assert (running.health.is_ready, running.health.examples) == (True, 7)


def test_changes_wait_for_a_quiet_moment() -> None:
    exporter = FakeExporter([1])
    running = service(exporter, debounce=1000.0)
    running._dirty_since = None
    stop_after(exporter, running, 5)
    running.run()
    assert exporter.published == 0


def test_a_hint_ends_a_long_wait() -> None:
    exporter = FakeExporter([])
    running = service(exporter, poll=FOREVER_S)
    looks = iter(range(3))

    def look() -> None:
        if next(looks, None) is None:
            running.stop()
        else:
            # It comes from elsewhere, while the loop waits or is about to.
            threading.Thread(target=running.wake, args=("webhook",)).start()

    exporter.on_batch = look
    run_within_limit(running)


def test_a_hint_during_work_is_not_lost() -> None:
    exporter = FakeExporter([])
    running = service(exporter, poll=FOREVER_S)
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        running.wake("webhook") if looks == 1 else running.stop()

    exporter.on_batch = look
    run_within_limit(running)
    assert looks == 2


def test_many_hints_at_once_cost_one_look() -> None:
    before = metric("hints_total", source="webhook")
    exporter = FakeExporter([])
    running = service(exporter, poll=0.05)
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            for _ in range(1000):
                running.wake("webhook")
        elif looks == 3:
            running.stop()

    exporter.on_batch = look
    started = time.monotonic()
    run_within_limit(running)
    # The second look is the hints', and the third one was waited for.
    assert time.monotonic() - started >= 0.05
    assert metric("hints_total", source="webhook") - before == 1000


def test_without_any_hint_the_queue_is_polled() -> None:
    exporter = FakeExporter([])
    running = service(exporter)
    stop_after(exporter, running, 5)
    run_within_limit(running)


def test_hints_do_not_hammer_a_project_that_fails() -> None:
    exporter = FakeExporter([])
    running = service(exporter, poll=0.05)
    looks: list[float] = []

    def fail() -> None:
        looks.append(time.monotonic())
        running.wake("webhook")
        if len(looks) == 3:
            running.stop()
        raise ProjectUnreachable("The Supabase project did not answer.")

    exporter.on_batch = fail
    run_within_limit(running)
    assert [later - earlier >= 0.05 for earlier, later in itertools.pairwise(looks)] == [True, True]


def test_an_unreachable_project_is_waited_out() -> None:
    exporter = FakeExporter([])
    running = service(exporter)
    calls = iter(range(3))

    def fail() -> None:
        if next(calls, None) is None:
            running.stop()
            return
        raise ProjectUnreachable("The Supabase project did not answer.")

    exporter.on_batch = fail
    running.run()
    assert exporter.released == 1
    assert running.health.is_ready


def test_a_stop_during_a_batch_finishes_it_gives_back_the_rest_and_publishes_nothing_more() -> None:
    exporter = FakeExporter([5])
    running = service(exporter, debounce=1000.0, poll=FOREVER_S)
    running._dirty_since = None
    exporter.on_batch = running.stop
    run_within_limit(running)
    assert (exporter.sizes, exporter.released, exporter.published) == ([], 1, 0)


def test_a_signal_ends_even_a_long_wait() -> None:
    exporter = FakeExporter([])
    running = service(exporter, poll=FOREVER_S)
    former = signal.signal(signal.SIGUSR1, lambda *_: running.stop())
    exporter.on_batch = lambda: threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    try:
        running.run()
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert exporter.released == 1


def test_sweeps_come_in_quiet_moments_and_what_they_repaired_is_counted() -> None:
    before = {kind: metric("sweep_repairs_total", kind=kind) for kind in ("lost", "scores_outlived")}
    exporter = FakeExporter([])
    exporter.repairs = SweepReport(lost=2, scores_outlived=3)
    running = service(exporter, sweep=0.0)
    stop_after(exporter, running, 6)
    running.run()
    assert exporter.swept >= 1
    assert metric("sweep_repairs_total", kind="lost") - before["lost"] == 2 * exporter.swept
    assert metric("sweep_repairs_total", kind="scores_outlived") - before["scores_outlived"] == 3 * exporter.swept
    assert running.health.examples == 8


def test_a_stale_snapshot_is_tried_again_after_the_queue() -> None:
    exporter = FakeExporter([1])
    exporter.outcomes = [PublishOutcome.STALE, PublishOutcome.PUBLISHED]
    running = service(exporter)
    stop_after(exporter, running, 6)
    running.run()
    assert exporter.published == 2
    assert running.health.digest == "d" * 64


def test_a_withdrawal_that_waits_for_a_snapshot_gets_one() -> None:
    exporter = FakeExporter([1])
    exporter.waiting = 1
    running = service(exporter)
    stop_after(exporter, running, 6)
    running.run()
    assert exporter.published > 2


def test_where_another_exporter_publishes_one_works_on_is_ready_and_looks_again() -> None:
    exporter = FakeExporter([1, 1, 0, 0])
    exporter.is_busy = True
    running = service(exporter)
    looks = iter(range(6))

    def look() -> None:
        left = next(looks, None)
        exporter.is_busy = left in (0, 1, 2, 3)
        if left is None:
            running.stop()

    exporter.on_batch = look
    running.run()
    assert exporter.sizes == []
    assert exporter.published == 1
    assert running.health.is_ready


def test_the_age_of_the_queue_and_what_died_are_measured() -> None:
    exporter = FakeExporter([])
    running = service(exporter)
    stop_after(exporter, running, 2)
    running.run()
    assert (metric("open_changes"), metric("dead_changes"), metric("queue_age_seconds")) == (3, 2, 61)
    assert (metric("open_erasures"), metric("erasure_age_seconds"), metric("tainted_adapters")) == (4, 62, 1)
    assert (metric("ledger_failures"), metric("last_sweep_timestamp_seconds")) == (5, 1.7e9)
    assert (metric("failed_trainings"), metric("tainted_age_seconds"), metric("silent_machines")) == (6, 63, 7)
    assert metric("last_contact_timestamp_seconds") > 1.7e9


def test_a_project_of_an_earlier_version_tells_what_it_has() -> None:
    exporter = FakeExporter([])
    running = service(exporter)
    stop_after(exporter, running, 2)
    del exporter.vital_signs["failed_trainings"]
    exporter.vital_signs["open"] = 9
    running.run()
    assert (metric("open_changes"), metric("ready")) == (9, 1)


def test_a_withdrawal_that_cannot_be_carried_out_is_seen_to_grow_old() -> None:
    exporter = FakeExporter([])
    running = service(exporter)
    exporter.vital_signs |= {"oldest_erasure_seconds": 4711}

    def refused() -> Any:
        running.stop()
        raise ErasureIncomplete("An object could not be removed.")

    exporter.publish_settled = refused  # type: ignore[method-assign]
    running.run()
    assert (metric("erasure_age_seconds"), metric("ready")) == (4711, 0)


def test_whether_it_is_ready_is_measured() -> None:
    exporter = FakeExporter([])
    running = service(exporter)
    stop_after(exporter, running, 2)
    running.run()
    assert metric("ready") == 1
    exporter.recorded_key = key_check(b"the key that made the rows, 32 bytes")
    running = service(exporter)
    running._step()
    assert metric("ready") == 0


def test_with_another_key_of_the_pseudonyms_nothing_is_worked_on() -> None:
    exporter = FakeExporter([5])
    exporter.recorded_key = key_check(b"the key that made the rows, 32 bytes")
    running = service(exporter)
    threading.Timer(0.1, running.stop).start()
    run_within_limit(running)
    assert (exporter.sizes, exporter.published) == ([5], 0)
    assert running.health.reason == "subject_key_changed"


def test_the_check_value_of_a_key_is_a_keyed_hash() -> None:
    assert key_check(b"k" * 32) == hmac.new(b"k" * 32, b"check", hashlib.sha256).hexdigest()


def test_a_changed_key_is_an_error_for_the_operator() -> None:
    project: Any = SimpleNamespace(rpc=lambda _name, params: params["p_value"])
    ensure_subject_key(project, b"k" * 32)
    project.rpc = lambda *_: key_check(b"x" * 32)
    with pytest.raises(SubjectKeyChanged) as caught:
        ensure_subject_key(project, b"k" * 32)
    assert caught.value.retry == "operator"


@pytest.mark.parametrize(("reason", "status"), [("project_unreachable", 503), ("", 200)])
def test_readiness_says_why_not(reason: str, status: int) -> None:
    client = TestClient(health_app(Health(reason=reason, digest="d" * 64, examples=7)))
    answer = client.get("/readyz")
    assert answer.status_code == status
    if reason:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == reason
    else:
        assert answer.json()["hints"] == {"realtime": "off", "webhook": "off"}
    assert client.get("/healthz").json() == {"status": "ok"}
    assert "speechgrade_exporter_settled" in client.get("/metrics").text
    assert set(client.get("/version").json()) == {"version", "renderer", "anonymizer"}
