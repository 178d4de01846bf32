"""Structured logs: an event name in snake case and key-values, ids and counts only, never student text.

What libraries log goes the same way: one line an event on standard error, clean, with the service and the trace.
"""

import logging
import sys
import threading
import warnings
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import Processor

from speechgrade_shared.bugs import place_of, trail_of
from speechgrade_shared.log_redaction import LogRedaction
from speechgrade_shared.tracing import current_trace_id

# Below that, clients tell addresses with what is asked of them, and headers with keys.
_LIBRARIES_LEVEL = logging.WARNING


def configure_logging(service: str, *, level: str = "info", as_json: bool = True, secrets: Sequence[str] = ()) -> None:
    """Send every log to standard error, one line an event, with the service's name on each.

    ``secrets`` are never logged, whatever they look like: see ``secrets_of``.
    """
    redaction = LogRedaction(secrets)

    def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return redaction.event(event)

    begun: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # In every thread, which context variables are not.
        _name_service(service),
        _name_trace,
    ]
    ended: list[Processor] = [
        redact,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
    ]
    structlog.configure(
        processors=[*begun, _place_error, *ended],
        wrapper_class=structlog.make_filtering_bound_logger(_level(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    _gather_libraries([*begun, structlog.stdlib.add_logger_name, _shorten_asyncio, _place_error], ended)
    _gather_crashes()


def secrets_of(settings: BaseModel) -> list[str]:
    """The values of a settings object's secrets."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def _gather_libraries(begun: Sequence[Processor], ended: Sequence[Processor]) -> None:
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=begun, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ended]
        )
    )
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, _StandardError)] + [handler]
    root.setLevel(_LIBRARIES_LEVEL)
    logging.raiseExceptions = False


def _gather_crashes() -> None:
    """What Python itself would print: tracebacks and warnings, which quote messages and values."""
    sys.excepthook = _tell_crash
    warnings.showwarning = lambda _words, kind, name, line, *_, **__: _tell_warning(kind, name, line)
    # Whoever watches for these already, as a test's runner does, goes on with it.
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _tell_end_of_thread
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda told: _tell_crash(told.exc_type, told.exc_value, told.exc_traceback)


def _level(name: str) -> int:
    return logging.getLevelNamesMapping().get(name.upper(), logging.INFO)


def _name_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if trace_id := current_trace_id():
        event["trace_id"] = trace_id
    return event


def _name_service(service: str) -> Processor:
    def named(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return named


def _place_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Kind and place of an error in the place of its message and traceback, which may quote a speech."""
    error = event.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event.update(kind=type(error).__name__, place=place_of(error))
    event.pop("stack_info", None)
    return event


def _shorten_asyncio(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of a task that failed unnoticed asyncio says so in one line, and quotes task and error in the next ones."""
    if event.get("logger") == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _tell_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt) and error is not None:
        sys.__excepthook__(kind, error, trace)
        return
    trail = [] if error is None else trail_of(error)
    structlog.get_logger().critical("crashed", kind=kind.__name__, trail=trail)


def _tell_end_of_thread(told: threading.ExceptHookArgs) -> None:
    # A thread that ends itself has not crashed.
    if not issubclass(told.exc_type, SystemExit):
        _tell_crash(told.exc_type, told.exc_value, told.exc_traceback)


def _tell_warning(category: type[Warning], filename: str, lineno: int) -> None:
    structlog.get_logger().warning("warned", kind=category.__name__, place=f"{Path(filename).stem}:{lineno}")
