"""Fills the app's tables with a big school by COPY, with the triggers on, as the app's own writes have them."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from speechgrade_local.bench_exporter.grading_scheme import RUBRIC_ROWS
from speechgrade_local.bench_exporter.school import Gradebook, decisions, instructors, rubric_ids
from speechgrade_local.demo.gradebook import Enrolment, Evaluation
from speechgrade_local.demo.seeding import write_decisions

_CHUNK = 500
_EVALUATIONS = (
    "id, instructor_id, student_id, course_id, rubric_id, transcript, ai_provider, evaluation_data, deleted_locally_at"
)


@dataclass(frozen=True, slots=True)
class Seeding:
    """What it took to write the evaluations: drawing them is not counted, the triggers are."""

    evaluations: int
    write_seconds: float


def seed_school(database_url: str, gradebook: Gradebook, rows: int, written: Callable[[int], None]) -> Seeding:
    """Write people, rubrics, consents and so many evaluations; ``written`` hears how many at a time."""
    with psycopg.connect(database_url) as connection:
        _write_people(connection, gradebook.enrolled, rows)
        write_decisions(connection, decisions(gradebook.enrolled))
    seconds = 0.0
    with psycopg.connect(database_url) as connection:
        for start in range(0, rows, _CHUNK):
            chunk = [gradebook.evaluation(number) for number in range(start, min(start + _CHUNK, rows))]
            began = time.perf_counter()
            _copy(connection, "public.evaluations", _EVALUATIONS, map(_evaluation_row, chunk))
            connection.commit()
            seconds += time.perf_counter() - began
            written(len(chunk))
        # A project that has been running for a while knows its own tables.
        connection.execute("analyze public.evaluations, public.course_students, public.consent_forms, public.courses")
    return Seeding(rows, seconds)


def _write_people(connection: psycopg.Connection[Any], enrolled: Sequence[Enrolment], rows: int) -> None:
    staff = instructors(rows)
    _copy(connection, "auth.users", "id, aud, role, email", (_user_row(i.id, i.email) for i in staff))
    _copy(
        connection,
        "public.user_profiles",
        "id, email, full_name, account_tier, llm_training_consent_given",
        ((i.id, i.email, i.name, "instructor", True) for i in staff),
    )
    courses = {e.course_id: (e.course_id, e.instructor_id, e.course_name, e.course_code) for e in enrolled}
    _copy(connection, "public.courses", "id, instructor_id, name, code", courses.values())
    _copy(
        connection,
        "public.course_students",
        "id, course_id, first_name, last_name, email",
        ((e.id, e.course_id, e.first_name, e.last_name, e.email) for e in enrolled),
    )
    columns = tuple(RUBRIC_ROWS[0])
    _copy(
        connection,
        "public.rubrics",
        f"id, {', '.join(columns)}",
        ((id_, *map(_stored, row.values())) for id_, row in zip(rubric_ids(), RUBRIC_ROWS, strict=True)),
    )


def _copy(connection: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    # Names of tables and columns are those of this module.
    with connection.cursor().copy(f"copy {table} ({columns}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _evaluation_row(e: Evaluation) -> Sequence[Any]:
    return (
        e.id,
        e.enrolment.instructor_id,
        e.enrolment.id,
        e.enrolment.course_id,
        e.rubric_id,
        e.row.transcript,
        e.row.ai_provider,
        Jsonb(e.row.evaluation_data),
        "2026-10-01T12:00:00Z" if e.row.deleted else None,
    )


def _user_row(id_: str, email: str) -> Sequence[Any]:
    return id_, "authenticated", "authenticated", email


def _stored(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict | list) else value
