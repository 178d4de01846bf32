"""Open input is drawn alike in every run, and no test fails because its first example had to load a library.

``HYPOTHESIS_PROFILE=explore`` draws anew, to look for what nobody has thought of.
"""

import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from speechgrade_shared.tracing import stop_tracing

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
_SLOW_FIRST = ("e2e", "integration", "model", "unit/trainer", "unit", "deploy", "database")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders with slow files first: whichever of two workers ends last then waits for a short one."""
    places = {Path(__file__).parent / folder: place for place, folder in enumerate(_SLOW_FIRST)}

    def place(item: pytest.Item) -> int:
        return next((places[folder] for folder in item.path.parents if folder in places), len(places))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What a command has set up for its process does not outlive the test that ran it."""
    root, hook, raises = logging.getLogger(), sys.excepthook, logging.raiseExceptions
    level = root.level
    yield
    stop_tracing()
    root.handlers = [one for one in root.handlers if not type(one).__module__.startswith("speechgrade")]
    root.setLevel(level)
    sys.excepthook, logging.raiseExceptions = hook, raises
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects or looks up a name fails; threads of a stack that other tests share go on watching it."""
    others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*given: Any, **named: Any) -> Any:
            if threading.get_ident() not in others:
                raise AssertionError("something reached for the network")
            return call(*given, **named)

        return refuse

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket, "getaddrinfo", guarded(socket.getaddrinfo))
