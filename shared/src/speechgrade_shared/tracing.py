"""Spans of OpenTelemetry, for whoever set a collector. Where none is set, nothing is imported and nothing is done.

A span says how long a step took and what came of it, in codes and counts. A string that is not shaped like a code never
becomes an attribute, and the message of an exception is never recorded: it may quote a speech.
"""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Literal, Protocol, Self

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
Value = str | int | float | bool
Role = Literal["step", "answer", "call"]
"""Whether a step is done here, answers another service, or waits for one."""
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_STATE_FORM = re.compile(r"[\x20-\x7e]{1,512}")


class Span:
    """A step of the work, measured while its block runs. This one is for nobody; a recorder's own tell a collector."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        return None

    def note(self, name: str, value: Value) -> None:
        """Say something about the step: a code, a count, an id of a score."""

    def carried(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Headers for the next service, which makes what it does a part of this step."""
        return headers


class Recorder(Protocol):
    """Whoever keeps spans."""

    def span(self, name: str, parent: Mapping[str, str] | None, role: Role) -> Span: ...

    def trace_id(self) -> str | None: ...

    def stop(self) -> None: ...


UNRECORDED: Final = Span()
_recorder: Recorder | None = None


def start_tracing(service: str, version: str, endpoint: str | None) -> None:
    """Send spans to the OTLP/HTTP collector at a base address from now on; without one, do nothing."""
    global _recorder  # noqa: PLW0603
    if endpoint and _recorder is None:
        from speechgrade_shared.recorded_spans import CollectorRecorder

        _recorder = CollectorRecorder(service, version, endpoint)


def stop_tracing() -> None:
    """Send what is left, for a few seconds at most, and record no more."""
    global _recorder
    stopped, _recorder = _recorder, None
    if stopped is not None:
        stopped.stop()


def span(name: str, *, parent: Mapping[str, str] | None = None, role: Role = "step") -> Span:
    """A step, to be entered. It is a part of what ``parent``'s headers name, else of the step around it."""
    return UNRECORDED if _recorder is None else _recorder.span(name, parent, role)


def current_trace_id() -> str | None:
    """The trace that is recorded right here, or None."""
    return None if _recorder is None else _recorder.trace_id()


def trace_headers(traceparent: str, tracestate: str = "") -> dict[str, str]:
    """W3C trace context as it came in, if it is valid; a state without a parent means nothing."""
    if not _FORM.fullmatch(traceparent):
        return {}
    headers = {TRACEPARENT: traceparent}
    if _STATE_FORM.fullmatch(tracestate):
        headers[TRACESTATE] = tracestate
    return headers


def trace_id_of(headers: Mapping[str, str]) -> str | None:
    """The trace that headers belong to, or None."""
    found = _FORM.fullmatch(headers.get(TRACEPARENT, ""))
    return found[1] if found else None
