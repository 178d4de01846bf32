"""Certificates of withdrawals outside the project: written out one a line, and read again after a backup was restored.

A backup of a whole project holds the list of its objects, too. Certificates that the bucket got since are then in no
list, and only a copy from elsewhere knows who has withdrawn.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from uuid import UUID

from speechgrade_shared.digest import canonical_json
from speechgrade_shared.project import PAGE, SupabaseProject

from speechgrade_exporter.errors import CertificatesUnreadable
from speechgrade_exporter.item_files import read_items

FORMAT = "speechgrade-erasure/1"
_FIELDS = {"id", "example_id", "subject_hash", "reason", "requested_at"}

Certificate = dict[str, Any]


def certificate_bytes(certificate: Mapping[str, Any]) -> bytes:
    """A certificate as bucket and copies keep it: pseudonyms, the reason and the time."""
    return canonical_json({"format": FORMAT, **certificate})


def every_certificate(project: SupabaseProject) -> Iterator[Certificate]:
    """All that the database knows, also those whose objects are still to be deleted."""
    ids = project.rpc("erasure_ids")
    for start in range(0, len(ids), PAGE):
        yield from project.rpc("read_certificates", {"p_ids": ids[start : start + PAGE]})


def read_certificates(stream: BinaryIO) -> list[Certificate]:
    """What ``speechgrade-exporter certificates`` has written.

    Raises:
        CertificatesUnreadable: a line is no certificate; nothing is taken from such a file.
    """
    items = list(read_items(stream))
    wrong = [str(number) for number, item in items if not _is_certificate(item)]
    if wrong:
        raise CertificatesUnreadable(
            f"No certificate of a withdrawal in line {', '.join(wrong[:5])}: is it the right file?"
        )
    return [item for _, item in items if isinstance(item, dict)]


def _is_certificate(item: object) -> bool:
    if not isinstance(item, dict) or item.get("format") != FORMAT or not item.keys() >= _FIELDS:
        return False
    try:
        UUID(str(item["id"]))
    except ValueError:
        return False
    return bool(item["subject_hash"])
