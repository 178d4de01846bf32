"""How many scores are worked on at once, and how many callers may wait for that."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from speechgrade_scorer.errors import ScorerBusy

_MOST_RETRY_AFTER_S = 60
# Weight of the newest score in the running mean of how long one takes.
_NEWEST = 0.2


class Admission:
    """A bounded queue in front of the engine.

    Callers may fill all of it. Work that nobody waits for takes at most half of what is done at once, so that a batch
    never keeps an instructor waiting for longer than one score takes.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._turns = anyio.Semaphore(at_once)
        self._background_turns = max(1, at_once // 2)
        self._admitted = 0
        self._background = 0
        self._mean_s = 1.0

    @property
    def admitted(self) -> int:
        """Callers' scores that wait or are worked on."""
        return self._admitted

    @property
    def free_background_turns(self) -> int:
        """How much work that nobody waits for may begin now."""
        spare = self._at_once - self._admitted - self._background
        return max(0, min(spare, self._background_turns - self._background))

    def reserve(self) -> None:
        """Take a place for a caller's score; give it back with ``free``.

        Raises:
            ScorerBusy: as many wait as may wait; it says after how long a place may be free.
        """
        if self._admitted >= self._most:
            rounds = math.ceil((self._admitted - self._at_once + 1) / self._at_once)
            retry_after_s = min(_MOST_RETRY_AFTER_S, max(1, math.ceil(rounds * self._mean_s)))
            raise ScorerBusy("Too many requests are waiting for a score.", retry_after_s)
        self._admitted += 1

    def free(self) -> None:
        """Give a place back."""
        self._admitted -= 1

    def begin_background(self) -> None:
        self._background += 1

    def end_background(self) -> None:
        self._background -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until one more may be worked on."""
        async with self._turns:
            started = anyio.current_time()
            try:
                yield
            finally:
                self._mean_s += _NEWEST * (anyio.current_time() - started - self._mean_s)
