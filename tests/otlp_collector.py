"""A collector of traces on loopback: it takes OTLP over HTTP, in protobuf or JSON, and keeps what was sent."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it arrived; ids are lower-case hex, ``parent`` is empty for the first of a trace."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    kind: str
    is_error: bool
    attributes: dict[str, Any]


@dataclass
class Collector:
    """What has arrived so far."""

    url: str = ""
    spans: list[Seen] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, path: str, body: bytes, media_type: str) -> int:
        if path != "/v1/traces":
            return 404
        request = ExportTraceServiceRequest()
        if media_type.startswith("application/json"):
            # JSON has ids in hex, which protobuf's own JSON has in base64: both ways of writing it are strict here.
            ParseDict(_with_base64_ids(json.loads(body)), request)
        else:
            request.ParseFromString(body)
        with self.arrived:
            self.bodies.append(body)
            self.spans += _seen(request)
            self.arrived.notify_all()
        return 200

    def named(self, name: str, *, count: int = 1, trace: str = "", within_s: float = 20.0) -> list[Seen]:
        """The spans of a name, of one trace or of all, once so many have arrived."""

        def found() -> list[Seen]:
            return [span for span in self.spans if span.name == name and trace in ("", span.trace)]

        with self.arrived:
            self.arrived.wait_for(lambda: len(found()) >= count, within_s)
        assert len(found()) >= count, f"{name} did not arrive; there were {sorted(span.name for span in self.spans)}"
        return found()

    def one(self, name: str, *, trace: str = "") -> Seen:
        [found] = self.named(name, trace=trace)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector while the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self.send_response(collector.take(self.path, body, self.headers.get("content-type", "")))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: pytest shows what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _seen(request: ExportTraceServiceRequest) -> Iterator[Seen]:
    for resource in request.resource_spans:
        service = {one.key: one.value.string_value for one in resource.resource.attributes}.get("service.name", "")
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Seen(
                    service,
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    str(MessageToDict(span).get("kind", "")).removeprefix("SPAN_KIND_").lower(),
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    {one.key: _value(one.value) for one in span.attributes},
                )


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None


def _with_base64_ids(node: Any) -> Any:
    import base64

    if isinstance(node, list):
        return [_with_base64_ids(one) for one in node]
    if not isinstance(node, dict):
        return node
    ids = {"traceId", "spanId", "parentSpanId"}
    return {
        name: base64.b64encode(bytes.fromhex(value)).decode() if name in ids else _with_base64_ids(value)
        for name, value in node.items()
    }
