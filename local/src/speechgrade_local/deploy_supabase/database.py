"""What a database holds of the app and of us, asked through the CLI, which reaches hosted ones by token alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from speechgrade_local.deploy_supabase.supabase_cli import SupabaseCli
from speechgrade_local.deploy_supabase.target import Database
from speechgrade_local.errors import CommandFailed

APP_TABLES = ("consent_forms", "course_students", "courses", "evaluations", "institutions", "rubrics", "user_profiles")
BUCKETS = ("llm-adapters", "llm-checkpoints", "llm-datasets")

_STANDING = """
select current_setting('server_version_num')::int as server,
       to_regclass('supabase_migrations.schema_migrations') is not null as has_history,
       to_regclass('storage.buckets') is not null as has_storage,
       to_regclass('auth.users') is not null as has_auth,
       (select coalesce(jsonb_agg(t.tablename order by t.tablename), '[]') from pg_catalog.pg_tables t
         where t.schemaname = 'public' and t.tablename in ({tables})) as app_tables
"""
_HISTORY = """
select m.version, coalesce(m.statements::text, '') ~ 'schema llm|[^a-z_]llm(_private)?[.]' as is_about_llm
  from supabase_migrations.schema_migrations m order by m.version
"""
_BUCKETS = "select b.id, b.public, b.file_size_limit from storage.buckets b where b.id in ({buckets})"
_REPAIR = """
insert into storage.buckets (id, name, public) values {values} on conflict (id) do update set public = false
"""


@dataclass(frozen=True, slots=True)
class History:
    """The migrations that a database knows, against those of this checkout."""

    applied: frozenset[str]
    strangers: tuple[str, ...]
    """Applied, and not ours: the app's own. The CLI would refuse a history with them."""
    newer: tuple[str, ...]
    """Strangers that work on schema llm: they come from a later version of this project."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database stands before anything is done."""

    server: int
    has_history: bool
    has_storage: bool
    has_auth: bool
    app_tables: frozenset[str]

    @property
    def missing_tables(self) -> tuple[str, ...]:
        return tuple(name for name in APP_TABLES if name not in self.app_tables)


class ProjectDatabase:
    """Questions and small repairs, each one call of the CLI."""

    def __init__(self, cli: SupabaseCli, database: Database) -> None:
        self.cli = cli
        self.remote = f"--remote={database.remote}"

    def standing(self) -> Standing:
        (row,) = self._rows(_STANDING.format(tables=_listed(APP_TABLES)))
        return Standing(**{**row, "app_tables": frozenset(row["app_tables"])})

    def history(self, *, exists: bool) -> History:
        """``exists``: whether there is a table of migrations at all."""
        rows = self._rows(_HISTORY) if exists else []
        ours = {path.name.partition("_")[0] for path in self.cli.migrations.glob("*.sql")}
        strangers = [row for row in rows if row["version"] not in ours]
        return History(
            applied=frozenset(row["version"] for row in rows) & ours,
            strangers=tuple(row["version"] for row in strangers),
            newer=tuple(row["version"] for row in strangers if row["is_about_llm"]),
        )

    def buckets(self) -> dict[str, dict[str, Any]]:
        """Our buckets, by id, with ``public`` and ``file_size_limit``."""
        return {row["id"]: row for row in self._rows(_BUCKETS.format(buckets=_listed(BUCKETS)))}

    def repair_buckets(self) -> None:
        """Make those that are missing, and shut those that are public."""
        self._run(_REPAIR.format(values=", ".join(f"('{name}', '{name}', false)" for name in BUCKETS)))

    def pending(self) -> list[str]:
        """The files that a push would apply, in order."""
        answer = self.cli.json("db", "push", "--dry-run", "--include-all", "--skip-vault", self.remote)
        return list(answer["migrations"])

    def push(self) -> None:
        """Apply them, each in a transaction of its own with its line of the history."""
        self.cli.json("db", "push", "--include-all", "--skip-vault", "--yes", self.remote)

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        rows = self.cli.json("db", "query", "--read-only", self.remote, sql)
        # A hosted project's answer is wrapped.
        if isinstance(rows, dict):
            rows = rows.get("rows", rows.get("result"))
        if not isinstance(rows, list):
            raise CommandFailed("supabase db query: the answer cannot be read.")
        return rows

    def _run(self, sql: str) -> None:
        self.cli.json("db", "query", "--yes", self.remote, sql)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)
