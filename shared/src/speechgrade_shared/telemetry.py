"""Structured logs: an event name in snake case and key-values, ids and counts only, never student text.

What libraries log goes the same way: one line an event on standard error, clean, with the service and the trace.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from types import TracebackType
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import Processor

from speechgrade_shared.bugs import place_of
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
        _name_trace,
    ]
    ended: list[Processor] = [
        redact,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
    ]
    structlog.configure(
        processors=[*begun, structlog.processors.format_exc_info, *ended],
        wrapper_class=structlog.make_filtering_bound_logger(_level(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    _gather_libraries([*begun, _name_service(service), structlog.stdlib.add_logger_name, _place_error], ended)


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
    # A traceback would quote the message of its error.
    sys.excepthook = _tell_crash
    logging.raiseExceptions = False


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
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event.update(kind=type(error).__name__, place=place_of(error))
    event.pop("stack_info", None)
    return event


def _tell_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger().critical("crashed", kind=kind.__name__, place=place_of(error))
