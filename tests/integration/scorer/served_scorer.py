"""A scorer on a loopback port, in a thread of the test process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from speechgrade_scorer.api.app import create_app
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings


@contextmanager
def serve(settings: ScorerSettings) -> Iterator[str]:
    """The address of a scorer that has looked at its adapters once."""
    app = create_app(ScoringService.from_settings(settings))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield _address_when_ready(server, thread)
    finally:
        server.should_exit = True
        thread.join()


def _address_when_ready(server: uvicorn.Server, thread: threading.Thread) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and thread.is_alive():
        if server.started:
            url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            if "starting" not in httpx.get(f"{url}/readyz", trust_env=False).json()["reasons"]:
                return url
        time.sleep(0.05)
    raise AssertionError("the scorer did not start")
