"""Claims changes under a lease, decides about each, and settles them: effect and acknowledgement in one transaction.

A row that fails, fails alone. Where a whole batch is refused it is tried again in halves, until the row that spoils it
is by itself. Whatever cannot be read leaves the data until it can: nothing is included on a doubt.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import structlog
from speechgrade_shared.errors import ProjectUnreachable, SpeechgradeError
from speechgrade_shared.failpoints import Failpoint, reach
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.tracing import span

from speechgrade_exporter import metrics
from speechgrade_exporter.change_queue import ChangeQueue, Claim, Row
from speechgrade_exporter.examples import Settlement
from speechgrade_exporter.heartbeat import beating
from speechgrade_exporter.people import Identify, people_of
from speechgrade_exporter.spans import Facts, Spans

log = structlog.get_logger()
Decide = Callable[[Mapping[str, Any]], Settlement]


@dataclass(slots=True)
class WorkReport:
    """What became of claimed changes: by outcome, by reason, and by code for those that failed."""

    claimed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, other: "WorkReport") -> None:
        self.claimed += other.claimed
        self.outcomes += other.outcomes
        self.failures += other.failures


@dataclass(slots=True)
class Batch:
    """Claimed changes and what was read for them; the report already names those that could not be read."""

    claims: list[Claim]
    rows: dict[str, Row] = field(default_factory=dict)
    report: WorkReport = field(default_factory=WorkReport)


class Worker:
    """One worker; several may run side by side."""

    def __init__(
        self, project: SupabaseProject, identify: Identify, decide: Decide, *, batch_size: int, lease_seconds: int
    ) -> None:
        self.name = f"exporter-{uuid.uuid4().hex[:12]}"
        self._queue = ChangeQueue(project, self.name, batch_size=batch_size, lease_seconds=lease_seconds)
        self._identify = identify
        self._decide = decide

    def work_batch(self) -> WorkReport:
        """Claim and settle one batch; ``claimed`` is 0 when nothing is open.

        Raises:
            ProjectError: the queue could not be reached; leases run out by themselves and nothing is lost.
        """
        batch = self._fetch()
        if batch.claims:
            with span(Spans.BATCH) as step, self._keeping_claims():
                self._settle(self._decided(batch), batch.report)
                step.note(Facts.CLAIMED, batch.report.claimed)
                step.note(Facts.FAILED, batch.report.failures.total())
                self._tell(batch.report)
        return batch.report

    def drain(self, progress: Callable[[WorkReport], None]) -> None:
        """Work until nothing is open: while one batch is decided, the next is read and the one before is settled.

        Raises:
            ProjectError: as ``work_batch``.
        """
        with self._keeping_claims(), ThreadPoolExecutor(2, thread_name_prefix="queue") as pool:
            # The last settlement may put rows back after the last fetch has found none.
            while self._drained(pool, progress):
                pass

    def _drained(self, pool: ThreadPoolExecutor, progress: Callable[[WorkReport], None]) -> bool:
        """Whether there was anything."""
        coming: Future[Batch] = pool.submit(self._fetch)
        going: Future[None] | None = None
        while (batch := coming.result()).claims:
            coming = pool.submit(self._fetch)
            items = self._decided(batch)
            if going is not None:
                going.result()
            going = pool.submit(self._finish, items, batch.report, progress)
        if going is not None:
            going.result()
        return going is not None

    def release(self) -> int:
        """Give back what was claimed and not worked on."""
        return self._queue.release()

    def _keeping_claims(self) -> Any:
        return beating(self._queue.extend, self._queue.lease_seconds / 3, name=self.name)

    def _fetch(self) -> Batch:
        claims = self._queue.claim()
        batch = Batch(claims, report=WorkReport(claimed=len(claims)))
        reach(Failpoint.CLAIM_AFTER)
        if claims:
            self._read(claims, batch)
        reach(Failpoint.READ_AFTER)
        return batch

    def _read(self, claims: Sequence[Claim], batch: Batch) -> None:
        try:
            rows = self._queue.read(claims)
            self._name_people(rows)
        except Exception as error:
            self._divide_or_fail(claims, error, batch.report, lambda part: self._read(part, batch))
            return
        batch.rows |= rows

    def _name_people(self, rows: Mapping[str, Row]) -> None:
        """Put beside each row whose speech it is: ``person`` has subject, split (or None) and erased."""
        people = people_of(rows, self._identify)
        for evaluation, person in self._queue.resolve(people).items():
            rows[evaluation]["person"] = person

    def _decided(self, batch: Batch) -> list[dict[str, Any]]:
        items = []
        for claim in batch.claims:
            if (row := batch.rows.get(claim.evaluation_id)) is None:
                continue
            try:
                items.append(self._decide(row).as_item(claim.generation))
            except Exception as error:
                self._fail([claim.evaluation_id], error, batch.report)
        return items

    def _finish(
        self, items: Sequence[Mapping[str, Any]], report: WorkReport, progress: Callable[[WorkReport], None]
    ) -> None:
        self._settle(items, report)
        self._tell(report)
        progress(report)

    def _settle(self, items: Sequence[Mapping[str, Any]], report: WorkReport) -> None:
        if not items:
            return
        reach(Failpoint.SETTLE_BEFORE)
        try:
            with span(Spans.SETTLE, role="call"):
                outcomes = self._queue.settle(items)
        except ProjectUnreachable:
            # The lease runs out and the changes come back; what was settled without an answer stays settled.
            raise
        except Exception as error:
            self._divide_or_fail(items, error, report, lambda part: self._settle(part, report))
            return
        reach(Failpoint.SETTLE_AFTER)
        report.outcomes += outcomes
        for outcome, count in outcomes.items():
            metrics.SETTLED.labels(outcome).inc(count)

    def _divide_or_fail(
        self, parts: Sequence[Any], error: Exception, report: WorkReport, again: Callable[[Sequence[Any]], None]
    ) -> None:
        if len(parts) > 1 and not isinstance(error, ProjectUnreachable):
            middle = len(parts) // 2
            again(parts[:middle])
            again(parts[middle:])
        else:
            self._fail(_ids(parts), error, report)

    def _fail(self, ids: Sequence[str], error: Exception, report: WorkReport) -> None:
        code = error.code if isinstance(error, SpeechgradeError) else "internal_error"
        # The text of an unexpected error may quote a student: its kind is all that is kept.
        log.warning("changes_failed", code=code, kind=type(error).__name__, evaluations=list(ids))
        # An outage must not use up the tries of every row that it meets.
        self._queue.fail(ids, code, is_counted=not isinstance(error, ProjectUnreachable))
        report.failures[code] += len(ids)
        metrics.FAILED.labels(code).inc(len(ids))

    def _tell(self, report: WorkReport) -> None:
        log.info("changes_settled", claimed=report.claimed, **report.outcomes, failed=report.failures.total())


def _ids(parts: Iterable[Any]) -> list[str]:
    return [part.evaluation_id if isinstance(part, Claim) else str(part["evaluation_id"]) for part in parts]
