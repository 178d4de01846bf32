"""Puts a running exporter together: the loop, its HTTP face, and whatever may wake it."""

import signal
from contextlib import AbstractContextManager, nullcontext

from fastapi import APIRouter
from speechgrade_shared.anonymize import load_recognizers
from speechgrade_shared.tracing import start_tracing, stop_tracing

from speechgrade_exporter import __version__
from speechgrade_exporter.health import health_app, serving
from speechgrade_exporter.service import RunningExporter, Service
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.webhook import SignedHints, webhook_router


def serve_until_stopped(exporter: RunningExporter, settings: ExporterSettings) -> None:
    """Run the loop until SIGTERM or SIGINT; it then finishes its batch, gives back the rest and returns.

    Raises:
        PortUnavailable: the port of the HTTP face cannot be listened on.
    """
    # Not when the first change waits for it.
    load_recognizers()
    service = Service(exporter, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    app = health_app(service.health, _webhook(service, settings), anonymizer=settings.example_rules.anonymizer_version)
    start_tracing("exporter", __version__, settings.otlp_endpoint)
    try:
        with serving(app, settings.health_host, settings.health_port), _realtime(service, settings):
            service.run()
    finally:
        stop_tracing()


def _webhook(service: Service, settings: ExporterSettings) -> APIRouter | None:
    if settings.webhook_secret is None:
        return None
    return webhook_router(SignedHints(settings.webhook_secret), service.wake)


def _realtime(service: Service, settings: ExporterSettings) -> AbstractContextManager[object]:
    if not settings.realtime:
        return nullcontext()
    from speechgrade_exporter.realtime_hints import RealtimeHints

    def tell(state: str) -> None:
        service.health.realtime = state

    key = settings.supabase_secret_key.get_secret_value()
    return RealtimeHints(settings.supabase_url, key, service.wake, tell)
