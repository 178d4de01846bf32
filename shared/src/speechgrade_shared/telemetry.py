"""Structured logs: an event name in snake case and key-values, ids and counts only, never student text."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_NEVER_LOGGED = ("transcript", "text", "content", "feedback", "secret", "password", "token", "authorization", "email")


def configure_logging(service: str, *, level: str = "info", as_json: bool = True) -> None:
    """Send structlog to standard error, one line an event, with the service's name on each."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _redact,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _level(name: str) -> int:
    return logging.getLevelNamesMapping().get(name.upper(), logging.INFO)


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for key in event:
        if key != "event" and any(part in key.lower() for part in _NEVER_LOGGED):
            event[key] = "[redacted]"
    return event
