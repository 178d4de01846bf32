"""The gateway of the profile `local`: its template, filled in and run by this machine's own nginx, before stand-ins."""

import hashlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from speechgrade_local.environment import free_port

from .compose_file import REPO

TEMPLATE = REPO / "deploy/supabase/gateway.conf.template"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
SERVICES = ("rest", "auth", "storage", "functions")
_LOOKS = 200
_PART = 1 << 16


def placeholders() -> set[str]:
    """The variables that the template is filled in with."""
    return set(re.findall(r"\$\{([A-Z_]+)\}", TEMPLATE.read_text("utf-8")))


@dataclass(frozen=True)
class Gateway:
    url: str
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """What it has written down about its requests."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@contextmanager
def running(folder: Path, values: Mapping[str, str]) -> Iterator[Gateway]:
    """The gateway on a free port of the loopback, with these values in the template."""
    assert NGINX is not None
    port = free_port()
    given = dict(values) | {"GATEWAY_LISTEN": f"127.0.0.1:{port}", "GATEWAY_RESOLVER": "127.0.0.1"}
    filled = re.sub(r"\$\{([A-Z_]+)\}", lambda match: given[match[1]], TEMPLATE.read_text("utf-8"))
    (folder / "gateway.conf").write_text(filled, "utf-8")
    paths = "".join(
        f"{kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{paths}include {folder}/gateway.conf;\n}}\n",
        "utf-8",
    )
    with (folder / "access.log").open("wb") as log:
        command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _await(process, f"{url}/health", folder / "error.log")
        yield Gateway(url, folder / "access.log")
    finally:
        process.terminate()
        process.wait(10)


def _await(process: subprocess.Popen[bytes], url: str, errors: Path) -> None:
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(transport=transport) as http:
        for _ in range(_LOOKS):
            assert process.poll() is None, errors.read_text("utf-8")
            try:
                assert http.get(url).status_code == 200
                return
            except httpx.TransportError:
                continue
    raise AssertionError(f"nginx does not listen: {errors.read_text('utf-8')}")


class _Echo(BaseHTTPRequestHandler):
    """Tells what reached it: which service it stands for, the path as sent, the headers, and the digest of the body."""

    protocol_version = "HTTP/1.1"
    server: "StandIn"

    def answer(self) -> None:
        digest, size = self._body()
        told = {
            "service": self.server.service,
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "sha256": digest,
            "size": size,
        }
        body = self.server.large or json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", f"https://of.{self.server.service}.example")
        self.send_header("Upload-Offset", str(size))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815

    def _body(self) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        for piece in self._pieces():
            digest.update(piece)
            size += len(piece)
        return digest.hexdigest(), size

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while length := int(self.rfile.readline(), 16):
                yield self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            piece = self.rfile.read(min(left, _PART))
            left -= len(piece)
            yield piece

    def log_message(self, *_: object) -> None:
        """Nothing: the tests ask the gateway's own log."""


class StandIn(ThreadingHTTPServer):
    """A service behind the gateway, on a free port."""

    daemon_threads = True

    def __init__(self, service: str) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.service = service
        self.large = b""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"
