"""Who a speech belongs to, as keyed hashes of every identifier that the roster has of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from speechgrade_shared.subject import PersonKey, person_keys

Identify = Callable[[Mapping[str, Any]], Sequence[PersonKey]]


def identify(row: Mapping[str, Any], key: bytes) -> tuple[PersonKey, ...]:
    """The identifiers of the student of a row of ``llm.read_evaluations``, the strongest first.

    Those of every enrolment that is tied to the student's count too, also where it has no speech; none where the
    enrolment is unknown.
    """
    found = {
        person
        for enrolment in row.get("linked_enrolments") or ()
        for person in person_keys(
            key,
            email=_words(enrolment.get("email")),
            sis_id=_words(enrolment.get("sis_id")),
            institution=_words(enrolment.get("institution_id")),
            enrolment_id=str(enrolment["id"]),
        )
    }
    return tuple(sorted(found, key=lambda person: (person.strength, person.hash)))


def people_of(rows: Mapping[str, Mapping[str, Any]], identify_row: Identify) -> list[dict[str, Any]]:
    """The shape that ``llm.resolve_subjects`` and ``llm.known_people`` take; ``rows`` are by evaluation."""
    named = ((evaluation, identify_row(row)) for evaluation, row in rows.items())
    return [
        {
            "evaluation_id": evaluation,
            "keys": [person.hash for person in keys],
            "strengths": [person.strength for person in keys],
        }
        for evaluation, keys in named
        if keys
    ]


def _words(value: object) -> str | None:
    return None if value is None else str(value)
