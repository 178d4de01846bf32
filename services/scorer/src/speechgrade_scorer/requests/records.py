"""The scores in the database: kept before work, leased while it lasts, settled once, and read back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

import anyio
from anyio import CapacityLimiter, to_thread
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.project import SupabaseProject

T = TypeVar("T")
Row = Mapping[str, Any]
# More than are worked on at once: a database that hangs must not keep leases from being extended.
_MOST_CALLS = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an order. ``row`` is the stored score, ``reading`` the evaluation of an accepted one."""

    kind: Literal["accepted", "stored", "in_flight", "conflict", "evaluation_unknown"]
    score_id: UUID | None = None
    row: Row | None = None
    reading: Row | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """Whether an end was kept, with which status and reason: the database may know of a deletion. Or why it was not."""

    is_kept: bool
    status: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many scores wait for a scorer, and for how long the oldest has, in seconds."""

    waiting: int
    oldest_s: float

    @classmethod
    def of(cls, answer: Row) -> "Queue":
        return cls(int(answer["waiting"]), float(answer["oldest_seconds"]))


@dataclass(frozen=True, slots=True)
class Claims:
    """Scores that this worker has taken over, and how many still wait for one."""

    rows: Sequence[Row]
    queue: Queue


class Records:
    """One scorer's view of ``llm.scores``. ``worker`` names this process, and no other before or after it.

    Every method raises ``ProjectUnreachable`` or ``ProjectRefused`` where the project gives no answer, none within
    ``limit_s`` seconds (``project_timeout``), or none of ours (``project_unreadable``).
    """

    def __init__(self, project: SupabaseProject, worker: str, lease_s: float, limit_s: float) -> None:
        self._project = project
        self._worker = worker
        self._lease_s = lease_s
        self._limit_s = limit_s
        self._limiter = CapacityLimiter(_MOST_CALLS)

    async def accept(self, order: Row, *, works_now: bool, patience_s: float, within_s: float) -> Verdict:
        """Keep an order, leased by this worker if it works on it now. Saying it twice keeps it once.

        Raises:
            ProjectUnreachable: ``project_timeout``: no answer in time; what was kept all the same will be worked on.
        """
        body = {**order, "leased_by": self._worker if works_now else None}
        body |= {"lease_s": self._lease_s, "patience_s": patience_s}
        answer = await self._rpc("accept_score", {"p_order": body}, within_s)
        with _ours():
            known, kind = answer.get("id"), answer["verdict"]
            return Verdict(kind, UUID(known) if known else None, answer.get("score"), answer.get("reading"))

    async def claim(self, most: int) -> Claims:
        """Take up to ``most`` scores that wait, or whose scorer fell silent."""
        params = {"p_worker": self._worker, "p_limit": most, "p_lease_s": self._lease_s}
        answer = await self._rpc("claim_scores", params)
        with _ours():
            return Claims(answer["claimed"], Queue.of(answer))

    async def queue(self) -> Queue:
        """What waits; nothing is taken."""
        answer = await self._rpc("score_queue", {})
        with _ours():
            return Queue.of(answer)

    async def extend(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Give a sign of life; returns those that are still this worker's."""
        params = {"p_worker": self._worker, "p_ids": [str(one) for one in ids], "p_lease_s": self._lease_s}
        # A sign of life that comes too late is none: the next one is given instead.
        answer = await self._rpc("extend_scores", params, min(self._limit_s, self._lease_s / 3))
        with _ours():
            return frozenset(UUID(one) for one in answer)

    async def put_back(self, score_id: UUID, delay_s: float) -> bool:
        """Let a score be tried again later; False when its patience has run out."""
        params = {"p_id": str(score_id), "p_worker": self._worker, "p_delay_s": delay_s}
        answer = await self._rpc("put_back_score", params)
        with _ours():
            return answer["put_back"] is True

    async def settle(self, end: Row, *, keeps_key: bool, ledger: Row | None) -> Settlement:
        """Keep how a score ended. Saying it twice keeps it once."""
        params = {"p_end": end, "p_worker": self._worker, "p_keeps_key": keeps_key, "p_ledger": ledger}
        answer = await self._rpc("settle_score", params)
        with _ours():
            is_kept = answer["settled"] is True
            return Settlement(is_kept, answer["status"] if is_kept else "", answer["reason"] or "")

    async def disclose(self, score_id: UUID, evaluation_id: UUID | None, requested_by: str, recipient: str) -> None:
        """Write into the audit log that an anonymized text is about to go to another provider."""
        evaluation = str(evaluation_id) if evaluation_id else None
        params = {
            "p_score": str(score_id),
            "p_evaluation": evaluation,
            "p_actor": requested_by,
            "p_recipient": recipient,
        }
        await self._rpc("record_disclosure", params)

    async def release(self) -> int:
        """Leave everything that this worker holds to the others; returns how many."""
        return int(await self._rpc("release_scores", {"p_worker": self._worker}))

    async def stored(self, score_id: UUID) -> Row | None:
        """A score as it is kept, or None."""
        return _named("id", await self._rpc("stored_score", {"p_id": str(score_id)}))

    async def accept_batch(self, batch: Row) -> Row:
        """Keep a batch; the verdict says ``accepted`` with its progress, or why not."""
        answer = _named("verdict", await self._rpc("accept_batch", {"p_batch": batch}))
        return answer or {"verdict": "empty"}

    async def batch(self, batch_id: UUID) -> Row | None:
        """How far a batch is, or None."""
        return _named("batch_id", await self._rpc("batch_progress", {"p_id": str(batch_id)}))

    async def cancel_batch(self, batch_id: UUID, actor: str) -> Row | None:
        """Take back what of a batch has not begun."""
        return _named("batch_id", await self._rpc("cancel_batch", {"p_id": str(batch_id), "p_actor": actor}))

    async def history(self, evaluation_id: UUID) -> Row | None:
        """All scores of an evaluation and what the app holds now, or None."""
        return _named("evaluation_id", await self._rpc("score_history", {"p_evaluation": str(evaluation_id)}))

    async def _rpc(self, name: str, params: Mapping[str, Any], within_s: float | None = None) -> Any:
        # A line on which something trickles never runs into the client's own limits, which are per read.
        try:
            with anyio.fail_after(self._limit_s if within_s is None else within_s):
                return await self._in_thread(lambda: self._project.rpc(name, params))
        except TimeoutError as error:
            raise ProjectUnreachable("The project did not answer in time.", code="project_timeout") from error

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._limiter)


def _named(name: str, row: Any) -> Row | None:
    """A row that is none, or has what every row of its kind has."""
    with _ours():
        return None if row is None or row[name] is None else row


@contextmanager
def _ours() -> Iterator[None]:
    """What is read in the block came from outside, whoever answered in the project's place."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProjectUnreachable("The project's answer cannot be read.", code="project_unreadable") from error
