"""A real PostgreSQL that looks like a hosted project's, before any migration of ours."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from speechgrade_local.environment import child_environment
from speechgrade_local.stack import Stack

from .platform import REF, SECRET_KEY, TOKEN, Platform, serve_platform

REPO = Path(__file__).resolve().parents[3]
APP = """
create table public.rubrics (id uuid primary key, name text, legacy_column int, categories jsonb);
insert into public.rubrics values (gen_random_uuid(), 'Old', 7, '[]');
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations values ('20990101000000', '{create table app ()}', 'of_the_app');
"""
SCORER_TOKEN = "t" * 40 + "$HOME #="
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(REPO, tmp_path / "stack", fresh=True) as stack:
        stack.start_postgres()
        yield stack


@pytest.fixture
def app_database(stack: Stack) -> Stack:
    """The app is there, with a table and a migration of its own that is younger than all of ours."""
    with psycopg.connect(stack.database_url) as app:
        app.execute(APP)
    return stack


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serve_platform() as platform:
        yield platform


@pytest.fixture
def deploy(tmp_path: Path) -> Command:
    """The command as an operator's shell runs it; keyword arguments are its environment."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
        program = (str(Path(sys.executable).with_name("speechgrade-local")), "deploy-supabase", *arguments)
        env = child_environment({**inherited, **environment})
        return subprocess.run(program, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300)

    return run


@pytest.fixture
def hosted(app_database: Stack, platform: Platform, tmp_path: Path) -> dict[str, str]:
    """The environment of a deployment to the stand-in; its database is the real one."""
    lines = ("SPEECHGRADE_SCORER_URL=https://scorer.example.org", f"SPEECHGRADE_SCORER_TOKEN='{SCORER_TOKEN}'")
    (tmp_path / ".env").write_text("\n".join((*lines, "SPEECHGRADE_SUBJECT_KEY=never-for-the-function", "")))
    platform.check = {
        "findings": [{"name": "settings", "code": "ok", "detail": "complete"}],
        "versions": {"function": "0.1.0", "scorer": None},
    }
    return {
        "SUPABASE_API_URL": platform.url,
        "SUPABASE_PROJECT_REF": REF,
        "SUPABASE_ACCESS_TOKEN": TOKEN,
        "SUPABASE_DB_URL": app_database.database_url,
        "SUPABASE_URL": platform.url,
        "SUPABASE_SECRET_KEY": SECRET_KEY,
    }
