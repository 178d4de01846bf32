"""The exporter as one object: work the queue, publish what came of it, erase what was withdrawn, sweep."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Self
from uuid import UUID

from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.subject import example_id

from speechgrade_exporter import __version__, publisher
from speechgrade_exporter.bucket import DatasetBucket
from speechgrade_exporter.certificates import Certificate
from speechgrade_exporter.erasure import Eraser, Erasure, identifier_hashes
from speechgrade_exporter.errors import DatasetUnsettled
from speechgrade_exporter.examples import settle
from speechgrade_exporter.people import identify
from speechgrade_exporter.publisher import Publication, Publisher, PublishOutcome
from speechgrade_exporter.publisher_lease import PublisherLease
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.subject_key import ensure_subject_key
from speechgrade_exporter.sweeper import Sweeper, SweepReport
from speechgrade_exporter.worker import Worker, WorkReport

_TRIES = 6
_PAUSE_S = 0.5
_PATIENCE_S = 30.0
Progress = Callable[[WorkReport], None]


def _silent(_report: WorkReport) -> None:
    return None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did."""

    work: WorkReport
    publication: Publication
    erasure: Erasure = field(default_factory=Erasure)
    sweep: SweepReport = field(default_factory=SweepReport)

    @property
    def is_stale(self) -> bool:
        return self.publication.outcome is PublishOutcome.STALE

    @property
    def did_nothing(self) -> bool:
        wrote = self.publication.outcome is PublishOutcome.PUBLISHED or self.publication.objects_written
        return not (self.work.claimed or wrote or self.erasure.certificates) and self.sweep.found_nothing

    def as_dict(self) -> dict[str, Any]:
        return {
            "work": {
                "claimed": self.work.claimed,
                "outcomes": dict(self.work.outcomes),
                "failures": dict(self.work.failures),
            },
            "publication": asdict(self.publication),
            "erasure": asdict(self.erasure),
            "sweep": self.sweep.as_dict(),
        }


class Exporter:
    """Worker, publisher, eraser and sweeper of one process."""

    def __init__(
        self, project: SupabaseProject, settings: ExporterSettings, *, patience_s: float = _PATIENCE_S
    ) -> None:
        """``patience_s`` is how long to wait, in seconds, while another exporter publishes."""
        self.project = project
        rules = settings.example_rules
        self._key, self._anonymizer = rules.key, rules.anonymizer_version
        self._is_key_known = False
        self.worker = Worker(
            project,
            partial(identify, key=self._key),
            partial(settle, rules=rules),
            batch_size=settings.batch_size,
            lease_seconds=settings.lease_seconds,
        )
        bucket = DatasetBucket(project, settings.dataset_bucket)
        lease = PublisherLease(project, self.worker.name, seconds=settings.lease_seconds, patience_s=patience_s)
        self.publisher = Publisher(project, bucket, lease, anonymizer=self._anonymizer)
        self.eraser = Eraser(project, bucket, lease, settings.checkpoint_bucket)
        self.sweeper = Sweeper(
            project,
            bucket,
            lease,
            keep=settings.keep_datasets,
            grace_s=settings.orphan_grace_seconds,
            keep_scores_days=settings.keep_scores_days,
        )

    @classmethod
    def from_settings(cls, settings: ExporterSettings, *, patience_s: float = _PATIENCE_S) -> Self:
        return cls(SupabaseProject.from_settings(settings), settings, patience_s=patience_s)

    def run_once(
        self, progress: Progress = _silent, publishing: publisher.Progress = publisher.silent, *, rewrite: bool = False
    ) -> RunReport:
        """Work until nothing is open, publish, erase.

        Raises:
            SubjectKeyChanged: the rows were made with another key.
            DatasetUnsettled: rows kept changing under the publisher; what was published stays.
            PublisherBusy: another exporter is publishing.
        """
        self._ensure_key()
        self.enqueue_outdated()
        work = WorkReport()
        try:
            publication = self._published(work, progress, publishing, rewrite=rewrite)
        finally:
            self.worker.release()
        return RunReport(work, publication, self.eraser.erase_withdrawn())

    def publish_settled(self, publishing: publisher.Progress = publisher.silent, *, rewrite: bool = False) -> RunReport:
        """Publish what is settled and erase what is withdrawn; a stale outcome means that the queue comes first."""
        self._ensure_key()
        publication = self.publisher.publish(publishing, rewrite=rewrite)
        return RunReport(WorkReport(), publication, self.eraser.erase_withdrawn())

    def publish(self, publishing: publisher.Progress = publisher.silent) -> RunReport:
        """Publish what is settled; only if that turns out to be stale is the queue worked first."""
        report = self.publish_settled(publishing)
        return self.run_once(publishing=publishing) if report.is_stale else report

    def sweep_settled(self, kept: Sequence[Certificate] | None = None) -> RunReport:
        """Compare rows, ranges, manifests and bucket, repair what differs, and publish; the queue is left alone.

        ``kept``: after a backup was restored, the certificates that lay outside of it.
        """
        self._ensure_key()
        swept = self.sweeper.sweep(kept)
        return replace(self.publish_settled(rewrite=bool(swept.lost)), sweep=swept)

    def sweep(self, progress: Progress = _silent, kept: Sequence[Certificate] | None = None) -> RunReport:
        """The same, and then whatever the sweep has put into the queue."""
        report = self.sweep_settled(kept)
        if report.sweep.found_nothing and not report.is_stale:
            return report
        return replace(self.run_once(progress), sweep=report.sweep)

    def erase_subject(self, identifier: str, reason: str) -> tuple[int, RunReport]:
        """Take a person out of everything for good; how many evaluations that touched, and the run that did it."""
        self._ensure_key()
        params = {"p_actor": self.worker.name, "p_keys": self._hashes(identifier), "p_reason": reason}
        found = self.project.rpc("erase_subject", params)
        return int(found["evaluations"]), self.run_once()

    def lift_erasure(self, identifier: str, reason: str) -> int:
        """Let a person who was erased on request come back, if they consent; how many tombstones that lifted."""
        params = {"p_actor": self.worker.name, "p_keys": self._hashes(identifier), "p_reason": reason}
        return int(self.project.rpc("lift_tombstones", params))

    def about(self, identifier: str, actor: str) -> dict[str, Any]:
        """What is held of a person: ids, states and times, by kind. The audit log keeps that ``actor`` has asked."""
        self._ensure_key()
        params = {"p_actor": actor, "p_keys": self._hashes(identifier)}
        return dict(self.project.rpc("about_subject", params))

    def take_out(self, evaluation: UUID, reason: str) -> tuple[bool, RunReport]:
        """Take one speech out of everything for good; whether it was in anything, and the run that did it."""
        self._ensure_key()
        was_in = bool(self.project.rpc("take_out_evaluation", self._one(evaluation, reason)))
        return was_in, self.run_once()

    def put_back(self, evaluation: UUID, reason: str) -> bool:
        """Let consent decide again about a speech that was taken out; whether it was."""
        self._ensure_key()
        return bool(self.project.rpc("put_back_evaluation", self._one(evaluation, reason)))

    def _one(self, evaluation: UUID, reason: str) -> dict[str, str]:
        example = example_id(self._key, str(evaluation))
        who = {"p_actor": self.worker.name, "p_reason": reason}
        return who | {"p_evaluation": str(evaluation), "p_example": example}

    def enqueue_outdated(self) -> int:
        """Put back into the queue what another renderer or anonymizer made."""
        params = {"p_renderer": RENDERER_VERSION, "p_anonymizer": self._anonymizer}
        return int(self.project.rpc("enqueue_outdated", params) or 0)

    def beat(self, dataset: str) -> None:
        """Say in the project that this process runs, by which versions, and of which dataset."""
        facts = {
            "version": __version__,
            "renderer": RENDERER_VERSION,
            "anonymizer": self._anonymizer,
            "dataset": dataset,
        }
        self.project.rpc("beat", {"p_service": "exporter", "p_worker": self.worker.name, "p_facts": facts})

    def end_beat(self) -> None:
        """Say that it ends, so that nobody misses it."""
        self.project.rpc("beat", {"p_service": "exporter", "p_worker": self.worker.name, "p_facts": None})

    def _ensure_key(self) -> None:
        if not self._is_key_known:
            ensure_subject_key(self.project, self._key)
            self._is_key_known = True

    def _hashes(self, identifier: str) -> list[str]:
        institutions = [None, *self.project.rpc("institution_ids")]
        return identifier_hashes(self._key, identifier.strip(), institutions)

    def _published(
        self, work: WorkReport, progress: Progress, publishing: publisher.Progress, *, rewrite: bool
    ) -> Publication:
        def add(batch: WorkReport) -> None:
            work.add(batch)
            progress(work)

        for attempt in range(_TRIES):
            if attempt > 1:
                # Somebody else may hold the rows that make us stale.
                time.sleep(_PAUSE_S * attempt)
            self.worker.drain(add)
            publication = self.publisher.publish(publishing, rewrite=rewrite)
            if publication.outcome is not PublishOutcome.STALE:
                return publication
        raise DatasetUnsettled("Rows kept changing while the dataset was made, so none was published. Run it again.")
