"""Hints over Supabase Realtime: every change that is queued wakes the loop a moment later.

The subscription lives in a thread with an event loop of its own. It comes back by itself, and whatever happens to it
never reaches the exporter, which polls all the same. The project must publish the table once:
``alter publication supabase_realtime add table llm.change_queue``.
"""

import asyncio
import logging
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import structlog
from realtime import AsyncRealtimeClient, RealtimePostgresChangesListenEvent, RealtimeSubscribeStates

from speechgrade_exporter import metrics

log = structlog.get_logger()
# The client's own words can hold its address, and with it the key.
logging.getLogger("realtime").setLevel(logging.CRITICAL + 1)
_TOPIC = "llm-change-queue"
_LONGEST_BACKOFF_S = 60.0
_STEADY_S = 60.0
_ANSWER_LIMIT_S = 10
_STOP_LIMIT_S = 5.0


class RealtimeHints:
    """A subscription to the queue while the block runs.

    ``wake`` is called with ``realtime`` for every change and whenever the subscription stands again, since changes may
    have been missed; ``tell`` with each new state, ``connected`` or ``reconnecting``. Both are called from the thread.
    """

    def __init__(
        self,
        url: str,
        secret_key: str,
        wake: Callable[[str], None],
        tell: Callable[[str], None],
        *,
        first_backoff_s: float = 1.0,
    ) -> None:
        self._url = f"{url}/realtime/v1"
        self._key = secret_key
        self._wake = wake
        self._tell = tell
        self._first_backoff_s = first_backoff_s
        self._started = Event()
        self._thread = Thread(target=self._run, name="realtime", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout=_STOP_LIMIT_S)

    def _run(self) -> None:
        asyncio.run(self._follow())

    async def _follow(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._failures = 0
        self._started.set()
        while not self._stopping.is_set():
            self._say(is_connected=False)
            began = self._loop.time()
            try:
                await self._subscription()
            except Exception as error:
                # Its text can hold the address, and with it the key: the kind is all that is kept.
                log.warning("realtime_lost", kind=type(error).__name__, failures=self._failures)
            # One that is refused as soon as it stands, for a table that is not published, is no success.
            self._failures = 1 if self._loop.time() - began >= _STEADY_S else self._failures + 1
            await self._pause(min(_LONGEST_BACKOFF_S, self._first_backoff_s * 2.0 ** min(self._failures - 1, 10)))
        self._say(is_connected=False)

    async def _subscription(self) -> None:
        """Subscribe, and return when the subscription is lost or the block ends."""
        client = AsyncRealtimeClient(self._url, self._key, auto_reconnect=False, timeout=_ANSWER_LIMIT_S)
        lost = asyncio.Event()

        def on_state(state: RealtimeSubscribeStates, _error: Exception | None) -> None:
            if state is RealtimeSubscribeStates.SUBSCRIBED:
                self._say(is_connected=True)
                self._wake("realtime")
            else:
                lost.set()

        try:
            await client.connect()
            channel = client.channel(_TOPIC).on_postgres_changes(
                RealtimePostgresChangesListenEvent.Insert, self._on_change, table="change_queue", schema="llm"
            )
            await channel.subscribe(on_state)
            await _first(lost, self._stopping)
        finally:
            await client.close()

    def _on_change(self, _payload: Any) -> None:
        self._wake("realtime")

    def _say(self, *, is_connected: bool) -> None:
        metrics.REALTIME_CONNECTED.set(is_connected)
        self._tell("connected" if is_connected else "reconnecting")

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def _first(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
