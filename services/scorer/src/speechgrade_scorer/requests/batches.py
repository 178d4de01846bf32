"""Many scores at once: accepted, watched, cancelled."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from speechgrade_shared.tracing import TRACEPARENT

from speechgrade_scorer.errors import BatchRefused, BatchUnknown, RequestInvalid
from speechgrade_scorer.requests.orders import fingerprint
from speechgrade_scorer.requests.records import Records, Row
from speechgrade_scorer.settings import ScorerSettings


class Batches:
    """Batches are only kept here; whichever scorer has room takes their scores up."""

    def __init__(self, records: Records, settings: ScorerSettings) -> None:
        self._records = records
        self._settings = settings

    async def order(
        self,
        *,
        requested_by: str,
        key: str | None,
        course_id: UUID | None,
        evaluation_ids: Sequence[UUID],
        trace: Mapping[str, str],
    ) -> Row:
        """Keep a batch of evaluations, or of all of a course that have a transcript; returns its progress.

        Raises:
            BatchRefused: ``batch_empty`` or ``course_unknown``.
            RequestInvalid: ``idempotency_conflict``.
        """
        asked = {
            "course_id": str(course_id) if course_id else None,
            "evaluation_ids": sorted({str(one) for one in evaluation_ids}),
        }
        row = {
            "id": str(uuid4()),
            "requested_by": requested_by,
            "idempotency_key": key,
            "request_sha256": fingerprint(asked),
            "patience_s": self._settings.score_patience_s,
            "traceparent": trace.get(TRACEPARENT),
        }
        answer = await self._records.accept_batch(row | asked)
        match answer["verdict"]:
            case "accepted":
                progress: Row = answer["progress"]
                return progress
            case "conflict":
                raise RequestInvalid("This Idempotency-Key was used for another batch.", code="idempotency_conflict")
            case "course_unknown":
                raise BatchUnknown("There is no such course.", code="course_unknown")
        raise BatchRefused("There is nothing in it to score.")

    async def progress(self, batch_id: UUID) -> Row:
        """How far a batch is.

        Raises:
            BatchUnknown: there is none.
        """
        return _known(await self._records.batch(batch_id))

    async def cancel(self, batch_id: UUID, actor: str) -> Row:
        """Take back what has not begun.

        Raises:
            BatchUnknown: there is none.
        """
        return _known(await self._records.cancel_batch(batch_id, actor))


def _known(progress: Row | None) -> Row:
    if progress is None:
        raise BatchUnknown("There is no such batch.")
    return progress
