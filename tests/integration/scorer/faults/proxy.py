"""A TCP proxy that does to HTTP exchanges what networks do: it is told which exchange meets which fault.

An exchange begins when a client sends after the server's last answer (or first on a connection), so connections that
are kept alive can meet a fault in any of their requests. Requests pass whole; faults act on the way back, except
``refused``, which nobody upstream hears of.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

_CHUNK = 65_536
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the answer of one exchange.

    ``latency_s`` passes before its first byte. After ``keep`` bytes (None: all), it ends as ``then`` says: with an RST,
    in silence, or with an orderly close. ``piece`` bytes at a time travel, ``pause_s`` apart.
    """

    name: str
    latency_s: float = 0.0
    keep: int | None = None
    then: Literal["reset", "silence", "close"] = "close"
    piece: int = _CHUNK
    pause_s: float = 0.0
    instead: bytes | None = None
    is_heard_upstream: bool = True


def late(seconds: float) -> Fault:
    """The answer comes whole, and late."""
    return Fault("late", latency_s=seconds)


def reset(keep: int = 0) -> Fault:
    """The request is heard, and the connection torn down after ``keep`` bytes of the answer."""
    return Fault("reset", keep=keep, then="reset")


def silent(keep: int = 0) -> Fault:
    """Half-open: the request is heard, and after ``keep`` bytes of the answer nothing comes any more."""
    return Fault("silent", keep=keep, then="silence")


def truncated(keep: int = 200) -> Fault:
    """The answer ends in its middle, in good order."""
    return Fault("truncated", keep=keep)


def dripping(piece: int = 1, pause_s: float = 0.2) -> Fault:
    """The answer trickles, so that no wait for the next byte is ever long."""
    return Fault("dripping", piece=piece, pause_s=pause_s)


def garbage(instead: bytes = b"\x00\xff\x16\x03\x01 not HTTP at all\r\n\r\n") -> Fault:
    """Something else than the answer comes back; the request is heard."""
    return Fault("garbage", instead=instead)


def refused() -> Fault:
    """The connection is torn down before anybody upstream hears of the request."""
    return Fault("refused", keep=0, then="reset", is_heard_upstream=False)


@dataclass(slots=True)
class _Exchange:
    fault: Fault | None
    has_answered: bool = False
    sent: int = 0


@dataclass
class FaultProxy:
    """One proxy in front of one server. Its script may be changed at any time, from any thread."""

    target: str
    url: str = ""
    met: list[tuple[str, str]] = field(default_factory=list)
    """The exchanges that met a fault: path and the fault's name."""
    _once: list[tuple[str, Fault]] = field(default_factory=list)
    _standing: list[tuple[str, Fault]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, path: str, *faults: Fault) -> None:
        """The next exchanges whose path contains ``path`` meet these faults, one each."""
        with self._lock:
            self._once += [(path, fault) for fault in faults]

    def always(self, path: str, fault: Fault) -> None:
        """Every exchange whose path contains ``path`` meets this fault, until ``heal``."""
        with self._lock:
            self._standing.append((path, fault))

    @property
    def has_more(self) -> bool:
        """Whether a fault still waits for its exchange."""
        with self._lock:
            return bool(self._once)

    def heal(self) -> None:
        """From here on, exchanges pass unharmed; those that met a fault already are not saved."""
        with self._lock:
            self._once.clear()
            self._standing.clear()

    def draw(self, path: str) -> Fault | None:
        with self._lock:
            for number, (wanted, fault) in enumerate(self._once):
                if wanted in path:
                    del self._once[number]
                    self.met.append((path, fault.name))
                    return fault
            for wanted, fault in self._standing:
                if wanted in path:
                    self.met.append((path, fault.name))
                    return fault
        return None


@contextmanager
def proxied(target: str) -> Iterator[FaultProxy]:
    """A proxy in front of the server at ``target`` (``http://host:port``), on a loopback port of its own."""
    proxy = FaultProxy(target)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def call(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    server = call(_listen(proxy))
    try:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy
    finally:
        call(_stop(server))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(proxy: FaultProxy) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _carry(proxy, reader, writer)
        finally:
            writer.close()

    return await asyncio.start_server(connected, "127.0.0.1", 0, backlog=256)


async def _stop(server: asyncio.Server) -> None:
    server.close()
    # Whoever has come in begins, so that it also ends what it holds.
    await asyncio.sleep(0)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


async def _carry(proxy: FaultProxy, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
    place = urlsplit(proxy.target)
    try:
        upstream, requests = await asyncio.open_connection(place.hostname, place.port)
    except OSError:
        _abort(answers)
        return
    connection = _Connection(proxy, requests, answers)
    ways = [asyncio.create_task(connection.out(client)), asyncio.create_task(connection.back(upstream))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        requests.close()
        answers.close()


class _Connection:
    """Both ways of one connection; either one ends it."""

    def __init__(self, proxy: FaultProxy, requests: asyncio.StreamWriter, answers: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._requests = requests
        self._answers = answers
        self._exchange: _Exchange | None = None

    async def out(self, client: asyncio.StreamReader) -> None:
        while data := await client.read(_CHUNK):
            if self._exchange is None or self._exchange.has_answered:
                self._exchange = _Exchange(self._proxy.draw(_path_of(data)))
            fault = self._exchange.fault
            if fault is not None and not fault.is_heard_upstream:
                _abort(self._answers)
                return
            self._requests.write(data)
            await self._requests.drain()

    async def back(self, upstream: asyncio.StreamReader) -> None:
        while data := await upstream.read(_CHUNK):
            exchange = self._exchange
            if exchange is None:
                return
            if not exchange.has_answered and exchange.fault is not None:
                await asyncio.sleep(exchange.fault.latency_s)
            exchange.has_answered = True
            if exchange.fault is None:
                self._answers.write(data)
                await self._answers.drain()
            elif not await self._pass(data, exchange, exchange.fault):
                return

    async def _pass(self, data: bytes, exchange: _Exchange, fault: Fault) -> bool:
        """Whether the connection goes on."""
        if fault.instead is not None:
            self._answers.write(fault.instead)
            await self._answers.drain()
            return False
        passing = data if fault.keep is None else data[: max(0, fault.keep - exchange.sent)]
        for start in range(0, len(passing), fault.piece):
            self._answers.write(passing[start : start + fault.piece])
            await self._answers.drain()
            await asyncio.sleep(fault.pause_s)
        exchange.sent += len(passing)
        if len(passing) == len(data):
            return True
        if fault.then == "silence":
            await asyncio.Event().wait()
        if fault.then == "reset":
            _abort(self._answers)
        return False


def _path_of(data: bytes) -> str:
    words = data.split(b" ", 2)
    return words[1].decode("latin-1") if len(words) > 1 else ""


def _abort(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
