"""An empty database, as if everything had just been installed."""

from .app import Connection

_APP = "public.evaluations, public.consent_forms, public.course_students, public.courses, public.rubrics, public.user_profiles"


def clear(db: Connection) -> None:
    """Forget everything in the app's tables and in ours, but for the policy and what only grows."""
    rows = db.execute(
        "select format('llm.%I', tablename) as name from pg_tables"
        " where schemaname = 'llm' and tablename not in ('policy', 'audit_log')"
    ).fetchall()
    ours = ", ".join(row["name"] for row in rows)
    db.execute("set session_replication_role = replica")
    db.execute(f"truncate {_APP}, {ours} cascade")
    db.execute("set session_replication_role = origin")
