"""Who may be worked on now: so many at once, so many waiting, and never the same id twice at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import anyio

from speechgrade_scorer.errors import InFlight, ScorerBusy


class Admission:
    """A bounded queue in front of the engine."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._limiter = anyio.Semaphore(at_once)
        self._most = at_once + waiting
        self._admitted: set[UUID] = set()

    @asynccontextmanager
    async def admit(self, score_id: UUID) -> AsyncIterator[None]:
        """Wait for a turn.

        Raises:
            InFlight: this id is being worked on.
            ScorerBusy: as many wait as may wait.
        """
        if score_id in self._admitted:
            raise InFlight("A request with this Idempotency-Key is being worked on.")
        if len(self._admitted) >= self._most:
            raise ScorerBusy("Too many requests are waiting for a score.")
        self._admitted.add(score_id)
        try:
            async with self._limiter:
                yield
        finally:
            self._admitted.discard(score_id)
