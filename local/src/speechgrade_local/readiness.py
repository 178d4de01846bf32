"""Questions a supervisor asks a process: are you there, are you well."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import httpx

_PROBE_TIMEOUT_S = 2.0
_BUSY_LIMIT = 5


def http_ready(url: str) -> Callable[[], bool]:
    """True once `url` answers anything but a server error."""

    def ask() -> bool:
        try:
            answer = httpx.get(url, timeout=_PROBE_TIMEOUT_S, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR

    return ask


def http_healthy(url: str) -> Callable[[], bool]:
    """False on a server error or a refused connection, and when timeouts go on for long."""
    timeouts = 0

    def ask() -> bool:
        nonlocal timeouts
        try:
            answer = httpx.get(url, timeout=_PROBE_TIMEOUT_S, trust_env=False)
        except httpx.TimeoutException:
            timeouts += 1
            return timeouts < _BUSY_LIMIT
        except httpx.HTTPError:
            return False
        timeouts = 0
        return answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR

    return ask
