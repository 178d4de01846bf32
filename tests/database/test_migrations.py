"""The migrations as the official CLI applies them: on a fresh project, again, and over an app that is already there."""

from pathlib import Path

import psycopg
from speechgrade_local.migrations import advise, generate_types
from speechgrade_local.node import locate_node
from speechgrade_local.stack import Stack

REPO = Path(__file__).resolve().parents[2]
TYPES = REPO / "shared/src/speechgrade_shared/db_types.py"


def test_applying_them_again_changes_nothing(database: Stack) -> None:
    database.apply_migrations()


def test_the_committed_types_are_those_of_the_database(database: Stack) -> None:
    types = generate_types(locate_node(REPO), database.database_url, database.state.root / "cli-home")
    assert types == TYPES.read_text("utf-8"), "run `make types` and commit the result"


def test_the_advisors_have_nothing_to_say(database: Stack) -> None:
    advise(locate_node(REPO), database.database_url, database.state.root / "cli-home")


def test_the_tables_of_an_app_that_is_already_there_stay_as_they_are(tmp_path: Path) -> None:
    with Stack(REPO, tmp_path, fresh=True) as stack:
        stack.start_postgres()
        with psycopg.connect(stack.database_url) as app:
            app.execute(
                "create table public.rubrics (id uuid primary key, name text, legacy_column int, categories jsonb)"
            )
            app.execute("insert into public.rubrics values (gen_random_uuid(), 'Old', 7, '[]')")
        stack.apply_migrations()
        with psycopg.connect(stack.database_url) as app:
            assert app.execute("select name, legacy_column from public.rubrics").fetchall() == [("Old", 7)]
            policies = app.execute("select count(*) from pg_policies where tablename = 'rubrics'").fetchone()
            assert policies == (0,)
