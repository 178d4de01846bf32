"""A database of one's own is brought up to date by the official CLI: fresh, half applied, up to date, and refused."""

import shutil
from pathlib import Path

import psycopg
import pytest
from speechgrade_local.deploy_supabase.database import BUCKETS
from speechgrade_local.stack import Stack

from .conftest import REPO, Command

pytestmark = pytest.mark.stack
MIGRATIONS = sorted((REPO / "supabase" / "migrations").glob("*.sql"))


def versions(stack: Stack) -> set[str]:
    with psycopg.connect(stack.database_url) as database:
        return {row[0] for row in database.execute("select version from supabase_migrations.schema_migrations")}


def ours() -> set[str]:
    return {path.name.partition("_")[0] for path in MIGRATIONS}


def test_a_fresh_database_is_refused_until_it_is_meant_and_then_brought_up_once(stack: Stack, deploy: Command) -> None:
    arguments = ("--database-only", f"--remote={stack.database_url}")
    refused = deploy(*arguments, "--yes")
    assert refused.returncode == 2
    assert "None of the app's tables is here" in refused.stdout
    done = deploy(*arguments, "--new-project", "--yes")
    assert done.returncode == 0, done.stdout
    assert versions(stack) == ours()
    again = deploy(*arguments, "--yes")
    assert again.returncode == 3, again.stdout


def test_what_is_half_applied_goes_on_beside_the_apps_own_migrations(app_database: Stack, deploy: Command) -> None:
    half = app_database.state.root / "half" / "supabase" / "migrations"
    half.mkdir(parents=True)
    for path in MIGRATIONS[:6]:
        shutil.copy(path, half)
    (half / "20990101000000_of_the_app.sql").write_text("-- the app's")
    app_database.apply_migrations(half.parents[1])
    shown = deploy("--database-only", "--dry-run", SUPABASE_DB_URL=app_database.database_url)
    assert shown.returncode == 0
    assert f"apply {MIGRATIONS[6].name}" in shown.stdout
    assert f"apply {MIGRATIONS[5].name}" not in shown.stdout
    assert "1 migrations of the app are in the same history" in shown.stdout
    assert versions(app_database) < ours() | {"20990101000000"}
    done = deploy("--database-only", "--yes", SUPABASE_DB_URL=app_database.database_url)
    assert done.returncode == 0, done.stdout
    assert versions(app_database) == ours() | {"20990101000000"}
    with psycopg.connect(app_database.database_url) as app:
        assert app.execute("select name, legacy_column from public.rubrics").fetchall() == [("Old", 7)]


def test_a_bucket_that_was_opened_or_lost_is_put_right(app_database: Stack, deploy: Command) -> None:
    app_database.apply_migrations(_with_the_apps(app_database))
    with psycopg.connect(app_database.database_url) as database:
        database.execute("update storage.buckets set public = true where id = 'llm-datasets'")
        database.execute("delete from storage.buckets where id = 'llm-adapters'")
    done = deploy("--database-only", "--yes", SUPABASE_DB_URL=app_database.database_url)
    assert done.returncode == 0, done.stdout
    assert "make the bucket llm-datasets private" in done.stdout
    assert "make the private bucket llm-adapters" in done.stdout
    with psycopg.connect(app_database.database_url) as database:
        found = database.execute("select id from storage.buckets where not public order by id").fetchall()
    assert [row[0] for row in found] == list(BUCKETS)


def test_a_migration_that_fails_stops_it_says_why_and_can_be_gone_on_with(app_database: Stack, deploy: Command) -> None:
    with psycopg.connect(app_database.database_url) as app:
        app.execute("create schema llm; create table llm.change_queue (in_the_way int)")
    stopped = deploy("--database-only", "--yes", SUPABASE_DB_URL=app_database.database_url)
    assert stopped.returncode == 1
    assert "Step migrations" in stopped.stdout
    assert 'relation "change_queue" already exists' in stopped.stdout
    assert "run the same command again" in stopped.stdout
    with psycopg.connect(app_database.database_url) as app:
        app.execute("drop table llm.change_queue")
    gone_on = deploy("--database-only", "--yes", SUPABASE_DB_URL=app_database.database_url)
    assert gone_on.returncode == 0, gone_on.stdout
    assert versions(app_database) == ours() | {"20990101000000"}


def test_a_database_of_a_later_version_is_left_alone(app_database: Stack, deploy: Command) -> None:
    with psycopg.connect(app_database.database_url) as database:
        database.execute(
            "insert into supabase_migrations.schema_migrations"
            " values ('20980101000000', '{alter table llm.scores add column later int}', 'later')"
        )
    refused = deploy("--database-only", "--yes", SUPABASE_DB_URL=app_database.database_url)
    assert refused.returncode == 2
    assert "newer than this checkout" in refused.stdout
    assert "20980101000000" in refused.stdout


def test_without_agreement_nothing_is_changed(app_database: Stack, deploy: Command) -> None:
    refused = deploy("--database-only", SUPABASE_DB_URL=app_database.database_url)
    assert refused.returncode == 2
    assert "Nothing was changed" in refused.stdout
    assert versions(app_database) == {"20990101000000"}


@pytest.mark.parametrize(
    ("address", "said"),
    [("", "--database-only needs --remote"), ("mysql://x@localhost/y", "must look like postgresql://")],
)
def test_an_address_that_is_none_is_a_matter_of_usage(deploy: Command, address: str, said: str) -> None:
    refused = deploy("--database-only", *([f"--remote={address}"] if address else []))
    assert refused.returncode == 2
    assert said in refused.stdout


def test_a_database_that_does_not_answer_is_named_without_its_password(deploy: Command) -> None:
    failed = deploy("--database-only", "--remote=postgresql://postgres:hidden-word@127.0.0.1:9/postgres")
    assert failed.returncode == 1
    assert "hidden-word" not in failed.stdout + failed.stderr


def _with_the_apps(stack: Stack) -> Path:
    whole = stack.state.root / "whole" / "supabase" / "migrations"
    whole.mkdir(parents=True)
    for path in MIGRATIONS:
        shutil.copy(path, whole)
    (whole / "20990101000000_of_the_app.sql").write_text("-- the app's")
    return whole.parents[1]
