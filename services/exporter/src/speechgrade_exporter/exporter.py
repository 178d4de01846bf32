"""The exporter as one object: work the queue, publish what came of it, erase what was withdrawn."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Self

from speechgrade_shared.anonymize import ANONYMIZER_VERSION
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_exporter.bucket import DatasetBucket
from speechgrade_exporter.errors import DatasetUnsettled
from speechgrade_exporter.examples import settle
from speechgrade_exporter.publisher import Erasure, Publication, Publisher, PublishOutcome
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.worker import Worker, WorkReport

_TRIES = 6
_PAUSE_S = 0.5
Progress = Callable[[WorkReport], None]


def _silent(_report: WorkReport) -> None:
    return None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did."""

    work: WorkReport
    publication: Publication
    erasure: Erasure = field(default_factory=Erasure)

    @property
    def did_nothing(self) -> bool:
        wrote = self.publication.outcome is PublishOutcome.PUBLISHED or self.publication.objects_written
        return not (self.work.claimed or wrote or self.erasure.certificates)

    def as_dict(self) -> dict[str, Any]:
        return {
            "work": {
                "claimed": self.work.claimed,
                "outcomes": dict(self.work.outcomes),
                "failures": dict(self.work.failures),
            },
            "publication": asdict(self.publication),
            "erasure": asdict(self.erasure),
        }


class Exporter:
    """Worker and publisher of one process."""

    def __init__(self, project: SupabaseProject, settings: ExporterSettings) -> None:
        self.project = project
        self.worker = Worker(
            project,
            partial(settle, rules=settings.example_rules),
            batch_size=settings.batch_size,
            lease_seconds=settings.lease_seconds,
        )
        self.publisher = Publisher(project, DatasetBucket(project, settings.dataset_bucket), self.worker.name)

    @classmethod
    def from_settings(cls, settings: ExporterSettings) -> Self:
        return cls(SupabaseProject.from_settings(settings), settings)

    def run_once(self, progress: Progress = _silent) -> RunReport:
        """Work until nothing is open, publish, erase.

        Raises:
            DatasetUnsettled: rows kept changing under the publisher; what was published stays.
        """
        self.enqueue_outdated()
        work = WorkReport()
        try:
            publication = self._published(work, progress)
        finally:
            self.worker.release()
        return RunReport(work, publication, self.publisher.erase_withdrawn())

    def publish(self, progress: Progress = _silent) -> RunReport:
        """Publish what is settled; only if that turns out to be stale is the queue worked first."""
        publication = self.publisher.publish()
        if publication.outcome is PublishOutcome.STALE:
            return self.run_once(progress)
        return RunReport(WorkReport(), publication, self.publisher.erase_withdrawn())

    def enqueue_outdated(self) -> int:
        """Put back into the queue what another renderer or anonymizer made."""
        params = {"p_renderer": RENDERER_VERSION, "p_anonymizer": ANONYMIZER_VERSION}
        return int(self.project.rpc("enqueue_outdated", params) or 0)

    def _published(self, work: WorkReport, progress: Progress) -> Publication:
        for attempt in range(_TRIES):
            if attempt > 1:
                # Somebody else may hold the rows that make us stale.
                time.sleep(_PAUSE_S * attempt)
            self._drain(work, progress)
            publication = self.publisher.publish()
            if publication.outcome is not PublishOutcome.STALE:
                return publication
        raise DatasetUnsettled("Rows kept changing while the dataset was made, so none was published. Run it again.")

    def _drain(self, work: WorkReport, progress: Progress) -> None:
        while (batch := self.worker.work_batch()).claimed:
            work.add(batch)
            progress(work)
