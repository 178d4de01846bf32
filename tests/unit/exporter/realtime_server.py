"""A small Realtime: a real websocket server that speaks as much of Phoenix as a subscription to table changes needs."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlparse

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve


class RealtimeServer:
    """Answers joins and heartbeats, and sends what a test wants it to send."""

    def __init__(self) -> None:
        self.joins: Queue[dict[str, Any]] = Queue()
        self.keys: list[str] = []
        self.refuses = False
        self.publishes_the_table = True
        self._connections: list[ServerConnection] = []
        self._server: Server = serve(self._talk, "127.0.0.1", 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def insert(self, topic: str = "realtime:llm-change-queue") -> None:
        """A row was queued."""
        data = {
            "schema": "llm",
            "table": "change_queue",
            "commit_timestamp": "2026-01-01T00:00:00Z",
            "type": "INSERT",
            "errors": None,
            "columns": [{"name": "evaluation_id", "type": "uuid"}],
            "record": {"evaluation_id": "60000000-0000-4000-8000-000000000001"},
        }
        self._send(topic, "postgres_changes", {"data": data, "ids": [71]})

    def break_channel(self) -> None:
        self._send("realtime:llm-change-queue", "phx_error", {})

    def talk_nonsense(self) -> None:
        self._connections[-1].send('{"topic": "realtime:llm-change-queue", "event": 7}')

    def drop(self, code: int = 1011) -> None:
        """Close the connection as a server that is restarted does."""
        self._connections[-1].close(code)

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.keys += parse_qs(urlparse(connection.request.path).query)["apikey"]
        self._connections.append(connection)
        try:
            for text in connection:
                self._answer(connection, json.loads(text))
        except ConnectionClosed:
            return

    def _answer(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        if message["event"] == "phx_join":
            self._join(connection, message)
        elif message["event"] in ("heartbeat", "phx_leave"):
            self._reply(connection, message, "ok", {})

    def _join(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        if self.refuses:
            self._reply(connection, message, "error", {"reason": "Unauthorized"})
        else:
            wanted = message["payload"]["config"]["postgres_changes"]
            rows = [binding | {"id": 71} for binding in wanted]
            self._reply(connection, message, "ok", {"postgres_changes": rows})
            if not self.publishes_the_table:
                said = {"status": "error", "extension": "postgres_changes", "channel": "x", "message": "no such table"}
                self._send(message["topic"], "system", said)
        self.joins.put(message["payload"])

    def _reply(self, connection: ServerConnection, message: dict[str, Any], status: str, response: object) -> None:
        reply = {"topic": message["topic"], "event": "phx_reply", "ref": message["ref"]}
        connection.send(json.dumps(reply | {"payload": {"status": status, "response": response}}))

    def _send(self, topic: str, event: str, payload: object) -> None:
        self._connections[-1].send(json.dumps({"topic": topic, "event": event, "payload": payload, "ref": None}))


@contextmanager
def realtime_server() -> Iterator[RealtimeServer]:
    server = RealtimeServer()
    thread = threading.Thread(target=server._server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server._server.shutdown()
        thread.join()
