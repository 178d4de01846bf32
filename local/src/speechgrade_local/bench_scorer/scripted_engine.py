"""An engine that gives one recorded answer to everything, at once or after a while, and needs no processor for it.

``python -m speechgrade_local.bench_scorer.scripted_engine PORT ANSWER_FILE MODEL…``; POST /pace sets the while.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

PACE = "/pace"
_PROBES = ("/version", "/health")
_GONE = (asyncio.IncompleteReadError, ConnectionResetError, BrokenPipeError)


class ScriptedEngine:
    """The routes of vLLM that a scorer needs, with nothing behind them."""

    def __init__(self, answer: dict[str, Any], models: list[str]) -> None:
        self._answer = answer
        self._seconds = 0.0
        self._models = models

    async def serve(self, port: int) -> None:
        """Answer until the process ends."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", port)
        await server.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                body = await reader.readexactly(_announced(head))
                answer = await self._answered(head.split(" ", 2)[1], body)
                writer.write(_response(answer))
        except _GONE:
            return
        finally:
            writer.close()

    async def _answered(self, path: str, body: bytes) -> dict[str, Any] | None:
        if path == "/v1/chat/completions":
            await asyncio.sleep(self._seconds)
            return {**self._answer, "model": json.loads(body)["model"]}
        if path == "/v1/models":
            return {"data": [{"id": name} for name in self._models]}
        if path == PACE:
            self._seconds = float(json.loads(body)["seconds"])
            return {}
        return {"version": "scripted"} if path in _PROBES else None


def _response(answer: dict[str, Any] | None) -> bytes:
    status, document = ("404 Not Found", b"{}") if answer is None else ("200 OK", json.dumps(answer).encode())
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(document)}\r\n\r\n"
    return head.encode() + document


def _announced(head: str) -> int:
    lengths = [line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length:")]
    return int(lengths[0]) if lengths else 0


def main(arguments: list[str]) -> None:
    """Serve on a port until told to stop."""
    port, answer, *models = arguments
    engine = ScriptedEngine(json.loads(Path(answer).read_text()), models)
    asyncio.run(engine.serve(int(port)))


if __name__ == "__main__":
    main(sys.argv[1:])
