"""Whether an evaluation may teach a model: invariant 1, with a reason for every no.

The database decides the same by itself (``llm_private.teach_obstacle``), in the transaction that keeps the example.
This explains. Reasons of consent come first: a speech that is both deleted and refused has to be erased, not only left
out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from speechgrade_exporter.moments import moment
from speechgrade_exporter.reasons import Reason


def exclusion_reason(row: Mapping[str, Any]) -> Reason | None:
    """Why a row of ``llm.read_evaluations`` may not teach, or None if it may."""
    reason = next(iter(obstacles(row)), None)
    if reason is None and row.get("may_teach") is not True:
        return Reason.CONSENT_CHANGED
    return reason


def obstacles(row: Mapping[str, Any]) -> list[Reason]:
    """Everything that keeps a row from teaching, the first one being the reason that is kept."""
    evaluation, course, enrolment, instructor = (
        row.get(part) or {} for part in ("evaluation", "course", "enrolment", "instructor")
    )
    if not evaluation:
        return [Reason.EVALUATION_GONE]
    decision = student_decision(row.get("consent") or (), row.get("consent_types") or ())
    enrolled = enrolment and enrolment.get("course_id") == evaluation.get("course_id")
    checks = (
        (Reason.STUDENT_CONSENT_REFUSED, decision is Decision.REFUSED),
        (
            Reason.INSTRUCTOR_CONSENT_MISSING,
            instructor and instructor.get("llm_training_consent_given") is not True,
        ),
        (Reason.COURSE_MISSING, not course),
        (Reason.ENROLMENT_UNKNOWN, not enrolled),
        (Reason.INSTRUCTOR_UNKNOWN, not instructor),
        (Reason.STUDENT_CONSENT_MISSING, decision is Decision.MISSING),
        (Reason.CONSENT_UNREADABLE, decision is Decision.UNREADABLE),
        (Reason.EVALUATION_DELETED, _deleted(evaluation)),
        (Reason.COURSE_DELETED, _deleted(course)),
        (Reason.ENROLMENT_DELETED, _deleted(enrolment)),
        (Reason.DEMO_ACCOUNT, _is_demo(instructor.get("account_tier"))),
        (Reason.DEMO_PROVIDER, _is_demo(evaluation.get("ai_provider"))),
    )
    return [reason for reason, holds in checks if holds]


class Decision(StrEnum):
    """What the decisions of a student come to."""

    GRANTED = "granted"
    REFUSED = "refused"
    MISSING = "missing"
    UNREADABLE = "unreadable"


def student_decision(consent: Sequence[Mapping[str, Any]], types: Iterable[str]) -> Decision:
    """The student's standing decision: the latest of each type counts, and one no outweighs every yes.

    Types that are not asked for do not matter. A decision whose type or time cannot be read makes the whole unreadable,
    except that a no of another type still stands.
    """
    wanted = frozenset(types)
    latest: dict[str, tuple[_Moment, bool]] = {}
    unreadable: set[str] = set()
    for form in consent:
        kind, given, at = form.get("type"), form.get("given") is True, _moment(form.get("at"))
        if not isinstance(kind, str) or (kind in wanted and at is None):
            unreadable.add(str(kind))
        elif kind in wanted and at is not None:
            held = latest.get(kind)
            # Of two decisions at the same time, a no stands.
            if held is None or at > held[0] or (at == held[0] and not given):
                latest[kind] = (at, given)
    if any(not given for kind, (_, given) in latest.items() if kind not in unreadable):
        return Decision.REFUSED
    if unreadable:
        return Decision.UNREADABLE
    return Decision.GRANTED if latest else Decision.MISSING


_Moment = tuple[int, datetime]


def _moment(at: object) -> _Moment | None:
    """A sortable time; an absent one is the earliest."""
    if at is None:
        return (0, datetime.min.replace(tzinfo=UTC))
    time = moment(at)
    return None if time is None else (1, time)


def _deleted(row: Mapping[str, Any]) -> bool:
    return row.get("deleted_locally_at") is not None


def _is_demo(value: object) -> bool:
    return str(value or "").strip().casefold() == "demo"
