"""What every doctor asks of the project: whose key it is, whether it answers, and whether the clocks agree."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from speechgrade_shared.errors import ObjectMissing, ProjectRefused, SpeechgradeError
from speechgrade_shared.findings import Finding, Level, fine

MIGRATE = "make deploy-supabase"
SKEW_WARN_S = 5
SKEW_WRONG_S = 300
_ADDRESS = "SUPABASE_URL must be the project's own address, as its dashboard shows it (https://REFERENCE.supabase.co)."
_UP = "Check SUPABASE_URL, and that the project is up: the dashboard says so, and restores one that was paused."
_EXPOSE = "Expose the schema llm: make deploy-supabase, or the dashboard (Project Settings, Data API, Exposed schemas)."


def judge_key(key: str) -> Finding:
    """Whether the key is one that the services may use. Its form decides; the project has the last word."""
    if key.startswith("sb_secret_"):
        return fine("key", "a secret key")
    fix = "Set SUPABASE_SECRET_KEY to a secret key (sb_secret_…) from the project's API settings."
    if key.startswith("sb_publishable_"):
        return Finding(Level.WRONG, "key", "key_is_publishable", "a publishable key, which users of the app have", fix)
    role = _role_of(key)
    if role == "service_role":
        return Finding(Level.WARN, "key", "key_is_legacy", "a legacy service_role key, which cannot be renewed", fix)
    if role:
        return Finding(Level.WRONG, "key", "key_is_not_secret", "a legacy key that is not for the services", fix)
    return Finding(Level.WARN, "key", "key_unrecognized", "a key of an unknown form", fix)


def judge_grants(missing: Sequence[str]) -> Finding:
    if not missing:
        return fine("grants", "the services can use everything in schema llm")
    fix = "\n".join(f"{statement};" for statement in missing)
    return Finding(Level.WRONG, "grants", "grants_missing", f"{len(missing)} grants are missing", fix)


def judge_clock(there: datetime, before: datetime, after: datetime) -> Finding:
    """``there`` is the database's time; ``before`` and ``after`` are this machine's around the question."""
    skew = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    if skew <= SKEW_WARN_S:
        return fine("clock", "this machine and the database agree")
    level = Level.WARN if skew <= SKEW_WRONG_S else Level.WRONG
    detail = f"this machine and the database differ by {spell(skew)}"
    return Finding(level, "clock", "clock_skewed", detail, "timedatectl set-ntp true")


def asked(name: str, ask: Callable[[], Any]) -> Any:
    """The project's answer, or the finding that there was none."""
    try:
        return ask()
    except ProjectRefused as error:
        # The database's own sentence names a function or a column, never a row.
        detail = f"{error.public} {error.hint}".strip()
        return Finding(Level.WRONG, name, error.code, detail, _fix_of_refusal(error))
    except ObjectMissing as error:
        return Finding(Level.WRONG, name, error.code, error.public, f"{_ADDRESS} If it is: {MIGRATE}")
    except SpeechgradeError as error:
        return Finding(Level.WRONG, name, error.code, error.public, _UP)


def spell(seconds: float) -> str:
    """A duration as people say it."""
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _fix_of_refusal(error: ProjectRefused) -> str:
    if error.database_code == "PGRST106":
        return _EXPOSE
    # The gateway of a hosted project refuses a key in a sentence, without any code.
    if error.database_code in ("401", "403", "42501") or (not error.database_code and "API key" in error.hint):
        return "Check SUPABASE_SECRET_KEY: it must be a secret key of this very project."
    if error.database_code == "402":
        return "Look at the project's usage and bills in the dashboard."
    if re.fullmatch(r"3\d\d", error.database_code):
        return _ADDRESS
    return MIGRATE


def _role_of(key: str) -> str:
    """The role that a legacy key names, unverified; empty where it is none."""
    parts = key.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return ""
    return str(claims.get("role", "")) if isinstance(claims, dict) else ""
