"""A big made-up school: courses of 25 students with 20 graded speeches each, drawn from a seed row by row."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore

from speechgrade_local.bench_exporter.grading_scheme import RUBRIC_ROWS
from speechgrade_local.bench_exporter.long_speech import compose_long_speech, compose_remark
from speechgrade_local.demo.app_rows import HABITS, GradedSpeech
from speechgrade_local.demo.gradebook import Decision, Enrolment, Evaluation
from speechgrade_local.department import Speaker

CLASS_SIZE = 25
SPEECHES = 20
PER_COURSE = CLASS_SIZE * SPEECHES
_COURSES_PER_INSTRUCTOR = 5
_REFUSED, _SILENT, _WITHDRAWN = {3, 11, 19}, {7}, {15}
_REMARK, _OVERALL = 25, 40
_IDS = uuid.UUID("5b0a6a52-43b4-4f5e-9a0c-0d8a4a1f7d11")
_FIRST = (
    "Noor Mateo Aisha Liam Zoë Wei Priya Omar Chloé Diego Amara Ethan Yuki Fatima Lucas Ingrid Tariq Maya Jonas Leila"
    " Hugo Sana Callum Rosa Kenji Nadia Felix Grace Will Imani Søren Elif Mark Hana Petra Andre Bianca Cyrus Dalia"
    " Emil Farah Goran May Anne-Marie Joy Tunde Oluwaseun"
)
_LAST = (
    "Haddad Alvarez-Ruiz Bello Novak O'Brien Zhang Raman Farouk Lefèvre Castillo Okafor Whitfield Tanaka Rahimi Moreau"
    " Sørensen Aziz Goldberg Lindqvist Karimi Petit Qureshi Drummond Delgado Fujimoto Petrov Baumann Price Young"
    " Mwangi Halvorsen Yıldız Long Kimura Horvath Duarte Rossi Kaveh Mansour Vogel Siddiqui Jovanović Field Nguyen"
    " Papadopoulos Achterberg Castellanos Adeyemi Brightwater Kowalczyk Marchetti Sundaram Thorvaldsen"
)
_FIRST_NAMES, _LAST_NAMES = _FIRST.split(), _LAST.split()


@dataclass(frozen=True, slots=True)
class Instructor:
    """Somebody who teaches and grades; all of them agree to sharing."""

    id: str
    name: str
    email: str


def instructors(rows: int) -> list[Instructor]:
    """Those of a school with so many evaluations; each has five courses."""
    count = -(-course_count(rows) // _COURSES_PER_INSTRUCTOR)
    return [_instructor(number) for number in range(count)]


def course_count(rows: int) -> int:
    """How many courses it takes for so many evaluations."""
    return -(-rows // PER_COURSE)


def enrolments(rows: int) -> list[Enrolment]:
    """Everybody in every course; every fifth is somebody who was in the course before this one too."""
    return [_enrolment(course, seat) for course in range(course_count(rows)) for seat in range(CLASS_SIZE)]


def rubric_ids() -> list[str]:
    """The ids of ``RUBRIC_ROWS``, in their order."""
    return [_id("rubric", number) for number in range(len(RUBRIC_ROWS))]


def decisions(enrolled: list[Enrolment]) -> Iterator[Decision]:
    """Four in five agree; others refuse, never answer, or change their mind."""
    for place, enrolment in enumerate(enrolled):
        seat = place % CLASS_SIZE
        kind = "llm_training" if seat % 3 == 0 else "data_collection"
        if seat in _SILENT:
            continue
        yield Decision(enrolment, kind, given=seat not in _REFUSED, at="2026-09-01T12:00:00Z")
        if seat in _WITHDRAWN:
            yield Decision(enrolment, kind, given=False, at="2026-09-20T12:00:00Z")


class Gradebook:
    """The evaluations of a school, each drawn by its number alone."""

    def __init__(self, rows: int, seed: int) -> None:
        self.enrolled = enrolments(rows)
        self._seed = seed
        self._rubrics = [parse_rubric(row) for row in RUBRIC_ROWS]
        self._habits = [habit for share, habit in HABITS for _ in range(share)]

    def evaluation(self, number: int) -> Evaluation:
        """One graded speech in one of the shapes that the app wrote."""
        rng = Random(f"{self._seed}/{number}")
        course, place = divmod(number, PER_COURSE)
        enrolment = self.enrolled[course * CLASS_SIZE + place % CLASS_SIZE]
        kind = rng.randrange(len(self._rubrics))
        speech = self._graded(rng, enrolment, kind)
        row = rng.choice(self._habits)(speech, rng)
        return Evaluation(
            _id("evaluation", number), enrolment, rubric_ids()[kind], row, speech.human, self._rubrics[kind]
        )

    def _graded(self, rng: Random, enrolment: Enrolment, kind: int) -> GradedSpeech:
        transcript = compose_long_speech(rng, _speaker(rng, enrolment))
        name = f"{enrolment.first_name} {enrolment.last_name}"
        human = _scores(rng, self._rubrics[kind], enrolment.first_name)
        return GradedSpeech(transcript, name, self._rubrics[kind], RUBRIC_ROWS[kind], human)


def _scores(rng: Random, rubric: Rubric, first_name: str) -> ScoredSpeech:
    sections = tuple(
        SectionScore(
            category.name,
            compose_remark(rng, _REMARK),
            tuple((criterion.name, rng.choice(criterion.grid()[2:])) for criterion in category.criteria),
        )
        for category in rubric.categories
    )
    return ScoredSpeech(sections, f"Well done, {first_name}. {compose_remark(rng, _OVERALL)}")


def _speaker(rng: Random, enrolment: Enrolment) -> Speaker:
    return Speaker(
        first_name=enrolment.first_name,
        last_name=enrolment.last_name,
        email=enrolment.email,
        phone=f"555-{rng.randint(200, 999)}-{rng.randint(1000, 9999)}",
        classmate=enrolment.classmate,
        instructor=enrolment.instructor_name,
        course=enrolment.course_code,
        institution="Northfield College",
    )


def _enrolment(course: int, seat: int) -> Enrolment:
    instructor = _instructor(course // _COURSES_PER_INSTRUCTOR)
    person = _person(course, seat)
    first, last = _name(person)
    return Enrolment(
        id=_id("enrolment", course * CLASS_SIZE + seat),
        course_id=_id("course", course),
        course_code=f"SPCH-{110 + course}",
        course_name="Public Speaking",
        instructor_id=instructor.id,
        instructor_name=instructor.name,
        first_name=first,
        last_name=last,
        email=f"s{person}.{last.casefold()}@student.northfield.example",
        classmate=_name(_person(course, (seat + 1) % CLASS_SIZE))[0],
    )


def _person(course: int, seat: int) -> int:
    before = course - 1 if seat % 5 == 0 and course % 2 else course
    return before * CLASS_SIZE + seat


def _name(person: int) -> tuple[str, str]:
    return _FIRST_NAMES[person % len(_FIRST_NAMES)], _LAST_NAMES[person * 7 % len(_LAST_NAMES)]


def _instructor(number: int) -> Instructor:
    first, last = _name(10_000 + 11 * number)
    return Instructor(_id("instructor", number), f"Dr. {first} {last}", f"staff{number}@northfield.example")


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(_IDS, f"{kind}/{number}"))
