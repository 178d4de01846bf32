"""Who is who in one speech: members of the course, which of them speaks, and what each is called in the text."""

from collections.abc import Iterable

from speechgrade_shared.identifiers.course_names import CourseNames, Member, course_names
from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.identifiers.placeholders import (
    INSTRUCTOR_NAME,
    PEER_NAME,
    STUDENT_FIRST_NAME,
    STUDENT_LAST_NAME,
    Numbering,
)
from speechgrade_shared.roster import Person, Roster


class Cast:
    """The people of a roster with the placeholders they get. Equal names of one role are taken as one person."""

    def __init__(self, roster: Roster, numbering: Numbering) -> None:
        people = list(_distinct(roster.people))
        order = sorted(range(len(people)), key=lambda index: _member(people[index]))
        self.members = tuple(_member(people[index]) for index in order)
        self.speakers = frozenset(place for place, index in enumerate(order) if people[index].role == "speaker")
        self.names: CourseNames = course_names(self.members)
        self._numbering = numbering

    def placeholder(self, member: int, part: str) -> str:
        """What stands in for a part of a member's name."""
        if member in self.speakers:
            return STUDENT_FIRST_NAME if part == "first" else STUDENT_LAST_NAME
        kind = INSTRUCTOR_NAME if self.members[member].instructor else PEER_NAME
        return self._numbering.of(kind, member)


def _member(person: Person) -> Member:
    return Member(person.role == "instructor", person.first_name, person.last_name, person.email, person.sis_id)


def _distinct(people: Iterable[Person]) -> Iterable[Person]:
    """The same people, but one for each speaker and instructor who comes twice under a part of their name."""
    distinct = dict.fromkeys(people)
    repeated = [person for person in distinct if person.role != "peer"]
    for place, person in enumerate(repeated):
        if any(_covers(other, person) for other in repeated[:place]):
            del distinct[person]
    return distinct


def _covers(other: Person, person: Person) -> bool:
    if other.role != person.role or person.sis_id not in ("", other.sis_id) or person.email not in ("", other.email):
        return False
    return _words(person.first_name) <= _words(other.first_name) and _words(person.last_name) <= _words(other.last_name)


def _words(name: str) -> set[str]:
    return set(fold_text(name).split())
