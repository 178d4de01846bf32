"""Whether an evaluation may teach a model: invariant 1, with a reason for every no.

The database decides the same by itself (``llm_private.may_teach``), in the transaction that keeps the example. This
explains. Reasons of consent come first: a speech that is both deleted and refused has to be erased, not only left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

GRANTED = "granted"
REFUSED = "refused"
MISSING = "missing"
UNREADABLE = "unreadable"


def exclusion_reason(row: Mapping[str, Any]) -> str | None:
    """Why a row of ``llm.read_evaluations`` may not teach, or None if it may."""
    reason = next(iter(_reasons(row)), None)
    if reason is None and row.get("may_teach") is not True:
        return "consent_changed"
    return reason


def student_decision(consent: Sequence[Mapping[str, Any]], types: Iterable[str]) -> str:
    """The student's standing decision: the latest of each type counts, and one no outweighs every yes."""
    latest: dict[str, tuple[_Moment, bool]] = {}
    for form in consent:
        moment = _moment(form.get("at"))
        if moment is None:
            return UNREADABLE
        kind, given = str(form.get("type")), form.get("given") is True
        held = latest.get(kind)
        # Of two decisions at the same time, a no stands.
        if held is None or moment > held[0] or (moment == held[0] and not given):
            latest[kind] = (moment, given)
    decisions = [given for kind, (_, given) in latest.items() if kind in set(types)]
    if not decisions:
        return MISSING
    return GRANTED if all(decisions) else REFUSED


_Moment = tuple[int, datetime]


def _moment(at: object) -> _Moment | None:
    """A sortable time; an absent one is the earliest."""
    if at is None:
        return (0, datetime.min.replace(tzinfo=UTC))
    try:
        time = datetime.fromisoformat(str(at))
    except ValueError:
        return None
    return (1, time if time.tzinfo else time.replace(tzinfo=UTC))


def _reasons(row: Mapping[str, Any]) -> list[str]:
    evaluation, course, enrolment, instructor = (
        row.get(part) or {} for part in ("evaluation", "course", "enrolment", "instructor")
    )
    if not evaluation:
        return ["evaluation_gone"]
    decision = student_decision(row.get("consent") or (), row.get("consent_types") or ())
    enrolled = enrolment and enrolment.get("course_id") == evaluation.get("course_id")
    checks = (
        ("student_consent_refused", decision == REFUSED),
        ("instructor_consent_missing", instructor and instructor.get("llm_training_consent_given") is not True),
        ("course_missing", not course),
        ("enrolment_unknown", not enrolled),
        ("instructor_unknown", not instructor),
        ("student_consent_missing", decision == MISSING),
        ("consent_unreadable", decision == UNREADABLE),
        ("evaluation_deleted", _deleted(evaluation)),
        ("course_deleted", _deleted(course)),
        ("enrolment_deleted", _deleted(enrolment)),
        ("demo_account", _is_demo(instructor.get("account_tier"))),
        ("demo_provider", _is_demo(evaluation.get("ai_provider"))),
    )
    return [reason for reason, holds in checks if holds]


def _deleted(row: Mapping[str, Any]) -> bool:
    return row.get("deleted_locally_at") is not None


def _is_demo(value: object) -> bool:
    return str(value or "").strip().casefold() == "demo"
