"""Who may do what: roles times operations, proved on PostgreSQL itself."""

import psycopg
import pytest

from .conftest import Connection, School, as_role

TABLES = [
    "policy",
    "audit_log",
    "change_queue",
    "key_checks",
    "split_assignments",
    "training_data",
    "subject_keys",
    "tombstones",
    "shards",
    "shard_members",
    "shard_slots",
    "shard_notes",
    "datasets",
    "dataset_shards",
    "leases",
    "erasures",
    "training_runs",
    "training_events",
    "adapters",
    "aliases",
    "alias_history",
    "score_batches",
    "scores",
    "heartbeats",
    "institution_rules",
]


def test_the_list_of_tables_is_complete(db: Connection) -> None:
    found = db.execute("select tablename from pg_tables where schemaname = 'llm'").fetchall()
    assert sorted(row["tablename"] for row in found) == sorted(TABLES)


def test_row_level_security_is_on_everywhere(db: Connection) -> None:
    sql = (
        "select relname from pg_class where relnamespace = 'llm'::regnamespace and relkind = 'r' and not relrowsecurity"
    )
    assert db.execute(sql).fetchall() == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("table", TABLES)
def test_users_of_the_app_reach_none_of_our_tables(db: Connection, role: str, table: str) -> None:
    as_role(db, role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(f"select * from llm.{table}")


@pytest.mark.parametrize("table", TABLES)
def test_services_read_every_table_and_write_through_functions_only(db: Connection, table: str) -> None:
    as_role(db, "service_role")
    db.execute(f"select * from llm.{table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(f"delete from llm.{table}")


def test_every_function_is_for_the_services_alone_and_pins_its_search_path(db: Connection) -> None:
    functions = db.execute(
        "select p.oid::regprocedure::text as name, n.nspname as schema, p.proconfig as settings,"
        " has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute') as open,"
        " has_function_privilege('service_role', p.oid, 'execute') as service"
        " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('llm', 'llm_private')"
    ).fetchall()
    assert len(functions) > 20
    assert [f["name"] for f in functions if f["open"]] == []
    assert [f["name"] for f in functions if f["settings"] != ['search_path=""']] == []
    assert [f["name"] for f in functions if f["service"] != (f["schema"] == "llm")] == []


def test_an_instructor_sees_only_their_own_evaluations(school: School) -> None:
    other = School(school.db)
    other.build()
    as_role(school.db, "authenticated", school.instructor)
    seen = school.db.execute("select id from public.evaluations").fetchall()
    assert [row["id"] for row in seen] == [school.evaluation]


def test_an_instructor_changes_an_evaluation_and_the_queue_fills_all_the_same(school: School) -> None:
    school.clear_queue()
    as_role(school.db, "authenticated", school.instructor)
    school.db.execute("update public.evaluations set transcript = 'mine' where id = %s", (school.evaluation,))
    school.db.execute("reset role")
    assert school.queue() is not None


def test_an_instructor_enrols_and_renames_a_student_as_if_we_were_not_there(school: School) -> None:
    as_role(school.db, "authenticated", school.instructor)
    school.db.execute(
        "insert into public.course_students (course_id, first_name, email, student_id) values (%s, 'Mateo', 'm@x.example', 'N12')",
        (school.course,),
    )
    school.db.execute("update public.course_students set email = 'noor2@x.example' where id = %s", (school.student,))


def test_the_buckets_are_private(db: Connection) -> None:
    rows = db.execute("select id, public from storage.buckets order by id").fetchall()
    assert rows == [{"id": f"llm-{name}", "public": False} for name in ("adapters", "checkpoints", "datasets")]
