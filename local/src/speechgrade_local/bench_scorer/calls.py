"""Requests over kept connections with as little of our own in between as Python allows, and what each took."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from speechgrade_local.errors import StepFailed

_LIMIT_S = 120.0
_KEPT_S = 2.0
"""Servers close a connection on which nothing was said for some seconds; before that a new one is made."""
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, made ready: only sending it and reading the answer is timed."""

    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back and how long it took, in seconds."""

    seconds: float
    body: bytes


class Line:
    """A kept connection to one address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._root = parts.path.rstrip("/")
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_LIMIT_S)
        self._last_used = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def ask(self, call: Call) -> Reply:
        """Send a call and read its whole answer.

        Raises:
            StepFailed: the answer is not 200; what took no honest answer is not a figure.
        """
        self._reconnect_if_stale()
        began = time.perf_counter()
        self._connection.request(call.method, self._root + call.path, call.body, {**_JSON, **call.headers})
        response = self._connection.getresponse()
        body = response.read()
        self._last_used = time.perf_counter()
        seconds = self._last_used - began
        if response.status != 200:
            raise StepFailed(f"{call.path} answered {response.status}: {body[:300].decode(errors='replace')}")
        return Reply(seconds, body)

    def _reconnect_if_stale(self) -> None:
        if time.perf_counter() - self._last_used > _KEPT_S:
            self._connection.close()
            self._connection.connect()


@dataclass(frozen=True, slots=True)
class Round:
    """A closed loop: every caller sends its next call when the last one is answered, until all are."""

    seconds: float
    replies: tuple[Reply, ...]

    @property
    def per_second(self) -> float:
        return len(self.replies) / self.seconds


def closed_loop(url: str, calls: Sequence[Call], callers: int) -> Round:
    """Send every call once, so many at a time."""
    lines = [Line(url) for _ in range(callers)]
    numbers = count()

    def drain(line: Line) -> list[Reply]:
        replies = []
        while (number := next(numbers)) < len(calls):
            replies.append(line.ask(calls[number]))
        return replies

    for line in lines:
        line.__enter__()
    try:
        with ThreadPoolExecutor(callers) as pool:
            began = time.perf_counter()
            replies = [reply for drained in pool.map(drain, lines) for reply in drained]
            seconds = time.perf_counter() - began
    finally:
        for line in lines:
            line.__exit__(None, None, None)
    return Round(seconds, tuple(replies))
