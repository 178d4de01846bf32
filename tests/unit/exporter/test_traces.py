"""A batch is traced where a collector is set: with counts, with its log lines, and without anybody."""

import json

import pytest
from speechgrade_exporter.spans import Facts, Spans
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.telemetry import configure_logging
from speechgrade_shared.tracing import start_tracing, stop_tracing

from tests.otlp_collector import collecting

from .test_worker import FakeProject, poisoned, worker


def test_a_batch_is_one_trace_with_its_log_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("exporter")
    with collecting() as collector:
        start_tracing("exporter", "0", collector.url)
        worker(FakeProject(["e1", "e2", "e3"]), poisoned).work_batch()
        stop_tracing()
        batch, settle = collector.one(Spans.BATCH), collector.one(Spans.SETTLE)
        sent = b"".join(collector.bodies)
    assert (settle.trace, settle.parent, settle.kind) == (batch.trace, batch.span, "client")
    assert batch.attributes == {Facts.CLAIMED: 3, Facts.FAILED: 1}
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["event"]: line["trace_id"] for line in lines} == {
        "changes_failed": batch.trace,
        "changes_settled": batch.trace,
    }
    assert b"Noor" not in sent


def test_a_look_that_finds_nothing_is_no_trace() -> None:
    with collecting() as collector:
        start_tracing("exporter", "0", collector.url)
        worker(FakeProject([])).work_batch()
        stop_tracing()
    assert collector.spans == []


def test_a_batch_that_fails_as_a_whole_has_its_code() -> None:
    def away(_: object) -> None:
        raise ProjectUnreachable("The project did not answer.")

    project = FakeProject(["e1"])
    project.faults["settle_changes"] = away
    with collecting() as collector:
        start_tracing("exporter", "0", collector.url)
        with pytest.raises(ProjectUnreachable):
            worker(project).work_batch()
        stop_tracing()
    assert collector.one(Spans.BATCH).is_error
    assert collector.one(Spans.BATCH).attributes["error.type"] == "project_unreachable"
