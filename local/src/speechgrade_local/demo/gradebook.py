"""A term's gradebook, drawn from a seed: who spoke about what, how it was graded, and who consented to sharing it."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech

from speechgrade_local.demo.app_rows import HABITS, AppRow, GradedSpeech, yet_to_be_scored
from speechgrade_local.department import RUBRICS, TOPICS, Speaker, compose_speech, grade

_NAMES = uuid.UUID("2f1c8e52-5a1f-4d0e-9b43-9f5f5be0c0de")
_RUBRICS_OF = {"SPCH": (0, 2), "COMM": (1, 0), "BUS-": (1, 2), "RHET": (2,), "TRY-": (0,)}
_REFUSED, _SILENT, _WITHDRAWN = {5, 6}, {17}, {23}
_OUT_OF = 29


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A student in a course, as ``course_students`` and its course say."""

    id: str
    course_id: str
    course_code: str
    course_name: str
    instructor_id: str
    instructor_name: str
    first_name: str
    last_name: str
    email: str
    classmate: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer to a consent request; ``at`` is an ISO time."""

    enrolment: Enrolment
    consent_type: str
    given: bool
    at: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One row of the app's ``evaluations`` to be written, and what a person would give it."""

    id: str
    enrolment: Enrolment
    rubric_id: str
    row: AppRow
    truth: ScoredSpeech
    rubric: Rubric


def rubric_rows() -> list[tuple[str, Mapping[str, Any]]]:
    """The department's rubrics with stable ids."""
    return [(_id("rubric", str(row["name"])), row) for row in RUBRICS]


def decisions(enrolments: Sequence[Enrolment]) -> Iterator[Decision]:
    """Mixed consent: most agree, some refuse, never answer, agree late, or change their mind."""
    people = sorted({enrolment.email for enrolment in enrolments})
    for enrolment in enrolments:
        place = people.index(enrolment.email) % _OUT_OF
        kind = "llm_training" if place % 3 == 0 else "data_collection"
        if place in _SILENT:
            continue
        if place == 11:
            yield Decision(enrolment, kind, given=False, at="2026-08-30T12:00:00Z")
        yield Decision(enrolment, kind, given=place not in _REFUSED, at="2026-09-01T12:00:00Z")
        if place in _WITHDRAWN:
            yield Decision(enrolment, kind, given=False, at="2026-09-20T12:00:00Z")


def evaluations(enrolments: Sequence[Enrolment], seed: int) -> Iterator[Evaluation]:
    """Three or four graded speeches per enrolment, about 240 in all, in every shape that the app wrote."""
    rng = Random(seed)
    shuffled = [habit for share, habit in HABITS for _ in range(share)]
    rng.shuffle(shuffled)
    number = 0
    for index, enrolment in enumerate(enrolments):
        for turn in range(4 if index % 5 < 2 else 3):
            speech, rubric_id = _graded(enrolment, turn, rng)
            row = shuffled[number % len(shuffled)](speech, rng)
            yield Evaluation(_id("evaluation", str(number)), enrolment, rubric_id, row, speech.human, speech.rubric)
            number += 1


def new_speeches(enrolments: Sequence[Enrolment], seed: int) -> Iterator[Evaluation]:
    """Uploads that nobody has graded yet; ``truth`` is what the instructor would give."""
    rng = Random(seed)
    for number, enrolment in enumerate(enrolments):
        speech, rubric_id = _graded(enrolment, number, rng)
        row = yet_to_be_scored(speech)
        yield Evaluation(_id("new", str(number)), enrolment, rubric_id, row, speech.human, speech.rubric)


def _graded(enrolment: Enrolment, turn: int, rng: Random) -> tuple[GradedSpeech, str]:
    choices = _RUBRICS_OF[enrolment.course_code[:4]]
    rubric_id, row = rubric_rows()[choices[turn % len(choices)]]
    rubric = parse_rubric(row)
    speaker = Speaker(
        first_name=enrolment.first_name,
        last_name=enrolment.last_name,
        email=enrolment.email,
        phone=f"555-{rng.randint(200, 999)}-{rng.randint(1000, 9999)}",
        classmate=enrolment.classmate,
        instructor=enrolment.instructor_name,
        course=enrolment.course_code,
        institution="Northfield College",
    )
    speech = compose_speech(rng, rng.choice(TOPICS), speaker)
    name = f"{enrolment.first_name} {enrolment.last_name}"
    return GradedSpeech(speech.transcript, name, rubric, row, grade(speech, rubric, speaker, rng)), rubric_id


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMES, f"{kind}/{name}"))
