"""The loop: it publishes in a quiet moment, waits out a project that fails, and stops in order."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from speechgrade_exporter.health import health_app
from speechgrade_exporter.service import Health, Service
from speechgrade_exporter.worker import WorkReport
from speechgrade_shared.errors import ProjectUnreachable


class FakeExporter:
    """Hands out batches of these sizes and counts what the loop asks for."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.published = 0
        self.released = 0
        self.on_batch: Callable[[], None] = lambda: None
        self.worker = SimpleNamespace(work_batch=self._work, release=self._release)
        self.project = SimpleNamespace(rpc=lambda _name: {"open": 0})

    def _work(self) -> WorkReport:
        self.on_batch()
        return WorkReport(claimed=self.sizes.pop(0) if self.sizes else 0)

    def _release(self) -> int:
        self.released += 1
        return 0

    def enqueue_outdated(self) -> int:
        return 0

    def publish(self) -> Any:
        self.published += 1
        return SimpleNamespace(publication=SimpleNamespace(digest="d" * 64, examples=7))


def service(exporter: FakeExporter, debounce: float = 0.0) -> Service:
    settings = SimpleNamespace(poll_seconds=0.001, debounce_seconds=debounce, sweep_seconds=1000.0)
    return Service(exporter, settings)  # type: ignore[arg-type]


def stop_after(exporter: FakeExporter, running: Service, batches: int) -> None:
    left = iter(range(batches))

    def count() -> None:
        if next(left, None) is None:
            running.stop()

    exporter.on_batch = count


def test_it_publishes_once_after_the_changes_and_stops() -> None:
    exporter = FakeExporter([3, 2, 0, 0])
    running = service(exporter)
    stop_after(exporter, running, 6)
    running.run()
    # Once for what an earlier process may have left, and once for the changes.
    assert 1 <= exporter.published <= 2
    assert exporter.released == 1
    assert (running.health.is_ready, running.health.examples) == (True, 7)


def test_changes_wait_for_a_quiet_moment() -> None:
    exporter = FakeExporter([1])
    running = service(exporter, debounce=1000.0)
    running._dirty_since = None
    stop_after(exporter, running, 5)
    running.run()
    assert exporter.published == 0


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


@pytest.mark.parametrize(("reason", "status"), [("project_unreachable", 503), ("", 200)])
def test_readiness_says_why_not(reason: str, status: int) -> None:
    client = TestClient(health_app(Health(reason=reason, digest="d" * 64, examples=7)))
    answer = client.get("/readyz")
    assert answer.status_code == status
    if reason:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == reason
    assert client.get("/healthz").json() == {"status": "ok"}
    assert "speechgrade_exporter_settled" in client.get("/metrics").text
    assert set(client.get("/version").json()) == {"version", "renderer", "anonymizer"}
