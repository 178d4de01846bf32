"""A hub on loopback that speaks the few routes of a download, and can be told to fail."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = "school/base"
LARGE = 4096
"""Files of at least so many bytes are kept as LFS objects, and named by their SHA-256."""


def base_files() -> dict[str, bytes]:
    """A small base: two shards with their index, configuration, tokenizer, and what nobody needs of a repository."""
    shards = {f"model-0000{n}-of-00002.safetensors": bytes([n]) * 100_000 for n in (1, 2)}
    index = {"weight_map": {f"layer.{at}": name for at, name in enumerate(shards)}}
    return shards | {
        "model.safetensors.index.json": json.dumps(index).encode(),
        "config.json": b'{"model_type": "mistral"}',
        "tokenizer.json": b'{"version": "1.0"}',
        "LICENSE": b"Apache-2.0",
        "consolidated.safetensors": b"\0" * 100_000,
        "pytorch_model-00001-of-00002.bin": b"\0" * 100_000,
        "pytorch_model.bin.index.json": b"{}",
        "params.json": b"{}",
        "README.md": b"A base.",
    }


NEEDED = sorted(
    base_files().keys() - {name for name in base_files() if name.startswith(("conso", "pytorch", "pa", "R"))}
)


@dataclass
class FakeHub:
    """What it has, what it does wrong, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=base_files)
    sent_instead: dict[str, bytes] = field(default_factory=dict)
    """Contents that arrive other than they were announced."""
    announced: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is said of a file instead of the truth."""
    breaks_off: dict[str, int] = field(default_factory=dict)
    """Bytes of a file after which the connection ends, and after which the hub is out of order."""
    stalls_at: str = ""
    """A file whose second half does not come before ``goes_on``."""
    goes_on: threading.Event = field(default_factory=threading.Event)
    stalled: threading.Event = field(default_factory=threading.Event)
    refuses: int = 0
    """The status of every answer, if not 0."""
    elsewhere: str = ""
    """The address that files are redirected to."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method and path, with the range that was wanted."""
    tokens: list[str | None] = field(default_factory=list)
    address: str = ""

    def ranges(self, name: str) -> list[str | None]:
        return [range_ for method, path, range_ in self.asked if method == "GET" and path.endswith(f"/{name}")]

    def tree(self) -> list[dict[str, Any]]:
        return [_entry(name, content) | self.announced.get(name, {}) for name, content in self.files.items()] + [
            {"type": "directory", "oid": "0" * 40, "path": "original", "size": 0}
        ]


def _entry(name: str, content: bytes) -> dict[str, Any]:
    git = hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
    entry: dict[str, Any] = {"type": "file", "oid": git, "path": name, "size": len(content)}
    if len(content) >= LARGE:
        sha256 = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 130}
    return entry


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """Serve for as long as the block runs."""
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (_Asked,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.goes_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Asked(BaseHTTPRequestHandler):
    hub: FakeHub

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        hub = self.hub
        hub.asked.append((self.command, self.path, self.headers.get("Range")))
        hub.tokens.append(self.headers.get("Authorization"))
        if hub.refuses:
            self.say(hub.refuses, {})
        elif self.path.startswith(f"/{MODEL}/resolve/{COMMIT}/"):
            self.send_file(self.path.rpartition("/")[2])
        else:
            self.describe()

    def describe(self) -> None:
        if self.path.startswith(f"/api/models/{MODEL}/tree/{COMMIT}"):
            self.say(200, self.hub.tree())
        elif self.path.startswith(f"/api/models/{MODEL}/revision/main"):
            self.say(200, {"id": MODEL, "sha": COMMIT, "siblings": []})
        elif f"/{MODEL}/" in self.path:
            self.say(404, {}, {"X-Error-Code": "RevisionNotFound"})
        else:
            self.say(401, {}, {"X-Error-Code": "RepoNotFound"})

    def send_file(self, name: str) -> None:
        hub = self.hub
        if hub.elsewhere:
            self.say(302, {}, {"Location": f"{hub.elsewhere}{self.path}"})
            return
        content = hub.sent_instead.get(name, hub.files[name])
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if name == hub.stalls_at:
            self.wfile.write(content[start : len(content) // 2])
            hub.stalled.set()
            hub.goes_on.wait(60)
            return
        self.wfile.write(content[start : hub.breaks_off.get(name)])
        if name in hub.breaks_off:
            self.close_connection = True
            hub.refuses = 503

    def say(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
