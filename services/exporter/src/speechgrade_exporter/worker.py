"""Claims changes under a lease, decides about each, and settles them: effect and acknowledgement in one transaction.

A row that fails, fails alone. Where a whole batch is refused it is tried again in halves, until the row that spoils it
is by itself. Whatever cannot be read leaves the data until it can: nothing is included on a doubt.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from speechgrade_shared.errors import ProjectUnreachable, SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter import metrics
from speechgrade_exporter.errors import ReadIncomplete
from speechgrade_exporter.examples import Settlement

log = structlog.get_logger()
Decide = Callable[[Mapping[str, Any]], Settlement]


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that is ours until its lease ends."""

    evaluation_id: str
    generation: int


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


class Worker:
    """One worker; several may run side by side."""

    def __init__(self, project: SupabaseProject, decide: Decide, *, batch_size: int, lease_seconds: int) -> None:
        self.name = f"exporter-{uuid.uuid4().hex[:12]}"
        self._project = project
        self._decide = decide
        self._batch_size = batch_size
        self._lease_seconds = lease_seconds

    def work_batch(self) -> WorkReport:
        """Claim and settle one batch; ``claimed`` is 0 when nothing is open.

        Raises:
            ProjectError: the queue could not be reached; leases run out by themselves and nothing is lost.
        """
        claims = self._claim()
        report = WorkReport(claimed=len(claims))
        if claims:
            self._work(claims, report)
            log.info("changes_settled", claimed=report.claimed, **report.outcomes, failed=report.failures.total())
        return report

    def release(self) -> int:
        """Give back what was claimed and not worked on."""
        return int(self._project.rpc("release_changes", {"p_worker": self.name}) or 0)

    def _claim(self) -> list[Claim]:
        params = {"p_worker": self.name, "p_limit": self._batch_size, "p_lease_seconds": self._lease_seconds}
        return [
            Claim(str(row["evaluation_id"]), int(row["generation"]))
            for row in self._project.rpc("claim_changes", params) or ()
        ]

    def _work(self, claims: Sequence[Claim], report: WorkReport) -> None:
        try:
            rows = self._read(claims)
        except Exception as error:
            self._divide_or_fail(claims, error, report, self._work)
            return
        items = [item for item in (self._item(claim, rows, report) for claim in claims) if item is not None]
        self._settle(items, report)

    def _read(self, claims: Sequence[Claim]) -> dict[str, Mapping[str, Any]]:
        wanted = [claim.evaluation_id for claim in claims]
        rows = {str(row["evaluation_id"]): row for row in self._project.rpc("read_evaluations", {"p_ids": wanted})}
        if rows.keys() != set(wanted):
            raise ReadIncomplete("The project did not return every evaluation that was asked for.")
        return rows

    def _item(self, claim: Claim, rows: Mapping[str, Mapping[str, Any]], report: WorkReport) -> dict[str, Any] | None:
        try:
            return self._decide(rows[claim.evaluation_id]).as_item(claim.generation)
        except Exception as error:
            self._fail([claim.evaluation_id], error, report)
            return None

    def _settle(self, items: Sequence[Mapping[str, Any]], report: WorkReport) -> None:
        if not items:
            return
        try:
            answer = self._project.rpc("settle_changes", {"p_worker": self.name, "p_items": list(items)})
        except ProjectUnreachable:
            # The lease runs out and the changes come back; what was settled without an answer stays settled.
            raise
        except Exception as error:
            self._divide_or_fail(items, error, report, self._settle)
            return
        outcomes = Counter({str(outcome): int(count) for outcome, count in answer.items()})
        report.outcomes += outcomes
        for outcome, count in outcomes.items():
            metrics.SETTLED.labels(outcome).inc(count)

    def _divide_or_fail(
        self,
        parts: Sequence[Any],
        error: Exception,
        report: WorkReport,
        again: Callable[[Sequence[Any], WorkReport], None],
    ) -> None:
        if len(parts) > 1 and not isinstance(error, ProjectUnreachable):
            middle = len(parts) // 2
            again(parts[:middle], report)
            again(parts[middle:], report)
        else:
            self._fail(_ids(parts), error, report)

    def _fail(self, ids: Sequence[str], error: Exception, report: WorkReport) -> None:
        code = error.code if isinstance(error, SpeechgradeError) else "internal_error"
        # The text of an unexpected error may quote a student: its kind is all that is kept.
        log.warning("changes_failed", code=code, kind=type(error).__name__, evaluations=list(ids))
        self._project.rpc("fail_changes", {"p_worker": self.name, "p_ids": list(ids), "p_error_code": code})
        report.failures[code] += len(ids)
        metrics.FAILED.labels(code).inc(len(ids))


def _ids(parts: Iterable[Any]) -> list[str]:
    return [part.evaluation_id if isinstance(part, Claim) else str(part["evaluation_id"]) for part in parts]
