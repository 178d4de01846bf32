"""Takes up what waits: scores of batches, scores that were put back, and scores whose scorer fell silent."""

from collections.abc import Callable

import anyio
import structlog
from speechgrade_shared.errors import SpeechgradeError

from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.requests.admission import Admission
from speechgrade_scorer.requests.orders import Job
from speechgrade_scorer.requests.records import Queue, Records
from speechgrade_scorer.requests.works import Works

_log = structlog.get_logger()
_QUEUE_TOLD_S = 15.0


class Claimer:
    """Looks again and again for scores that nobody works on."""

    def __init__(
        self, records: Records, works: Works, admission: Admission, metrics: Metrics, interval_s: float
    ) -> None:
        self._records = records
        self._works = works
        self._admission = admission
        self._metrics = metrics
        self._interval_s = interval_s
        self._told_at = float("-inf")

    async def run(self, *, may_claim: Callable[[], bool]) -> None:
        """Look until cancelled; as soon as something was found, look again at once."""
        while True:
            found = await self._look() if may_claim() else 0
            # Whoever takes nothing up says all the same what waits: it may be nobody else who does.
            await self._tell_queue()
            if not found:
                await anyio.sleep(self._interval_s)

    async def _look(self) -> int:
        most = self._admission.free_background_turns
        if most == 0:
            return 0
        try:
            claims = await self._records.claim(most)
        except SpeechgradeError as error:
            _log.warning("claim_failed", code=error.code)
            return 0
        self._note(claims.queue)
        for row in claims.rows:
            self._works.begin(Job.of_claim(row), is_awaited=False)
        return len(claims.rows)

    async def _tell_queue(self) -> None:
        now = anyio.current_time()
        if now - self._told_at < _QUEUE_TOLD_S:
            return
        # One that fails is not repeated at once either.
        self._told_at = now
        try:
            self._note(await self._records.queue())
        except SpeechgradeError as error:
            _log.warning("queue_unknown", code=error.code)

    def _note(self, queue: Queue) -> None:
        self._told_at = anyio.current_time()
        self._metrics.waiting.set(queue.waiting)
        self._metrics.waiting_age.set(queue.oldest_s)
