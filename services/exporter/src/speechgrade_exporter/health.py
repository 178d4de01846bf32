"""The small HTTP face of a running exporter: alive, ready and why not, metrics, version, and signed hints."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from speechgrade_shared.anonymize import ANONYMIZER_VERSION
from speechgrade_shared.listening import listen
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_exporter import __version__, metrics
from speechgrade_exporter.problems import documented, install_problem_handler, problem_response
from speechgrade_exporter.service import Health

_START_LIMIT_S = 10.0
_STOP_LIMIT_S = 5.0


def health_app(health: Health, webhook: APIRouter | None = None, *, anonymizer: str = ANONYMIZER_VERSION) -> FastAPI:
    """The application that answers for a running exporter; without a webhook, /webhook is an unknown route."""
    app = FastAPI(title="speechgrade-exporter", version=__version__)
    install_problem_handler(app)
    metrics.BUILD.labels(__version__, RENDERER_VERSION, anonymizer).set(1)
    if webhook is not None:
        app.include_router(webhook)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @app.get("/readyz", responses=documented(503))
    def readyz() -> JSONResponse:
        """Whether the project answers; a problem (RFC 9457) with a stable code if it does not."""
        if not health.is_ready:
            return problem_response(health.reason, "Not ready", 503)
        hints = {"realtime": health.realtime, "webhook": "off" if webhook is None else "on"}
        return JSONResponse({"status": "ok", "dataset": health.digest, "examples": health.examples, "hints": hints})

    @app.get("/metrics")
    def prometheus() -> Response:
        """Everything in metrics.py, as Prometheus reads it."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/version")
    def version() -> dict[str, str]:
        """The versions that decide what this exporter writes."""
        return {"version": __version__, "renderer": RENDERER_VERSION, "anonymizer": anonymizer}

    return app


@contextmanager
def serving(app: FastAPI, host: str, port: int) -> Iterator[None]:
    """Answer on a port from a thread of its own while the block runs.

    Raises:
        PortUnavailable: the port cannot be listened on.
    """
    # Without a configuration of its own, what uvicorn logs goes where everything does.
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, log_level="warning", access_log=False, ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    listener = listen(host, port, "SPEECHGRADE_HEALTH_PORT")
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="health", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=_STOP_LIMIT_S)
        listener.close()


def _await_start(server: uvicorn.Server, thread: Thread) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
