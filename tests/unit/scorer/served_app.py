"""An application on a loopback port, in a thread of the test process, as callers over real HTTP meet it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

_START_LIMIT_S = 20.0


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of the application while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        limit = time.monotonic() + _START_LIMIT_S
        while not server.started:
            assert thread.is_alive(), "the application did not start"
            assert time.monotonic() < limit, "the application did not start in time"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
