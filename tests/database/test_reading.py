"""What is read for one evaluation and what is read for many say the same."""

from typing import Any

from psycopg.types.json import Jsonb
from speechgrade_exporter.change_queue import _reunited

from .conftest import School


def read(school: School, function: str) -> list[dict[str, Any]]:
    found = school.db.execute(f"select r from llm.{function}(%s) as r", ([school.evaluation],)).fetchall()
    return [row["r"] for row in found]


def test_both_ways_to_read_an_evaluation_give_the_same(school: School) -> None:
    school.db.execute(
        "insert into public.course_students (course_id, first_name) values (%s, 'Classmate')", (school.course,)
    )
    school.db.execute("update public.rubrics set categories = %s", (Jsonb([{"name": "A"}]),))
    (alone,) = read(school, "read_evaluations")
    assert _reunited(read(school, "read_changes")) == {str(school.evaluation): alone}
    assert [person["role"] for person in alone["roster"]["people"]].count("speaker") == 1


def test_an_evaluation_that_is_gone_is_read_as_gone(school: School) -> None:
    school.db.execute("delete from public.evaluations")
    (row,) = _reunited(read(school, "read_changes")).values()
    assert (row["evaluation"], row["may_teach"], row["roster"]["people"]) == (None, False, [])
