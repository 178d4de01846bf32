"""An engine over real HTTP that says something else each time and remembers it: ``python scripted_engine.py PORT LOG``.

It loads what it is told to and answers from the schema that it is given. Each answer carries its own number in every
feedback, and each is written to the log before it is sent, so that a score can be traced to what was really said.
``SAYS_AFTER_S`` is how long it thinks.
"""

import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BASE = "tiny-base"


def instance(schema: dict[str, Any], text: str, shared: dict[str, Any]) -> Any:
    """Something that the schema allows, with ``text`` for every string; ``shared`` are its ``$defs``."""
    if "$ref" in schema:
        return instance(shared[schema["$ref"].removeprefix("#/$defs/")], text, shared)
    if "enum" in schema:
        return random.choice(schema["enum"])
    if schema["type"] == "object":
        return {name: instance(part, text, shared) for name, part in schema["properties"].items()}
    return text


class Engine(ThreadingHTTPServer):
    """The state that all connections share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, log: Path) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.loaded: set[str] = set()
        self.log = log
        self.lock = threading.Lock()
        self.delay_s = float(os.environ.get("SAYS_AFTER_S", "0"))

    def say(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if body["model"] not in {BASE, *self.loaded}:
            return None
        time.sleep(self.delay_s)
        with self.lock:
            number = f"said {os.getpid()}-{random.getrandbits(40):010x}"
            schema = body["response_format"]["json_schema"]["schema"]
            answer = instance(schema, number, schema.get("$defs", {}))
            with self.log.open("a") as out:
                out.write(json.dumps({"number": number, "answer": answer}) + "\n")
        choice = {"message": {"role": "assistant", "content": json.dumps(answer)}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 20}
        return {"model": body["model"], "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    """The routes of vLLM that a scorer uses."""

    protocol_version = "HTTP/1.1"
    server: Engine

    def do_GET(self) -> None:
        match self.path:
            case "/v1/models":
                self._answer(200, {"data": [{"id": name} for name in (BASE, *self.server.loaded)]})
            case "/version":
                self._answer(200, {"version": "0"})
            case _:
                self._answer(200, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        match self.path:
            case "/v1/load_lora_adapter":
                self.server.loaded.add(body["lora_name"])
                self._answer(200, {})
            case "/v1/unload_lora_adapter":
                self.server.loaded.discard(body["lora_name"])
                self._answer(200, {})
            case _:
                said = self.server.say(body)
                self._answer(200, said) if said else self._answer(404, {"error": {"message": "no such model"}})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            return


if __name__ == "__main__":
    Engine(int(sys.argv[1]), Path(sys.argv[2])).serve_forever()
