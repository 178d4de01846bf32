"""The Realtime subscription: a change wakes the loop, a lost connection comes back, and no failure of it gets out."""

import threading
import time
from collections.abc import Iterator
from queue import Empty, Queue

import pytest
from speechgrade_exporter.realtime_hints import RealtimeHints

from .realtime_server import RealtimeServer, realtime_server

# The client reads an attribute that its own websocket library warns about.
pytestmark = pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
KEY = "key-of-the-tests-only"
LIMIT_S = 15


@pytest.fixture
def server() -> Iterator[RealtimeServer]:
    with realtime_server() as running:
        yield running


class Listener:
    """What the exporter's loop would have heard."""

    def __init__(self, url: str) -> None:
        self.woken: Queue[str] = Queue()
        self.states: Queue[str] = Queue()
        self.hints = RealtimeHints(url, KEY, self.woken.put, self.states.put, first_backoff_s=0.01)

    def hear(self) -> str:
        return self.woken.get(timeout=LIMIT_S)

    def until(self, state: str) -> None:
        while self.states.get(timeout=LIMIT_S) != state:
            pass


def test_every_change_wakes_and_so_does_the_subscription_itself(server: RealtimeServer) -> None:
    listener = Listener(server.url)
    with listener.hints:
        listener.until("connected")
        # Changes may have been missed before the subscription stood.
        assert listener.hear() == "realtime"
        server.insert()
        server.insert()
        assert [listener.hear(), listener.hear()] == ["realtime", "realtime"]
    assert server.keys == [KEY]
    assert server.joins.get_nowait()["config"]["postgres_changes"] == [
        {"event": "INSERT", "schema": "llm", "table": "change_queue"}
    ]


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012])
def test_a_lost_connection_comes_back_and_wakes(server: RealtimeServer, code: int) -> None:
    listener = Listener(server.url)
    with listener.hints:
        listener.until("connected")
        listener.hear()
        server.drop(code)
        listener.until("reconnecting")
        listener.until("connected")
        listener.hear()
        server.insert()
        listener.hear()


def test_a_channel_that_breaks_is_joined_again(server: RealtimeServer) -> None:
    listener = Listener(server.url)
    with listener.hints:
        listener.until("connected")
        server.break_channel()
        listener.until("reconnecting")
        listener.until("connected")


def test_nonsense_from_the_server_is_passed_over(server: RealtimeServer, capfd: pytest.CaptureFixture[str]) -> None:
    listener = Listener(server.url)
    with listener.hints:
        listener.until("connected")
        listener.hear()
        server.talk_nonsense()
        server.insert()
        listener.hear()
    assert "realtime:llm-change-queue" not in capfd.readouterr().err


def test_a_subscription_that_is_refused_is_tried_again(server: RealtimeServer) -> None:
    server.refuses = True
    listener = Listener(server.url)
    with listener.hints:
        server.joins.get(timeout=LIMIT_S)
        server.joins.get(timeout=LIMIT_S)
        server.refuses = False
        listener.until("connected")


def test_a_table_that_is_not_published_is_asked_for_less_and_less_often(server: RealtimeServer) -> None:
    server.publishes_the_table = False
    listener = Listener(server.url)
    started = time.monotonic()
    with listener.hints:
        for _ in range(5):
            server.joins.get(timeout=LIMIT_S)
        # 10, 20, 40 and 80 milliseconds lie between the five.
        assert time.monotonic() - started >= 0.15


def test_where_there_is_no_realtime_nothing_happens_and_no_key_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    listener = Listener("http://127.0.0.1:9")
    with listener.hints:
        listener.until("reconnecting")
        listener.until("reconnecting")
        with pytest.raises(Empty):
            listener.woken.get_nowait()
    assert KEY not in "".join(capfd.readouterr())


def test_the_end_of_the_block_ends_the_thread(server: RealtimeServer) -> None:
    listener = Listener(server.url)
    with listener.hints:
        listener.until("connected")
    assert "realtime" not in {thread.name for thread in threading.enumerate()}
    listener.until("reconnecting")
