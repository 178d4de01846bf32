"""Migrations and seed, by the official Supabase CLI on a plain database address."""

from __future__ import annotations

from pathlib import Path

from speechgrade_local.commands import run_command
from speechgrade_local.node import NodeParts


def apply_migrations(parts: NodeParts, project: Path, database_url: str, home: Path) -> None:
    """Bring the database to the last migration of `project`/supabase/migrations."""
    home.mkdir(parents=True, exist_ok=True)
    run_command(
        "supabase migration up",
        (
            str(parts.node),
            str(parts.supabase_cli),
            "migration",
            "up",
            "--include-all",
            "--yes",
            f"--remote={database_url}",
        ),
        cwd=project,
        env={"HOME": str(home), "CI": "true"},
    )


def generate_types(parts: NodeParts, database_url: str, home: Path) -> str:
    """The database's tables as Python types: the text of ``speechgrade_shared/db_types.py``."""
    home.mkdir(parents=True, exist_ok=True)
    wanted = ("gen", "types", "--lang=python", "--schema", "public", "--schema", "llm")
    cli = (str(parts.node), str(parts.supabase_cli), *wanted)
    # The CLI writes a notice about missing TLS into its standard output unless it is told not to try.
    remote = f"--remote={database_url}?sslmode=disable"
    return run_command("supabase gen types", (*cli, remote), cwd=home, env={"HOME": str(home)})


def advise(parts: NodeParts, database_url: str, home: Path) -> str:
    """What the CLI's security and performance advisors say; raises `CommandFailed` on a warning."""
    home.mkdir(parents=True, exist_ok=True)
    cli = (str(parts.node), str(parts.supabase_cli), "db", "advisors", "--fail-on", "warn")
    remote = f"--remote={database_url}?sslmode=disable"
    return run_command("supabase db advisors", (*cli, remote), cwd=home, env={"HOME": str(home)})
