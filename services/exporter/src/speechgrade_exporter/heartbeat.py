"""Calls something again and again from a thread of its own, while somebody else is busy: how a lease is kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog
from speechgrade_shared.errors import SpeechgradeError

log = structlog.get_logger()


@contextmanager
def beating(call: Callable[[], object], every_s: float, *, name: str) -> Iterator[None]:
    """Call every so many seconds while the block runs. A failed call is logged: a lease that runs out is safe."""
    stop = Event()

    def beat() -> None:
        while not stop.wait(every_s):
            try:
                call()
            except SpeechgradeError as error:
                log.warning("heartbeat_missed", lease=name, code=error.code)

    thread = Thread(target=beat, name=f"heartbeat-{name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
