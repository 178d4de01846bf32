"""What this process works on: each score once, in the background of whoever waits for it, under a lease kept alive."""

from dataclasses import dataclass
from uuid import UUID

import anyio
import structlog
from anyio.abc import TaskGroup
from speechgrade_shared.bugs import place_of
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.tracing import span, trace_id_of

from speechgrade_scorer.requests.admission import Admission
from speechgrade_scorer.requests.orders import Job
from speechgrade_scorer.requests.records import Records
from speechgrade_scorer.requests.worker import Ending, Lost, Worker, name_of
from speechgrade_scorer.spans import Facts, Spans

_log = structlog.get_logger()
_LEASE_BEATS = 3


@dataclass(slots=True)
class Work:
    """A score being worked on here."""

    job: Job
    is_awaited: bool
    scope: anyio.CancelScope
    is_over: anyio.Event
    ending: Ending | None = None
    is_missed: bool = False
    """Whether the last sign of life found it in other hands, or ended a moment ago."""

    async def ended(self, within_s: float) -> Ending | None:
        """How it ended, or None when it has not after so many seconds; it goes on all the same."""
        with anyio.move_on_after(within_s):
            await self.is_over.wait()
        return self.ending


class Works:
    """The works of one process."""

    def __init__(self, worker: Worker, records: Records, admission: Admission, lease_s: float) -> None:
        self._worker = worker
        self._records = records
        self._admission = admission
        self._lease_s = lease_s
        self._works: dict[UUID, Work] = {}
        self._tasks: TaskGroup | None = None

    @property
    def running(self) -> int:
        return len(self._works)

    def of(self, score_id: UUID) -> Work | None:
        """The work on a score, if it is done here."""
        return self._works.get(score_id)

    def start_in(self, tasks: TaskGroup) -> None:
        """From now on, works live in this group and end with it; their leases are kept alive there."""
        self._tasks = tasks
        tasks.start_soon(self._keep_leases)

    def begin(self, job: Job, *, is_awaited: bool) -> Work:
        """Work on a score whose lease this process holds; one that is being worked on already is only returned.

        An awaited one has a place in the admission, which is given back at its end.
        """
        if self._tasks is None:
            raise RuntimeError("works begin while the service runs")
        known = self._works.get(job.score_id)
        if known is not None:
            return known
        work = self._works[job.score_id] = Work(job, is_awaited, anyio.CancelScope(), anyio.Event())
        if not is_awaited:
            self._admission.begin_background()
        self._tasks.start_soon(self._run, work)
        return work

    async def idle(self, within_s: float) -> bool:
        """Wait until nothing is worked on; False when there still is something after so many seconds."""
        with anyio.move_on_after(within_s):
            for work in tuple(self._works.values()):
                await work.is_over.wait()
        return not self._works

    async def _run(self, work: Work) -> None:
        try:
            told = {"score": str(work.job.score_id), "trace_id": trace_id_of(work.job.trace)}
            with work.scope, structlog.contextvars.bound_contextvars(**told):
                async with self._admission.turn():
                    work.ending = await self._traced(work)
        except Exception as error:
            # Nothing that happens to one score may end the others.
            self._tell_bug(error)
        finally:
            work.ending = work.ending or Lost()
            del self._works[work.job.score_id]
            (self._admission.free if work.is_awaited else self._admission.end_background)()
            work.is_over.set()

    async def _traced(self, work: Work) -> Ending:
        with span(Spans.SCORE, parent=work.job.trace) as step:
            step.note(Facts.SCORE_ID, str(work.job.score_id))
            step.note(Facts.CLAIMED, not work.is_awaited)
            step.note(Facts.SHADOW, work.job.is_shadow)
            ending = await self._ended(work.job)
            step.note(Facts.ENDING, name_of(ending))
            return ending

    async def _ended(self, job: Job) -> Ending:
        try:
            try:
                return await self._worker.work(job)
            except SpeechgradeError:
                raise
            except Exception as error:
                self._tell_bug(error)
                return await self._worker.give_up(job)
        except SpeechgradeError as error:
            # The lease runs out, and somebody takes the score up again.
            _log.warning("work_dropped", code=error.code)
            return Lost()

    def _tell_bug(self, error: Exception) -> None:
        # The message of an unforeseen error may quote a speech: only its kind and place are logged.
        _log.error("internal_error", kind=type(error).__name__, place=place_of(error))

    async def _keep_leases(self) -> None:
        while True:
            await anyio.sleep(self._lease_s / _LEASE_BEATS)
            ids = tuple(self._works)
            if not ids:
                continue
            try:
                held = await self._records.extend(ids)
            except SpeechgradeError as error:
                _log.warning("leases_not_extended", code=error.code, scores=len(ids))
                continue
            for score_id in ids:
                work = self._works.get(score_id)
                if work is not None:
                    self._note(work, is_held=score_id in held)

    def _note(self, work: Work, *, is_held: bool) -> None:
        # One that was settled a moment ago is no longer held either, and its answer is still on its way.
        if work.is_missed and not is_held:
            _log.warning("lease_lost", score=str(work.job.score_id))
            work.scope.cancel()
        work.is_missed = not is_held
