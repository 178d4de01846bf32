"""Carries out the erasures that withdrawals have asked for: certificate kept, objects deleted, completion certified.

The certificate lies in the bucket as well as in the database, so that a restored backup of the one cannot forget it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from speechgrade_shared.failpoints import Failpoint, reach
from speechgrade_shared.forgotten_runs import forget_checkpoints
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.subject import person_keys
from speechgrade_shared.tracing import span

from speechgrade_exporter import metrics
from speechgrade_exporter.bucket import CERTIFICATES, DatasetBucket
from speechgrade_exporter.certificates import certificate_bytes
from speechgrade_exporter.publisher_lease import PublisherLease
from speechgrade_exporter.snapshots import StoredDocument
from speechgrade_exporter.spans import Facts, Spans

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure deleted, how many withdrawals it completed, and how many wait for the next snapshot."""

    objects: int = 0
    certificates: int = 0
    waiting: int = 0


class Eraser:
    """Deletes what has been withdrawn, and proves it."""

    def __init__(
        self, project: SupabaseProject, bucket: DatasetBucket, lease: PublisherLease, checkpoint_bucket: str
    ) -> None:
        self._project = project
        self._bucket = bucket
        self._checkpoint_bucket = checkpoint_bucket
        self._lease = lease

    def erase_withdrawn(self) -> Erasure:
        """Delete the objects of withdrawn speeches from the bucket, and certify it.

        Raises:
            ErasureIncomplete: an object is still there, so nothing was certified.
            PublisherBusy: another exporter is publishing or erasing.
        """
        # No trainer may run for months, and this service always does.
        forget_checkpoints(self._project, self._checkpoint_bucket)
        pending = self._project.rpc("pending_erasures")
        if not pending["certificates"]:
            return Erasure()
        with self._lease.held(), span(Spans.ERASE) as step:
            erasure = self._erase(self._project.rpc("pending_erasures"))
            step.note(Facts.OBJECTS, erasure.objects)
            step.note(Facts.CERTIFICATES, erasure.certificates)
            return erasure

    def _erase(self, pending: dict[str, Any]) -> Erasure:
        certificates, objects = list(pending["certificates"]), list(pending["objects"])
        if certificates:
            self._bucket.write_all([certificate_document(certificate) for certificate in certificates])
        reach(Failpoint.ERASE_BEFORE_OBJECTS)
        self._bucket.erase(objects)
        reach(Failpoint.ERASE_AFTER_OBJECTS)
        ids = [certificate["id"] for certificate in certificates]
        params = {"p_worker": self._lease.owner, "p_ids": ids, "p_objects": objects}
        done = int(self._project.rpc("complete_erasures", params) or 0)
        reach(Failpoint.ERASE_AFTER_CERTIFICATE)
        metrics.ERASED.inc(done)
        log.info("withdrawals_erased", objects=len(objects), certificates=done, waiting=len(ids) - done)
        return Erasure(len(objects), done, len(ids) - done)


def identifier_hashes(key: bytes, identifier: str, institutions: Sequence[str | None]) -> list[str]:
    """Every keyed hash that an e-mail address, student id, enrolment id or pseudonym of a person may have."""
    found = [identifier] if len(identifier) == 32 else []
    for institution in institutions:
        keys = person_keys(
            key, email=identifier, sis_id=identifier, institution=institution, enrolment_id=identifier.lower()
        )
        found += [person.hash for person in keys]
    return list(dict.fromkeys(found))


def certificate_document(certificate: Mapping[str, Any]) -> StoredDocument:
    """A certificate as an object."""
    path = f"{CERTIFICATES}/{certificate['id']}.json"
    return StoredDocument(path, certificate_bytes(certificate), "application/json")
