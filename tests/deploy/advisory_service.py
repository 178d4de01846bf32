"""An advisory service on loopback, in the shapes of OSV and of the npm registry."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OSV = {
    "id": "GHSA-cpwx-vrp4-4pq7",
    "aliases": ["CVE-2025-27516"],
    "summary": "sandbox breakout",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.7"}]}],
        }
    ],
}
NPM = {"id": 1, "url": "https://advisories.invalid/GHSA-jose-0000", "title": "t", "severity": "high"}


class Service(ThreadingHTTPServer):
    """Says that ``jinja2`` and the npm package ``jose`` are weak; ``asked`` is what it was asked about."""

    weak: tuple[str, ...] = ()
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        if "advisories" in path:
            self.asked += [f"{name}@{version}" for name, versions in question.items() for version in versions]
            return {name: [NPM | {"vulnerable_versions": "<7"}] for name in question if name in self.weak}
        name = question["package"]["name"]
        self.asked.append(f"{name}=={question['version']}")
        return {"vulns": [OSV]} if name in self.weak else {}


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        content = json.dumps(self.server.answer(self.path, json.loads(body))).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """npm looks for a version that is not weak; there is none."""
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Service]:
    """The service while the block runs."""
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, daemon=True)
        thread.start()
        yield service
        service.shutdown()
        thread.join()
