"""Speeches of five minutes that nobody has graded yet, in the app's tables, and the rubrics they are judged by."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from speechgrade_local.bench_exporter.long_speech import compose_long_speech
from speechgrade_local.demo.gradebook import Enrolment
from speechgrade_local.demo.seeding import read_enrolments
from speechgrade_local.department import RUBRICS, Speaker

_SEED = 11
_NAMES = uuid.UUID("0a4f9c0e-6f0b-4f57-8d3f-0d7f2b7b6a55")


@dataclass(frozen=True, slots=True)
class Speeches:
    """The ids of evaluations; place by place the two rows hold the same words, and their rubrics the same criteria.

    ``rubrics`` are as many rubrics that differ in nothing but their ids: ``single`` is all by the first one, ``spread``
    by each in turn. ``unseen`` are transcripts that are in no table. ``owner`` is id and e-mail address.
    """

    single: tuple[str, ...]
    spread: tuple[str, ...]
    rubrics: tuple[str, ...]
    unseen: tuple[str, ...]
    owner: tuple[str, str]


def write_speeches(database_url: str, count: int, rubrics: int, unseen: int) -> Speeches:
    """One instructor's evaluations, not graded by anybody yet."""
    rng = Random(_SEED)
    enrolled = read_enrolments(database_url)
    owner = enrolled[0].instructor_id
    own = [enrolment for enrolment in enrolled if enrolment.instructor_id == owner]
    ids = tuple(_id("rubric", number) for number in range(rubrics))
    rows = list(_rows(own, ids, count, rng))
    with psycopg.connect(database_url) as connection:
        for rubric_id in ids:
            _write_rubric(connection, rubric_id, RUBRICS[0])
        connection.cursor().executemany(
            "insert into public.evaluations (id, instructor_id, student_id, course_id, rubric_id, transcript,"
            " evaluation_data) values (%s, %s, %s, %s, %s, %s, '{}')",
            rows,
        )
        found = connection.execute("select email from auth.users where id = %s", (owner,)).fetchone()
    return Speeches(
        single=tuple(row[0] for row in rows[::2]),
        spread=tuple(row[0] for row in rows[1::2]),
        rubrics=ids,
        unseen=tuple(_composed(rng.choice(own), rng) for _ in range(unseen)),
        owner=(owner, found[0] if found else ""),
    )


def _composed(enrolment: Enrolment, rng: Random) -> str:
    """A transcript in which its speaker is named, as speakers are."""
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
    return compose_long_speech(rng, speaker)


def _rows(own: Sequence[Enrolment], rubrics: Sequence[str], count: int, rng: Random) -> Iterator[tuple[str, ...]]:
    for number in range(count):
        enrolment = own[number % len(own)]
        transcript = _composed(enrolment, rng)
        for kind, rubric in (("single", rubrics[0]), ("spread", rubrics[number % len(rubrics)])):
            row_id = _id(kind, number)
            yield row_id, enrolment.instructor_id, enrolment.id, enrolment.course_id, rubric, transcript


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(_NAMES, f"{kind}/{number}"))


def _write_rubric(connection: psycopg.Connection[Any], rubric_id: str, row: Mapping[str, Any]) -> None:
    connection.execute(
        "insert into public.rubrics (id, name, description, speech_type, total_points, grade_scale, categories,"
        " is_template) values (%s, %s, %s, %s, %s, %s, %s, true)",
        (
            rubric_id,
            row["name"],
            row["description"],
            row["speech_type"],
            row["total_points"],
            Jsonb(row["grade_scale"]),
            Jsonb(row["categories"]),
        ),
    )
