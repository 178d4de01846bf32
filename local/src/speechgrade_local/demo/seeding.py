"""Writes the gradebook into the app's tables, as the app would have."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from speechgrade_local.demo.gradebook import Decision, Enrolment, Evaluation, decisions, evaluations, rubric_rows

_ENROLMENTS = """
    select s.id::text, c.id::text as course_id, c.code as course_code, c.name as course_name,
           c.instructor_id::text, p.full_name as instructor_name, s.first_name, s.last_name, s.email,
           coalesce((select m.first_name from public.course_students m
                      where m.course_id = c.id and m.id > s.id order by m.id limit 1), 'a friend') as classmate
      from public.course_students s
      join public.courses c on c.id = s.course_id
      join public.user_profiles p on p.id = c.instructor_id
     order by s.id
"""


def read_enrolments(database_url: str) -> list[Enrolment]:
    """Everybody who is enrolled, in a stable order."""
    with psycopg.connect(database_url) as connection:
        return [Enrolment(*row) for row in connection.execute(_ENROLMENTS).fetchall()]


def write_gradebook(database_url: str, enrolments: Sequence[Enrolment], seed: int) -> int:
    """Write rubrics, consents and evaluations in one transaction; return how many evaluations."""
    rows = list(evaluations(enrolments, seed))
    with psycopg.connect(database_url) as connection:
        _write_rubrics(connection)
        write_decisions(connection, decisions(enrolments))
        write_evaluations(connection, rows)
    return len(rows)


def write_decisions(connection: psycopg.Connection[Any], given: Iterable[Decision]) -> None:
    """Answers to consent requests."""
    connection.cursor().executemany(
        "insert into public.consent_forms (course_id, student_id, consent_type, consent_given, created_at)"
        " values (%s, %s, %s, %s, %s)",
        [(d.enrolment.course_id, d.enrolment.id, d.consent_type, d.given, d.at) for d in given],
    )


def write_evaluations(connection: psycopg.Connection[Any], rows: Iterable[Evaluation]) -> None:
    """Rows of ``evaluations``, data as an object or as a string in the jsonb column."""
    connection.cursor().executemany(
        "insert into public.evaluations (id, instructor_id, student_id, course_id, rubric_id, transcript, ai_provider,"
        " evaluation_data, deleted_locally_at) values (%s, %s, %s, %s, %s, %s, %s, %s, case when %s then now() end)",
        [
            (
                e.id,
                e.enrolment.instructor_id,
                e.enrolment.id,
                e.enrolment.course_id,
                e.rubric_id,
                e.row.transcript,
                e.row.ai_provider,
                Jsonb(e.row.evaluation_data),
                e.row.deleted,
            )
            for e in rows
        ],
    )


def _write_rubrics(connection: psycopg.Connection[Any]) -> None:
    connection.cursor().executemany(
        "insert into public.rubrics"
        " (id, name, description, speech_type, total_points, grade_scale, categories, is_template)"
        " values (%s, %s, %s, %s, %s, %s, %s, true)",
        [
            (
                rubric_id,
                row["name"],
                row["description"],
                row["speech_type"],
                row["total_points"],
                Jsonb(row["grade_scale"]),
                Jsonb(row["categories"]),
            )
            for rubric_id, row in rubric_rows()
        ],
    )
