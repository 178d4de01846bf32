"""Containers reach what listens on loopback through a doorway, while it is open."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest
from speechgrade_local.errors import StartFailed
from speechgrade_local.smoke.doorway import Doorway

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"
LIMIT_S = 10


@pytest.fixture
def echo() -> Iterator[int]:
    """A service that says everything again, backwards at the end; its port."""

    class Backwards(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(self.rfile.read()[::-1])

    with socketserver.TCPServer((INSIDE, 0), Backwards) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def ask(port: int, said: bytes) -> bytes:
    with socket.create_connection((OUTSIDE, port), timeout=LIMIT_S) as connection:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_what_goes_in_comes_out_whole(echo: int) -> None:
    said = bytes(range(256)) * 4096
    with Doorway(OUTSIDE, echo):
        assert ask(echo, said) == said[::-1]
        assert ask(echo, b"again") == b"niaga"


def test_nobody_gets_through_when_it_is_closed(echo: int) -> None:
    with Doorway(OUTSIDE, echo):
        pass
    with pytest.raises(ConnectionError):
        ask(echo, b"anybody?")


def test_a_service_that_is_away_ends_the_connection() -> None:
    with socket.create_server((INSIDE, 0)) as unused:
        port = unused.getsockname()[1]
    heard = b""
    # The end may come before anything was said, and as a reset.
    with Doorway(OUTSIDE, port), contextlib.suppress(OSError):
        heard = ask(port, b"anybody?")
    assert heard == b""


def test_whoever_is_inside_when_it_closes_is_put_out_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with contextlib.ExitStack() as opened:
        service = opened.enter_context(socket.create_server((INSIDE, 0)))
        port = service.getsockname()[1]
        with Doorway(OUTSIDE, port):
            guest = opened.enter_context(socket.create_connection((OUTSIDE, port), timeout=LIMIT_S))
            opened.enter_context(service.accept()[0])
        with contextlib.suppress(ConnectionResetError):
            assert guest.recv(1) == b""
    assert caplog.records == []


def test_an_address_that_is_taken_is_said() -> None:
    with socket.create_server((OUTSIDE, 0)) as taken, pytest.raises(StartFailed, match="Nobody can listen"):
        Doorway(OUTSIDE, taken.getsockname()[1]).__enter__()
