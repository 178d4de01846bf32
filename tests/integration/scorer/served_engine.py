"""A scripted engine on a loopback port: it loads what it is told to, says one thing, and can be held."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ServedEngine:
    """What a served engine answers, and whether it may answer now."""

    def __init__(self, base: str, answer: Mapping[str, Any]) -> None:
        self.url = ""
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._answer = json.dumps(answer)
        self._models = {base}

    @contextmanager
    def held(self) -> Iterator[None]:
        """No question is answered while the block runs."""
        self.may_answer.clear()
        try:
            yield
        finally:
            self.may_answer.set()

    def reply(self, path: str, asked: Mapping[str, Any]) -> object:
        match path:
            case "/v1/models":
                return {"data": [{"id": name} for name in sorted(self._models)]}
            case "/v1/load_lora_adapter":
                self._models.add(asked["lora_name"])
            case "/v1/unload_lora_adapter":
                self._models.discard(asked["lora_name"])
            case "/v1/chat/completions":
                self.may_answer.wait(30)
                choice = {"message": {"content": self._answer}, "finish_reason": "stop"}
                return {"model": asked["model"], "choices": [choice]}
        return {"version": "0"}


@contextmanager
def serve_engine(base: str, answer: Mapping[str, Any]) -> Iterator[ServedEngine]:
    """An engine with one base model that always gives this answer."""
    engine = ServedEngine(base, answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_: object) -> None:
            """Nothing of a test's traffic is printed."""

        def _reply(self, asked: Mapping[str, Any]) -> None:
            body = json.dumps(engine.reply(self.path, asked)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        engine.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield engine
        finally:
            engine.may_answer.set()
            server.shutdown()
            thread.join()
