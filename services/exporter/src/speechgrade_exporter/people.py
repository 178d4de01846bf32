"""Who a speech belongs to, as keyed hashes of every identifier that the roster has of them."""

from collections.abc import Mapping
from typing import Any

from speechgrade_shared.subject import PersonKey, person_keys


def identify(row: Mapping[str, Any], key: bytes) -> tuple[PersonKey, ...]:
    """The identifiers of the student of a row of ``llm.read_evaluations``; none where the enrolment is unknown."""
    enrolment, instructor = row.get("enrolment") or {}, row.get("instructor") or {}
    if not enrolment.get("id"):
        return ()
    return person_keys(
        key,
        email=_words(enrolment.get("email")),
        sis_id=_words(enrolment.get("student_id")),
        institution=_words(instructor.get("institution_id")),
        enrolment_id=str(enrolment["id"]),
    )


def _words(value: object) -> str | None:
    return None if value is None else str(value)
