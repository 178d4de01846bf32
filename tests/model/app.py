"""The app's own writes: each is committed by itself, as the app's are, and told to the oracle."""

from random import Random
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg.types.json import Jsonb
from speechgrade_local.department import RUBRICS, TOPICS, Speaker, compose_speech, grade
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore, to_app_shape

from .oracle import Decision, Enrolment, Evaluation, Oracle

NAMESPACE = UUID("5f0c5a52-3f0e-4a7e-9d9c-6f1f8a1f0a11")
COURSES = ("Rhetoric Studio", "Debate Workshop", "Story Lab")
INSTRUCTORS = ("Dr. Miriam Okonkwo", "Prof. Anselm Brandt")
FIRST_NAMES = ("Noor", "Mateo", "Aisha", "Priya", "Omar", "Diego", "Amara", "Yuki", "Tariq", "Leila", "Sana")
LAST_NAMES = (
    "Haddad",
    "Alvarez",
    "Bello",
    "Novak",
    "Raman",
    "Farouk",
    "Castillo",
    "Okafor",
    "Tanaka",
    "Aziz",
    "Karimi",
    "Obi",
    "Silva",
)
WORDS = (
    "river",
    "garden",
    "window",
    "bridge",
    "copper",
    "lantern",
    "meadow",
    "harbor",
    "ladder",
    "marble",
    "ribbon",
    "saddle",
    "timber",
    "velvet",
    "walnut",
    "yellow",
)
WORDS_PER_MINUTE = 130
Connection = psycopg.Connection[dict[str, Any]]


class App:
    """Courses, people and speeches in the app's tables, and the same in the oracle."""

    def __init__(self, db: Connection, oracle: Oracle) -> None:
        self.db = db
        self.oracle = oracle
        self._rng = Random(7)
        self._made = 0
        self._scored: dict[UUID, tuple[int, ScoredSpeech, str]] = {}
        self.instructors = [self._id("instructor") for _ in INSTRUCTORS]
        self.courses = [self._id("course") for _ in COURSES]
        self.rubrics = [self._id("rubric") for _ in RUBRICS]

    def build(self) -> None:
        """Two instructors, three courses, three rubrics, and nobody in the courses."""
        for id_, name in zip(self.instructors, INSTRUCTORS, strict=True):
            self.db.execute(
                "insert into auth.users (id, email) values (%s, %s) on conflict do nothing", (id_, f"{id_}@example.org")
            )
            self._insert("public.user_profiles", id=id_, full_name=name, llm_training_consent_given=True)
            self.oracle.instructors[id_] = True
        for place, (id_, name) in enumerate(zip(self.courses, COURSES, strict=True)):
            self._insert("public.courses", id=id_, instructor_id=self._instructor(place), name=name)
            self.oracle.courses[id_] = False
        for id_, rubric in zip(self.rubrics, RUBRICS, strict=True):
            self._insert("public.rubrics", id=id_, **{k: _stored(v) for k, v in rubric.items()})

    def enrol(self, person: int, course: int, *, email: bool, sis_id: bool) -> UUID:
        """Put a person into a course; e-mail and student id are theirs, in every course, where the app knows them."""
        one = Enrolment(
            self._id("enrolment"),
            person,
            self.courses[course],
            f"{_first(person)}.{_last(person)}{person}@student.example".lower() if email else None,
            f"N20{person:05d}" if sis_id else None,
        )
        self._insert(
            "public.course_students",
            id=one.id,
            course_id=one.course,
            first_name=_first(person),
            last_name=_last(person),
            email=self._written(one.email),
            student_id=one.sis_id,
        )
        self.oracle.enrolments[one.id] = one
        self.oracle.changed()
        return one.id

    def identify(self, enrolment: UUID, *, sis_id: bool) -> None:
        """Fill in the e-mail, or the student id, of somebody who was enrolled without."""
        one = self.oracle.enrolments[enrolment]
        if sis_id:
            one.sis_id = f"N20{one.person:05d}"
        else:
            one.email = f"{_first(one.person)}.{_last(one.person)}{one.person}@student.example".lower()
        self.db.execute(
            "update public.course_students set email = %s, student_id = %s where id = %s",
            (self._written(one.email), one.sis_id, enrolment),
        )
        self.oracle.changed()

    def decide(self, enrolment: UUID, *, given: bool, kind: str, at: int, course: int | None = None) -> None:
        """A row of consent, for the course that the student is in unless another is named."""
        where = self.courses[course] if course is not None else self.oracle.enrolments[enrolment].course
        one = Decision(self._id("decision"), where, enrolment, kind, given, at)
        self.db.execute(
            "insert into public.consent_forms (id, course_id, student_id, consent_type, consent_given, created_at)"
            " values (%s, %s, %s, %s, %s, timestamptz '2026-01-01' + make_interval(secs => %s))",
            (one.id, one.course, one.student, kind, given, at),
        )
        self.oracle.decisions[one.id] = one
        self.oracle.changed()

    def turn(self, decision: UUID) -> None:
        """Change a row of consent in place."""
        one = self.oracle.decisions[decision]
        one.given = not one.given
        self.db.execute("update public.consent_forms set consent_given = %s where id = %s", (one.given, decision))
        self.oracle.changed()

    def forget_decision(self, decision: UUID) -> None:
        self.db.execute("delete from public.consent_forms where id = %s", (decision,))
        del self.oracle.decisions[decision]
        self.oracle.changed()

    def speak(self, enrolment: UUID, number: int) -> UUID:
        """A graded speech, as an instructor saved it."""
        one = self.oracle.enrolments[enrolment]
        place = self.courses.index(one.course)
        made = number % len(RUBRICS)
        speaker = self._speaker(one.person, place)
        speech = compose_speech(self._rng, TOPICS[number % len(TOPICS)], speaker)
        evaluation = Evaluation(
            self._id("evaluation"), enrolment, one.course, self._instructor(place), self._mark(), points=0.0
        )
        scored = grade(speech, parse_rubric(RUBRICS[made]), speaker, self._rng)
        self._scored[evaluation.id] = (made, scored, speech.transcript)
        self._insert(
            "public.evaluations",
            id=evaluation.id,
            instructor_id=evaluation.instructor,
            student_id=enrolment,
            course_id=one.course,
            rubric_id=self.rubrics[made],
            transcript=_marked(speech.transcript, evaluation.mark),
            ai_provider="manual",
            evaluation_data=self._data(evaluation.id, one.person),
        )
        self.oracle.evaluations[evaluation.id] = evaluation
        self.oracle.edit(evaluation.id, points=scored.sections[0].points[0][1])
        self.oracle.changed()
        return evaluation.id

    def edit_scores(self, evaluation: UUID, half_points: int) -> None:
        made, scored, transcript = self._scored[evaluation]
        first = scored.sections[0]
        points = half_points / 2
        changed = SectionScore(first.name, first.feedback, ((first.points[0][0], points), *first.points[1:]))
        self._scored[evaluation] = (
            made,
            ScoredSpeech((changed, *scored.sections[1:]), scored.overall_comments),
            transcript,
        )
        person = self.oracle.enrolments[self.oracle.evaluations[evaluation].student].person
        self._update(evaluation, evaluation_data=self._data(evaluation, person))
        self.oracle.edit(evaluation, points=points)
        self.oracle.changed()

    def edit_transcript(self, evaluation: UUID) -> None:
        mark = self._mark()
        self._update(evaluation, transcript=_marked(self._scored[evaluation][2], mark))
        self.oracle.edit(evaluation, mark=mark)
        self.oracle.changed()

    def edit_rubric(self, rubric: int) -> None:
        """Another wording of a category; what it is worth stays."""
        categories = [dict(category) for category in RUBRICS[rubric]["categories"]]
        categories[0]["description"] = f"As agreed: {self._mark()}."
        self.db.execute(
            "update public.rubrics set categories = %s where id = %s", (Jsonb(categories), self.rubrics[rubric])
        )

    def delete_softly(self, evaluation: UUID, *, deleted: bool) -> None:
        self.db.execute(
            "update public.evaluations set deleted_locally_at = case when %s then now() end where id = %s",
            (deleted, evaluation),
        )
        self.oracle.edit(evaluation, deleted=deleted)
        self.oracle.changed()

    def delete_enrolment_softly(self, enrolment: UUID, *, deleted: bool) -> None:
        self.db.execute(
            "update public.course_students set deleted_locally_at = case when %s then now() end where id = %s",
            (deleted, enrolment),
        )
        self.oracle.enrolments[enrolment].deleted = deleted
        self.oracle.changed()

    def delete_course_softly(self, course: int, *, deleted: bool) -> None:
        self.db.execute(
            "update public.courses set deleted_locally_at = case when %s then now() end where id = %s",
            (deleted, self.courses[course]),
        )
        self.oracle.courses[self.courses[course]] = deleted
        self.oracle.changed()

    def delete(self, evaluation: UUID) -> None:
        self.db.execute("delete from public.evaluations where id = %s", (evaluation,))
        self.oracle.gone[evaluation] = self.oracle.evaluations.pop(evaluation).student
        self.oracle.changed()

    def delete_student(self, enrolment: UUID) -> None:
        """Everything of a student in one course, for good, in one transaction."""
        with self.db.transaction():
            for table, column in (
                ("evaluations", "student_id"),
                ("consent_forms", "student_id"),
                ("course_students", "id"),
            ):
                self.db.execute(f"delete from public.{table} where {column} = %s", (enrolment,))
        for evaluation in [one.id for one in self.oracle.evaluations.values() if one.student == enrolment]:
            self.oracle.gone[evaluation] = self.oracle.evaluations.pop(evaluation).student
        for decision in [one.id for one in self.oracle.decisions.values() if one.student == enrolment]:
            del self.oracle.decisions[decision]
        self.oracle.former.append(self.oracle.enrolments.pop(enrolment))
        self.oracle.changed()

    def move_student(self, enrolment: UUID, course: int) -> None:
        """The app rewrites the enrolment's course in place; speeches and consent stay behind."""
        self.db.execute(
            "update public.course_students set course_id = %s where id = %s", (self.courses[course], enrolment)
        )
        self.oracle.enrolments[enrolment].course = self.courses[course]
        self.oracle.changed()

    def move_speech(self, evaluation: UUID, course: int) -> None:
        """A speech follows its student into another course."""
        self._update(evaluation, course_id=self.courses[course])
        self.oracle.edit(evaluation, course=self.courses[course])
        self.oracle.changed()

    def consent_of_instructor(self, instructor: int, *, given: bool) -> None:
        id_ = self.instructors[instructor]
        self.db.execute("update public.user_profiles set llm_training_consent_given = %s where id = %s", (given, id_))
        self.oracle.instructors[id_] = given
        self.oracle.changed()

    def _data(self, evaluation: UUID, person: int) -> Jsonb:
        made, scored, transcript = self._scored[evaluation]
        rubric = parse_rubric(RUBRICS[made])
        seconds = round(60 * len(transcript.split()) / WORDS_PER_MINUTE)
        return Jsonb(
            to_app_shape(scored, rubric)
            | {
                "studentName": f"{_first(person)} {_last(person)}",
                "speechTime": f"{seconds // 60}:{seconds % 60:02d}",
                "rubricUsed": rubric.name,
                "edited": False,
                "corrections": [],
                "rubric_structure": {"categories": RUBRICS[made]["categories"], "totalPoints": rubric.max_points},
            }
        )

    def _speaker(self, person: int, course: int) -> Speaker:
        first, last = _first(person), _last(person)
        return Speaker(
            first_name=first,
            last_name=last,
            email=f"{first}.{last}{person}@student.example".lower(),
            phone="555-010-7788",
            classmate=_first(person + 1),
            instructor=INSTRUCTORS[course % len(INSTRUCTORS)],
            course=COURSES[course],
            institution="Northfield College",
        )

    def _instructor(self, course: int) -> UUID:
        return self.instructors[course % len(self.instructors)]

    def _id(self, kind: str) -> UUID:
        self._made += 1
        return uuid5(NAMESPACE, f"{kind} {self._made}")

    def _mark(self) -> str:
        """Four plain words that occur nowhere else."""
        self._made += 1
        return " ".join(WORDS[self._made >> shift & 15] for shift in (12, 8, 4, 0))

    def _written(self, email: str | None) -> str | None:
        """People write the same address in different ways."""
        return email and self._rng.choice((email, email.upper(), f" {email}"))

    def _insert(self, table: str, **values: object) -> None:
        places = ", ".join(["%s"] * len(values))
        self.db.execute(f"insert into {table} ({', '.join(values)}) values ({places})", list(values.values()))

    def _update(self, evaluation: UUID, **values: object) -> None:
        changes = ", ".join(f"{column} = %s" for column in values)
        self.db.execute(f"update public.evaluations set {changes} where id = %s", [*values.values(), evaluation])


def _stored(value: object) -> object:
    return Jsonb(value) if isinstance(value, list | dict) else value


def _marked(transcript: str, mark: str) -> str:
    return f"{transcript} My last words are {mark}."


def _first(person: int) -> str:
    return FIRST_NAMES[person % len(FIRST_NAMES)]


def _last(person: int) -> str:
    return LAST_NAMES[person % len(LAST_NAMES)]
