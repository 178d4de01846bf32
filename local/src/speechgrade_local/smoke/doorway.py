"""Lets containers reach a service that listens on this machine's loopback, for as long as it is open."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

from speechgrade_local.errors import StartFailed

_CHUNK_BYTES = 65536
_OPENS_WITHIN_S = 5.0


class Doorway:
    """Forwards TCP from `address:port` to `127.0.0.1:port`; a context manager with a thread of its own.

    Raises:
        StartFailed: nobody can listen on that address and port.
    """

    def __init__(self, address: str, port: int) -> None:
        self._address, self._port = address, port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="doorway", daemon=True)
        self._server: asyncio.Server | None = None
        self._inside: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._let_in, self._address, self._port), self._loop
        )
        try:
            self._server = opening.result(_OPENS_WITHIN_S)
        except OSError as error:
            self._end()
            raise StartFailed(f"Nobody can listen on {self._address}:{self._port} for the containers.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end()

    async def _close(self) -> None:
        """Nobody new comes in, and whoever is inside is put out."""
        if self._server is not None:
            self._server.close()
        # Those who were just being let in are ours when the server's own tasks are done.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in self._inside:
                task.cancel()
            await asyncio.wait(others)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside = self._loop.create_task(self._forward(reader, writer))
        self._inside.add(inside)
        inside.add_done_callback(self._inside.discard)
        # Here and not in the task, which may be cancelled before it begins.
        inside.add_done_callback(lambda _: writer.close())

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
            with contextlib.closing(inner_writer):
                await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until the source ends, which the sink is told; what the sink answers may still come."""
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(_CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()
        sink.write_eof()
