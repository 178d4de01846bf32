"""Publishes the included examples as an immutable snapshot, and carries out the erasures that withdrawals ask for.

Objects first, each verified; then the row that makes the snapshot visible, which the database writes only if the
examples and their consent are still what the snapshot says; then the objects of withdrawn speeches go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import Split

from speechgrade_exporter import metrics
from speechgrade_exporter.bucket import DatasetBucket
from speechgrade_exporter.lines import Example
from speechgrade_exporter.shards import Line
from speechgrade_exporter.snapshots import Snapshot, make_snapshot

log = structlog.get_logger()
_COLUMNS = "evaluation_id,subject_hash,example_id,split,anonymized_transcript,rubric,sections,content_sha256"
_JSON_LINES = "application/x-ndjson"
_JSON = "application/json"


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


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure deleted, and how many withdrawals it completed."""

    objects: int = 0
    certificates: int = 0


class Publisher:
    """Makes the bucket and the registry say what the rows say."""

    def __init__(self, project: SupabaseProject, bucket: DatasetBucket, actor: str) -> None:
        self._project = project
        self._bucket = bucket
        self._actor = actor

    def publish(self) -> Publication:
        """Try once to publish what is settled now.

        Raises:
            ProjectError: the project could not be reached or refused; what is published stays as it was.
            ObjectUnverified: an object did not read back as it was written.
        """
        with metrics.PUBLISH_SECONDS.time():
            publication = self._publish()
        metrics.PUBLISHED.labels(publication.outcome).inc()
        log.info(
            "dataset_publish",
            outcome=publication.outcome,
            digest=publication.digest,
            examples=publication.examples,
            objects_written=publication.objects_written,
        )
        return publication

    def erase_withdrawn(self) -> Erasure:
        """Delete the objects of withdrawn speeches from the bucket, and certify it.

        Raises:
            ErasureIncomplete: an object is still there, so nothing was certified.
        """
        pending = self._project.rpc("pending_erasures")
        evaluations, objects = list(pending["evaluations"]), list(pending["objects"])
        if not evaluations:
            return Erasure()
        self._bucket.erase(objects)
        params = {"p_worker": self._actor, "p_evaluations": evaluations, "p_objects": objects}
        done = int(self._project.rpc("complete_erasures", params) or 0)
        metrics.ERASED.inc(done)
        log.info("withdrawals_erased", objects=len(objects), certificates=done, waiting=len(evaluations) - done)
        return Erasure(len(objects), done)

    def _publish(self) -> Publication:
        altered: list[str] = []
        lines = list(self._lines(altered))
        if altered:
            log.warning("examples_altered", evaluations=altered)
            self._project.rpc("enqueue_stale", {"p_altered": altered})
            return Publication(PublishOutcome.STALE)
        snapshot = make_snapshot(
            lines, excluded=self._project.rpc("exclusion_counts"), consent_types=self._consent_types()
        )
        written = self._store(snapshot)
        params = {"p_worker": self._actor, "p_dataset": snapshot.as_dataset(), "p_members": snapshot.members()}
        answer = self._project.rpc("publish_dataset", params)
        outcome = PublishOutcome("published" if answer["published"] else answer["reason"])
        if outcome is PublishOutcome.STALE:
            self._project.rpc("enqueue_stale", {"p_altered": []})
            return Publication(outcome, objects_written=written)
        metrics.EXAMPLES.set(snapshot.examples)
        return _publication(outcome, snapshot, written)

    def _lines(self, altered: list[str]) -> Iterator[Line]:
        """Every included example as its line; what is not what was settled is named instead."""
        for row in self._project.rows("training_data", _COLUMNS, key="evaluation_id", where={"status": "included"}):
            line = _rebuilt(row)
            if line is None:
                altered.append(str(row["evaluation_id"]))
            else:
                yield line

    def _store(self, snapshot: Snapshot) -> int:
        objects = {shard.shard.path: (shard.content, _JSON_LINES) for shard in snapshot.shards}
        objects[snapshot.manifest_path] = (snapshot.manifest.to_bytes(), _JSON)
        return self._bucket.write_missing(objects)

    def _consent_types(self) -> tuple[str, ...]:
        policy = next(self._project.rows("policy", "only_row,consent_types", key="only_row"))
        return tuple(policy["consent_types"])


def _rebuilt(row: Mapping[str, Any]) -> Line | None:
    try:
        example = Example.from_row(row)
        content = example.line()
    except (SpeechgradeError, KeyError, TypeError, ValueError, AttributeError):
        return None
    line = Line(
        evaluation_id=str(row["evaluation_id"]),
        example_id=example.example_id,
        subject_hash=example.subject_hash,
        split=Split(row["split"]),
        content=content,
    )
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
