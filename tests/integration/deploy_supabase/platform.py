"""A stand-in for the platform on a loopback port: its Management API as far as a deployment uses it, and the function.

It keeps what it is sent, refuses what the real one would refuse, and is told by a test how to fail.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
from psycopg.rows import dict_row

REF = "abcdefghijklmnopqrst"
TOKEN = "sbp_" + "0123456789abcdef" * 2 + "01234567"
SECRET_KEY = "sb_secret_" + "k" * 31


@dataclass
class Call:
    method: str
    path: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Platform:
    """One hosted project."""

    url: str = ""
    schemas: str = "public, graphql_public"
    upload_limit: int = 50 * 1024**2
    status: str = "ACTIVE_HEALTHY"
    secrets: dict[str, str] = field(default_factory=lambda: {"OF_THE_APP": "kept"})
    database_url: str = ""
    functions: set[str] = field(default_factory=set)
    uploaded: bytes = b""
    calls: list[Call] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    """Statuses by the end of a path: every call of it fails with that."""
    check: dict[str, Any] = field(default_factory=dict)

    def written(self) -> list[tuple[str, str]]:
        """Everything that was not only looked at."""
        return [(call.method, call.path) for call in self.calls if call.method != "GET"]

    def answer(self, call: Call, headers: Any) -> tuple[int, Any]:
        if call.path == "/functions/v1/score?check=1":
            is_known = headers["apikey"] == SECRET_KEY
            return (200, self.check) if is_known else (401, {"code": "credential_wrong"})
        if headers["authorization"] != f"Bearer {TOKEN}":
            return 401, {"message": "Unauthorized"}
        self.calls.append(call)
        path = call.path.partition("?")[0]
        for end, status in self.failing.items():
            if path.endswith(end):
                return status, {"message": "It failed."}
        match = re.fullmatch(rf"/v1/projects/{REF}(/.*)?", path)
        return self._project(call, match[1] or "") if match else (404, {"message": "Project not found"})

    def _project(self, call: Call, path: str) -> tuple[int, Any]:
        match call.method:
            case "GET":
                answer = self._read(path)
            case _:
                answer = self._write(call, path)
        return (404, {"message": "Not Found"}) if answer is None else answer

    def _read(self, path: str) -> tuple[int, Any] | None:
        secrets = [{"name": name, "value": _digest(value)} for name, value in self.secrets.items()]
        answers = {
            "": self._description(),
            "/postgrest": {"db_schema": self.schemas, "max_rows": 1000, "db_extra_search_path": "public"},
            "/config/storage": {"fileSizeLimit": self.upload_limit},
            "/secrets": secrets,
            "/functions": [_function(slug) for slug in self.functions],
        }
        return (200, answers[path]) if path in answers else None

    def _write(self, call: Call, path: str) -> tuple[int, Any] | None:
        match call.method, path:
            case "PATCH", "/postgrest":
                self.schemas = call.json()["db_schema"]
            case "PATCH", "/config/storage":
                self.upload_limit = call.json()["fileSizeLimit"]
            case "POST", "/secrets":
                self.secrets |= {one["name"]: one["value"] for one in call.json()}
                return 201, None
            case "POST", "/database/query":
                return 201, self._queried(call.json())
            case "POST", "/functions/deploy":
                self.functions.add("score")
                self.uploaded = call.body
                return 201, _function("score")
            case _:
                return None
        return 200, {}

    def _queried(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, row_factory=dict_row) as database:
            database.read_only = asked["read_only"]
            return database.execute(asked["query"]).fetchall()

    def _description(self) -> dict[str, Any]:
        return {
            "id": REF,
            "ref": REF,
            "organization_id": "o",
            "organization_slug": "o",
            "name": "Gradebook",
            "region": "eu-central-1",
            "created_at": "2026-01-01T00:00:00Z",
            "status": self.status,
            "database": {"host": "127.0.0.1", "version": "17", "postgres_engine": "17", "release_channel": "ga"},
        }


@contextmanager
def serve_platform() -> Iterator[Platform]:
    """A healthy project of the app, with two schemas exposed and one secret."""
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            status, answer = platform.answer(Call(self.command, self.path, body), self.headers)
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PATCH = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing of a test's traffic is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        platform.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield platform
        finally:
            server.shutdown()
            thread.join()


def _function(slug: str) -> dict[str, Any]:
    times = {"created_at": 1, "updated_at": 1}
    return {"id": "1", "slug": slug, "name": slug, "version": 1, "status": "ACTIVE", "verify_jwt": False} | times


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
