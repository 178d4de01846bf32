"""A real HTTP server on loopback that does what it is told, byte by byte, and also what no server should do."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from .conftest import GOOD


@dataclass(frozen=True)
class Seen:
    """A request as it came in, and the number of the connection that it came on."""

    path: str
    headers: dict[str, str]
    body: Any
    connection: int


@dataclass
class ScriptedServer:
    """Answers each request with the next of ``script``; the last one is repeated.

    A step is the bytes to send (a whole response), followed by what becomes of the connection: ``keep`` it, ``close`` it,
    ``reset`` it, or ``hang`` until the test ends.
    """

    script: list[tuple[bytes, str]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    pause_s: float = 0.0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while request := await self._request(reader, number):
                self.seen.append(request)
                data, then = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                await asyncio.sleep(self.pause_s)
                writer.write(data)
                await writer.drain()
                if then == "hang":
                    await asyncio.sleep(60)
                if then == "reset":
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if then != "keep":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, number: int) -> Seen | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Seen(first.split(" ")[1], headers, json.loads(body) if body else None, number)


@asynccontextmanager
async def running(*script: tuple[bytes, str]) -> AsyncIterator[ScriptedServer]:
    """A server with a script, on a port of its own."""
    scripted = ScriptedServer(list(script))
    tasks: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await scripted.serve(reader, writer)

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield scripted
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def response(body: object, status: int = 200, then: str = "keep", **headers: str) -> tuple[bytes, str]:
    """A whole response with a JSON body, or with the bytes given."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Words", f"content-length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data, then


def answers(text: object = GOOD, model: str = "gpt-x-2026-01-01", **changes: object) -> tuple[bytes, str]:
    """A chat completion as hosted APIs give it."""
    content = text if isinstance(text, str) or text is None else json.dumps(text)
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    return response({"id": "c1", "model": model, "choices": [choice], "usage": usage} | changes)
