"""Takes up what waits: scores of batches, scores that were put back, and scores whose scorer fell silent."""

from collections.abc import Callable

import anyio
import structlog
from speechgrade_shared.errors import SpeechgradeError

from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.requests.admission import Admission
from speechgrade_scorer.requests.orders import Job
from speechgrade_scorer.requests.records import Records
from speechgrade_scorer.requests.works import Works

_log = structlog.get_logger()


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

    async def run(self, *, may_claim: Callable[[], bool]) -> None:
        """Look until cancelled; as soon as something was found, look again at once."""
        while True:
            found = await self._look() if may_claim() else 0
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
        self._metrics.waiting.set(claims.waiting)
        for row in claims.rows:
            self._works.begin(Job.of_claim(row), is_awaited=False)
        return len(claims.rows)
