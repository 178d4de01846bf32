"""Traces: nothing where no collector is set, and codes and counts where one is."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.settings import ProjectSettings, load
from speechgrade_shared.tracing import (
    current_trace_id,
    span,
    start_tracing,
    stop_tracing,
    trace_headers,
    trace_id_of,
)

from tests.otlp_collector import collecting

PARENT = f"00-{'a' * 32}-{'b' * 16}-00"


@pytest.mark.parametrize("module", ["speechgrade_scorer.commands", "speechgrade_exporter.daemon"])
def test_without_a_collector_nothing_is_imported(module: str) -> None:
    code = f"""
import sys, {module}
from speechgrade_shared.tracing import span, start_tracing
start_tracing("scorer", "0", None)
with span("x") as step:
    step.note("y", 1)
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "google."))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_without_a_collector_headers_pass_as_they_are() -> None:
    with span("x") as step:
        assert step.carried({"traceparent": PARENT, "x-request-id": "r"}) == {
            "traceparent": PARENT,
            "x-request-id": "r",
        }
        assert current_trace_id() is None


def test_steps_belong_to_what_asked_for_them_and_to_each_other() -> None:
    with collecting() as collector:
        start_tracing("scorer", "1.2.3", f"{collector.url}/v1/traces")
        with (
            span("outer", parent={"traceparent": PARENT, "tracestate": "app=1"}, role="answer") as outer,
            span("inner", role="call") as inner,
        ):
            carried = inner.carried({"x-request-id": "r", "traceparent": PARENT})
            outer.note("speechgrade.count", 3)
        stop_tracing()
        outside, inside = collector.one("outer"), collector.one("inner")
    assert (outside.trace, outside.parent, outside.kind) == ("a" * 32, "b" * 16, "server")
    assert (inside.trace, inside.parent, inside.kind) == ("a" * 32, outside.span, "client")
    assert carried == {
        "x-request-id": "r",
        "traceparent": f"00-{'a' * 32}-{inside.span}-01",
        "tracestate": "app=1",
    }
    assert (outside.service, outside.attributes) == ("speechgrade-scorer", {"speechgrade.count": 3})


def test_a_failure_tells_its_code_and_never_its_words() -> None:
    with collecting() as collector:
        start_tracing("scorer", "0", collector.url)
        for error in (SpeechgradeError("Noor spoke.", code="leak_email"), ValueError("My speech is about bees.")):
            with pytest.raises(type(error)), span(type(error).__name__):
                raise error
        stop_tracing()
        told, unforeseen = collector.one("SpeechgradeError"), collector.one("ValueError")
        sent = b"".join(collector.bodies)
    assert told.is_error
    assert (told.attributes, unforeseen.attributes) == ({"error.type": "leak_email"}, {"error.type": "ValueError"})
    assert b"Noor" not in sent
    assert b"bees" not in sent


def test_words_are_no_attribute() -> None:
    with collecting() as collector:
        start_tracing("scorer", "0", collector.url)
        with span("x") as step:
            step.note("speechgrade.reason", "My speech is about bees.")
        stop_tracing()
        assert collector.one("x").attributes == {"speechgrade.reason": "unfit"}


def test_a_collector_that_is_away_costs_spans_and_a_few_seconds_at_the_end() -> None:
    start_tracing("scorer", "0", "http://127.0.0.1:9")
    began = time.monotonic()
    for _ in range(1000):
        with span("x"):
            pass
    assert time.monotonic() - began < 2
    stop_tracing()
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "given",
    [
        "",
        "00",
        f"00-{'0' * 32}-{'b' * 16}-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        f"ff-{'a' * 32}-{'b' * 16}-01",
        PARENT.upper(),
    ],
)
def test_a_trace_context_that_is_none_is_dropped_with_its_state(given: str) -> None:
    assert trace_headers(given, "app=1") == {}


@given(st.text())
def test_only_printable_state_is_passed_on(state: str) -> None:
    headers = trace_headers(PARENT, state)
    assert trace_id_of(headers) == "a" * 32
    assert headers.get("tracestate", "x").isprintable()


@pytest.mark.parametrize(("value", "expected"), [("", None), ("http://collector:4318/", "http://collector:4318")])
def test_an_empty_address_is_none(monkeypatch: pytest.MonkeyPatch, value: str, expected: str | None) -> None:
    monkeypatch.setenv("SUPABASE_URL", "https://project.example/")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_" + "x" * 20)
    monkeypatch.setenv("SPEECHGRADE_OTLP_ENDPOINT", value)
    assert load(ProjectSettings).otlp_endpoint == expected
