"""Publishes the included examples as an immutable snapshot, at the cost of what changed.

The database says which ranges have changed. Their shards are made, verified in the bucket and recorded, which reads
consent once more; then the manifest follows, and last the row that makes the snapshot visible.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.failpoints import Failpoint, reach
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.tracing import span

from speechgrade_exporter import metrics
from speechgrade_exporter.bucket import DatasetBucket
from speechgrade_exporter.lines import Example
from speechgrade_exporter.publisher_lease import PublisherLease
from speechgrade_exporter.ranges import MOST_EXAMPLES, Inventory, Range
from speechgrade_exporter.shards import Line, ShardContent, make_shard
from speechgrade_exporter.snapshots import Snapshot, StoredDocument, make_snapshot
from speechgrade_exporter.spans import Facts, Spans

log = structlog.get_logger()
_JSON_LINES = "application/x-ndjson"
_PAGE = 200
_AT_ONCE = 8
Progress = Callable[[int, int], None]
"""Told how many of how many changed ranges are made."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


class PublishOutcome(StrEnum):
    """How an attempt to publish ended. A stale one saw rows that have to be worked on first."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Publication:
    """An attempt to publish, and the snapshot that it was about."""

    outcome: PublishOutcome
    digest: str = ""
    examples: int = 0
    subjects: int = 0
    splits: Mapping[str, int] | None = None
    excluded: Mapping[str, int] | None = None
    objects_written: int = 0


class Publisher:
    """Makes the bucket and the registry say what the rows say."""

    def __init__(
        self, project: SupabaseProject, bucket: DatasetBucket, lease: PublisherLease, *, anonymizer: str
    ) -> None:
        """``anonymizer`` is the version that a manifest names."""
        self._anonymizer = anonymizer
        self._project = project
        self._bucket = bucket
        self._lease = lease

    def publish(self, progress: Progress = silent, *, rewrite: bool = False) -> Publication:
        """Try once to publish what is settled now; ``rewrite`` stores the documents even if nothing has changed.

        Raises:
            PublisherBusy: another exporter is publishing.
            ProjectError: the project could not be reached or refused; what is published stays as it was.
            ObjectUnverified: an object did not read back as it was written.
        """
        with self._lease.held(), metrics.PUBLISH_SECONDS.time(), span(Spans.PUBLISH) as step:
            publication = self._publish(progress, rewrite=rewrite)
            step.note(Facts.OUTCOME, publication.outcome.value)
            step.note(Facts.EXAMPLES, publication.examples)
            step.note(Facts.OBJECTS, publication.objects_written)
            log.info(
                "dataset_publish",
                outcome=publication.outcome,
                digest=publication.digest,
                examples=publication.examples,
                objects_written=publication.objects_written,
            )
        metrics.PUBLISHED.labels(publication.outcome).inc()
        return publication

    def _publish(self, progress: Progress, *, rewrite: bool) -> Publication:
        unmade, inventory = self._plan()
        written = len(unmade)
        if unmade:
            if not self._make(unmade, progress):
                return Publication(PublishOutcome.STALE)
            _, inventory = self._plan()
        if inventory is None:
            return Publication(PublishOutcome.STALE, objects_written=written)
        snapshot = make_snapshot(inventory, anonymizer=self._anonymizer)
        written += self._bucket.write_all(_documents_to_write(snapshot, inventory, rewrite=rewrite))
        reach(Failpoint.PUBLISH_BEFORE_ROW)
        params = {"p_owner": self._lease.owner, "p_dataset": snapshot.as_dataset()}
        answer = self._project.rpc("publish_dataset", params)
        reach(Failpoint.PUBLISH_AFTER_ROW)
        outcome = PublishOutcome("published" if answer["published"] else answer["reason"])
        metrics.EXAMPLES.set(snapshot.examples)
        return _publication(outcome, snapshot, written)

    def _plan(self) -> tuple[tuple[Range, ...], Inventory | None]:
        """The ranges that need a new object, or else the shards of all of them."""
        params = {"p_owner": self._lease.owner, "p_most": MOST_EXAMPLES}
        answer = self._project.rpc("plan_dataset", params)
        if answer["unmade"]:
            return tuple(Range.from_row(row) for row in answer["unmade"]), None
        return (), Inventory.from_answer(answer)

    def _make(self, unmade: Sequence[Range], progress: Progress) -> bool:
        """Make, store and record the objects of these ranges; False where a row is not what it was any more."""
        is_fresh = True
        for done in range(0, len(unmade), _AT_ONCE):
            progress(done, len(unmade))
            parts = unmade[done : done + _AT_ONCE]
            shards = [shard for shard in (self._shard(part) for part in parts) if shard is not None]
            reach(Failpoint.SHARD_BEFORE_UPLOAD)
            self._bucket.write_all([StoredDocument(shard.path, shard.content, _JSON_LINES) for shard in shards])
            reach(Failpoint.SHARD_AFTER_UPLOAD)
            recorded = {"p_owner": self._lease.owner, "p_shards": [shard.as_record() for shard in shards]}
            answer = self._project.rpc("record_shards", recorded)
            reach(Failpoint.SHARD_AFTER_RECORD)
            is_fresh = is_fresh and len(shards) == len(parts) and not answer["stale"]
        return is_fresh

    def _shard(self, part: Range) -> ShardContent | None:
        """The shard of a range, unless a row of it is not what was settled: that one is put back into the queue."""
        lines, altered = [], []
        for row in self._rows(part):
            line = _rebuilt(row)
            if line is None:
                altered.append(row["evaluation_id"])
            else:
                lines.append(line)
        if altered:
            log.warning("examples_altered", evaluations=altered)
            params = {"p_ids": altered, "p_reason": "altered", "p_actor": self._lease.owner}
            self._project.rpc("enqueue_changes", params)
        return make_shard(part, lines) if lines and not altered else None

    def _rows(self, part: Range) -> Iterator[Mapping[str, Any]]:
        subject, example = "", ""
        while True:
            params = {"p_split": part.split, "p_from": part.start, "p_below": part.end, "p_limit": _PAGE}
            page = self._project.rpc("read_range", params | {"p_after_subject": subject, "p_after_example": example})
            yield from page
            if len(page) < _PAGE:
                return
            subject, example = page[-1]["subject_hash"], page[-1]["example_id"]


def _documents_to_write(snapshot: Snapshot, inventory: Inventory, *, rewrite: bool) -> list[StoredDocument]:
    if rewrite:
        return [*snapshot.documents, snapshot.manifest_document]
    if snapshot.manifest.digest() == inventory.current:
        return []
    fresh = [document for document in snapshot.documents if document.path not in inventory.current_documents]
    return [*fresh, snapshot.manifest_document]


def _rebuilt(row: Mapping[str, Any]) -> Line | None:
    try:
        line = Line.of(str(row["evaluation_id"]), Example.from_row(row))
    except (SpeechgradeError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return line if line.content_sha256 == row["content_sha256"] else None


def _publication(outcome: PublishOutcome, snapshot: Snapshot, written: int) -> Publication:
    return Publication(
        outcome=outcome,
        digest=snapshot.manifest.digest(),
        examples=snapshot.examples,
        subjects=snapshot.subjects,
        splits={split: part.examples for split, part in snapshot.manifest.splits.items()},
        excluded=snapshot.manifest.excluded,
        objects_written=written,
    )
