"""The sweep: compares what the rows say with the ranges, the manifests and the bucket, and repairs what differs.

It is what finds a trigger that was switched off, an object that was lost, one that a crash left behind, and a backup
that was restored, in which somebody consents again who has withdrawn since. It also ends the storage of scores.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import structlog
from speechgrade_shared.failpoints import Failpoint, reach
from speechgrade_shared.project import PAGE, StoredObject, SupabaseProject
from speechgrade_shared.tracing import span

from speechgrade_exporter.bucket import CERTIFICATES, DatasetBucket
from speechgrade_exporter.certificates import Certificate
from speechgrade_exporter.erasure import certificate_document
from speechgrade_exporter.publisher_lease import PublisherLease
from speechgrade_exporter.spans import Facts, Spans

log = structlog.get_logger()
_SCORES_AT_ONCE = 1000
_MOST_REMOVALS = 20


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep found and put right; all zero where everything was as it should be.

    ``scores_outlived`` and ``scores_orphaned`` are scores removed: too old, and of an evaluation that is deleted.
    """

    requeued: int = 0
    excluded: int = 0
    ranges: int = 0
    restored: int = 0
    lost: int = 0
    removed: int = 0
    expired: int = 0
    scores_outlived: int = 0
    scores_orphaned: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    @property
    def found_nothing(self) -> bool:
        return not any(self.as_dict().values())


class Sweeper:
    """Compares and repairs.

    ``grace_s`` is how old an object must be before nobody may still be about to name it, and ``keep_scores_days`` how
    old a score may become; None: as old as its evaluation.
    """

    def __init__(
        self,
        project: SupabaseProject,
        bucket: DatasetBucket,
        lease: PublisherLease,
        *,
        keep: int,
        grace_s: float,
        keep_scores_days: int | None = None,
    ) -> None:
        self._project = project
        self._bucket = bucket
        self._lease = lease
        self._keep = keep
        self._grace = timedelta(seconds=grace_s)
        self._keep_scores_days = keep_scores_days

    def sweep(self, kept: Sequence[Certificate] | None = None) -> SweepReport:
        """Compare once. Whoever calls publishes afterwards.

        Args:
            kept: after a backup was restored, the certificates that lay outside of it. The list of objects may then be
                as old as the backup, so that every object is read.

        Raises:
            PublisherBusy: another exporter is publishing or sweeping.
            ErasureIncomplete: an object could not be removed.
        """
        with self._lease.held(), span(Spans.SWEEP) as step:
            report = self._sweep(kept)
            step.note(Facts.REPAIRS, sum(report.as_dict().values()))
            log.info("swept", **report.as_dict())
        return report

    def _sweep(self, kept: Sequence[Certificate] | None) -> SweepReport:
        owner = {"p_owner": self._lease.owner}
        listed = self._bucket.listing()
        found = listed if kept is None else self._bucket.readable(listed)
        restored = self._restore(found, kept or ())
        rows = self._project.rpc("sweep_rows", owner)
        expired = int(self._project.rpc("expire_datasets", owner | {"p_keep": self._keep}))
        wanted = self._project.rpc("desired_objects")
        desired, erased = wanted["desired"], set(wanted["erased"])
        lost = [path for path, size in desired.items() if not _is_there(found.get(path), size)]
        left = [path for path in listed if path not in desired]
        removed = [path for path in left if path in erased or self._is_old(listed[path])]
        reach(Failpoint.SWEEP_BEFORE_DELETE)
        self._bucket.erase(removed)
        reach(Failpoint.SWEEP_AFTER_DELETE)
        if lost or removed:
            log.warning("bucket_differs", lost=len(lost), removed=len(removed))
            self._write_certificates(lost)
            self._project.rpc("forget_objects", owner | {"p_lost": lost, "p_removed": removed})
        scores = self._remove_scores(owner)
        self._project.rpc("note_sweep", owner)
        return SweepReport(
            **rows,
            restored=restored,
            lost=len(lost),
            removed=len(removed),
            expired=expired,
            scores_outlived=scores["outlived"],
            scores_orphaned=scores["orphaned"],
        )

    def _remove_scores(self, owner: dict[str, str]) -> Counter[str]:
        """Each call is a transaction of its own; what is left after the last one is for the next sweep."""
        removed: Counter[str] = Counter()
        params = owner | {"p_keep_days": self._keep_scores_days, "p_most": _SCORES_AT_ONCE}
        for _ in range(_MOST_REMOVALS):
            counts = self._project.rpc("remove_scores", params)
            reach(Failpoint.SWEEP_AFTER_SCORES)
            removed.update(counts)
            if not any(counts.values()):
                break
        return removed

    def _restore(self, found: dict[str, StoredObject], kept: Sequence[Certificate]) -> int:
        """Certificates that the database has forgotten count again."""
        known = set(self._project.rpc("erasure_ids"))
        paths = [path for path in found if path.startswith(f"{CERTIFICATES}/")]
        forgotten = {one["id"]: one for one in kept if one["id"] not in known}
        unknown = [path for path in sorted(paths) if PurePosixPath(path).stem not in known | forgotten.keys()]
        certificates = [*forgotten.values(), *(json.loads(self._bucket.read(path)) for path in unknown)]
        restored = 0
        for start in range(0, len(certificates), PAGE):
            params = {"p_actor": self._lease.owner, "p_certificates": certificates[start : start + PAGE]}
            restored += int(self._project.rpc("restore_erasures", params))
        return restored

    def _write_certificates(self, lost: list[str]) -> None:
        """Certificates that the bucket has forgotten are written again."""
        ids = [PurePosixPath(path).stem for path in lost if path.startswith(f"{CERTIFICATES}/")]
        if ids:
            certificates = self._project.rpc("read_certificates", {"p_ids": ids})
            self._bucket.write_all([certificate_document(certificate) for certificate in certificates])

    def _is_old(self, held: StoredObject) -> bool:
        return held.written_at is None or datetime.now(UTC) - held.written_at >= self._grace


def _is_there(held: StoredObject | None, size: int | None) -> bool:
    return held is not None and (size is None or held.size is None or held.size == size)
