"""What must hold, in plain Python: the people, their decisions, and who may teach. It knows nothing of our schema.

``may_teach`` is invariant 1 of the design, word for word: the latest decision of each type in that course, the
instructor's flag, and nothing deleted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

COUNTING_TYPES = ("llm_training", "data_collection")


@dataclass
class Enrolment:
    """A person in a course, as the app knows them: e-mail and student id may be missing."""

    id: UUID
    person: int
    course: UUID
    email: str | None
    sis_id: str | None
    deleted: bool = False


@dataclass
class Decision:
    """A row of consent, ``at`` in seconds of the test's own clock."""

    id: UUID
    course: UUID
    student: UUID
    type: str
    given: bool
    at: int


@dataclass(frozen=True)
class Evaluation:
    """A graded speech. ``mark`` is in its transcript and ``points`` are its first criterion's: each edit changes one."""

    id: UUID
    student: UUID
    course: UUID
    instructor: UUID
    mark: str
    points: float
    deleted: bool = False


@dataclass
class Adapter:
    """Who an adapter has learned from, and whether one of them has withdrawn since."""

    digest: str
    learned_from: frozenset[UUID]
    tainted: bool = False


@dataclass
class Oracle:
    """The world as the app last wrote it, and what must have come of it."""

    courses: dict[UUID, bool] = field(default_factory=dict)
    instructors: dict[UUID, bool] = field(default_factory=dict)
    enrolments: dict[UUID, Enrolment] = field(default_factory=dict)
    decisions: dict[UUID, Decision] = field(default_factory=dict)
    evaluations: dict[UUID, Evaluation] = field(default_factory=dict)
    former: list[Enrolment] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    """E-mails, student ids and enrolments of those who asked to be erased for good."""
    gone: dict[UUID, UUID] = field(default_factory=dict)
    """Evaluations deleted for good, and whose they were."""
    adapters: list[Adapter] = field(default_factory=list)
    published: set[UUID] = field(default_factory=set)
    """Whoever is in an object that has not been erased."""
    withdrawn: dict[UUID, datetime] = field(default_factory=dict)
    """Whoever was published and withdrew after, and when that was known: each needs a certificate."""

    def has_consent(self, evaluation: UUID) -> bool:
        """Whether student and instructor agree; deleted or not."""
        one = self.evaluations.get(evaluation)
        enrolment = self.enrolments.get(one.student) if one else None
        if one is None or enrolment is None or enrolment.course != one.course:
            return False
        return self.instructors[one.instructor] and self._agrees(one.course, one.student)

    def may_teach(self, evaluation: UUID) -> bool:
        """Whether the speech may be taught now."""
        if not self.has_consent(evaluation):
            return False
        one = self.evaluations[evaluation]
        return not (one.deleted or self.enrolments[one.student].deleted or self.courses[one.course])

    def teachable(self) -> set[UUID]:
        return {evaluation for evaluation in self.evaluations if self.may_teach(evaluation)}

    def of_the_erased(self) -> set[UUID]:
        """Speeches of people who were erased on request, as far as their identifiers give them away."""
        person = self.people(ever=True)
        known = [*self.enrolments.values(), *self.former]
        gone = {person[one.id] for one in known if self.erased & {one.email, one.sis_id, str(one.id)}}
        return {one.id for one in self.evaluations.values() if person[one.student] in gone}

    def changed(self) -> None:
        """To be called after every commit of the app: whoever has lost consent by it has withdrawn."""
        erased = self.of_the_erased()
        lost = (one for one in self.published if one in erased or not self.has_consent(one))
        self.withdrawn = dict.fromkeys(lost, datetime.now(UTC)) | self.withdrawn
        for adapter in self.adapters:
            adapter.tainted |= any(not self.has_consent(evaluation) for evaluation in adapter.learned_from)

    def edit(self, evaluation: UUID, **changes: object) -> None:
        self.evaluations[evaluation] = replace(self.evaluations[evaluation], **changes)  # type: ignore[arg-type]

    def student_of(self, evaluation: UUID) -> UUID:
        known = self.evaluations.get(evaluation)
        return known.student if known else self.gone[evaluation]

    def people(self, *, ever: bool = False) -> dict[UUID, int]:
        """Each enrolment's person, as far as e-mails and student ids give them away: equal numbers are one person."""
        known = [*self.enrolments.values(), *(self.former if ever else ())]
        number = {one.id: place for place, one in enumerate(known)}
        groups = _sharing(known)
        for _ in range(2):  # Two kinds of identifiers: what one joins, the other joins in a second round.
            for group in groups:
                lowest = min(number[enrolment] for enrolment in group)
                number.update(dict.fromkeys(group, lowest))
        return number

    def _agrees(self, course: UUID, student: UUID) -> bool:
        rows = [one for one in self.decisions.values() if (one.course, one.student) == (course, student)]
        latest = [_latest(one for one in rows if one.type == kind) for kind in COUNTING_TYPES]
        said = [given for given in latest if given is not None]
        return bool(said) and all(said)


def _latest(rows: Iterable[Decision]) -> bool | None:
    """The latest decision; of two at the same time, a no stands."""
    ordered = sorted(rows, key=lambda one: (one.at, not one.given))
    return ordered[-1].given if ordered else None


def _sharing(enrolments: Iterable[Enrolment]) -> list[list[UUID]]:
    by_name: dict[str, list[UUID]] = {}
    for one in enrolments:
        for name in (one.email, one.sis_id):
            if name:
                by_name.setdefault(name, []).append(one.id)
    return list(by_name.values())
