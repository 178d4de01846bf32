"""One way out for every log: ours and those of libraries, as JSON, clean, with service and trace."""

import asyncio
import gc
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, SecretStr
from speechgrade_shared.telemetry import configure_logging, secrets_of
from speechgrade_shared.tracing import span, start_tracing, stop_tracing

from tests.otlp_collector import collecting

TOKEN = "not-a-known-shape-but-ours"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_events_are_lines_of_json_without_the_secrets_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("scorer", secrets=[TOKEN])
    structlog.get_logger().info("scored", attempts=1, reason=f"because of {TOKEN}")
    [line] = lines(capsys)
    assert line | {"timestamp": ""} == {
        "event": "scored",
        "attempts": 1,
        "reason": "because of [redacted]",
        "service": "scorer",
        "level": "info",
        "timestamp": "",
    }


@pytest.mark.parametrize("name", ["uvicorn.error", "httpx", "asyncio", "opentelemetry.exporter", "some.library"])
def test_what_libraries_log_goes_the_same_way(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logging("exporter", secrets=[TOKEN])
    logging.getLogger(name).warning("refused %s for %s", "eyJhbGciOi.eyJzdWIi.c2ln", TOKEN)
    [line] = lines(capsys)
    assert (line["event"], line["logger"]) == ("refused [redacted] for [redacted]", name)
    assert (line["level"], line["service"]) == ("warning", "exporter")


def test_clients_do_not_tell_what_they_ask(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("exporter", level="debug")
    logging.getLogger("httpx").info("HTTP Request: GET https://project/rest/v1/people?name=eq.Noor")
    assert lines(capsys) == []


def test_an_error_of_a_library_tells_its_kind_and_place_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("scorer")
    try:
        raise ValueError("My speech is about bees.")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    [line] = lines(capsys)
    assert line["kind"] == "ValueError"
    assert line["place"].startswith(f"{__name__}:")
    assert "bees" not in json.dumps(line)


def test_a_crash_tells_its_kind_and_trail_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("scorer")
    try:
        raise RuntimeError("My speech is about bees.")
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    [line] = lines(capsys)
    assert (line["event"], line["level"], line["kind"]) == ("crashed", "critical", "RuntimeError")
    assert line["trail"][-1].startswith(f"{__name__}:")
    assert "bees" not in json.dumps(line)


SPEECH = "My speech is about bees."


def fail() -> None:
    raise ValueError(SPEECH)


async def fail_unnoticed() -> None:
    async def failing() -> None:
        fail()

    task = asyncio.create_task(failing())
    await asyncio.wait([task])
    del task
    gc.collect()


def fail_in_a_thread() -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def fail_at_the_end() -> None:
    class Closing:
        def __del__(self) -> None:
            fail()

    Closing()
    gc.collect()


def fail_and_say_so() -> None:
    try:
        fail()
    except ValueError:
        structlog.get_logger().debug("command_failed", exc_info=True)


@pytest.mark.parametrize(
    ("way", "event"),
    [
        (lambda: asyncio.run(fail_unnoticed()), "Task exception was never retrieved"),
        (fail_in_a_thread, "crashed"),
        (fail_at_the_end, "crashed"),
        (fail_and_say_so, "command_failed"),
    ],
    ids=["task", "thread", "finalizer", "our own"],
)
def test_an_error_has_no_way_out_with_its_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, way: Callable[[], None], event: str
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    configure_logging("scorer", level="debug")
    way()
    [line] = lines(capsys)
    assert (line["event"], line["kind"], line["service"]) == (event, "ValueError", "scorer")
    assert "bees" not in json.dumps(line)


def test_a_thread_that_ends_itself_has_not_crashed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    configure_logging("scorer")
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    assert lines(capsys) == []


def test_a_warning_tells_its_kind_and_place_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logging("scorer")
        warnings.warn(f"Expected a number and got {SPEECH!r}", UserWarning, stacklevel=1)
    [line] = lines(capsys)
    assert (line["event"], line["kind"]) == ("warned", "UserWarning")
    assert line["place"].startswith("test_telemetry:")
    assert "bees" not in json.dumps(line)


def test_every_line_inside_a_step_names_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("exporter")
    with collecting() as collector:
        start_tracing("exporter", "0", collector.url)
        with span("exporter.batch"):
            structlog.get_logger().info("inside")
            logging.getLogger("library").warning("inside too")
        structlog.get_logger().info("outside")
        stop_tracing()
        inside, inside_too, outside = lines(capsys)
        assert inside["trace_id"] == inside_too["trace_id"] == collector.one("exporter.batch").trace
    assert "trace_id" not in outside


def test_the_secrets_of_settings_are_known() -> None:
    class Settings(BaseModel):
        key: SecretStr = SecretStr("one")
        maybe: SecretStr | None = None
        name: str = "two"

    assert secrets_of(Settings()) == ["one"]
