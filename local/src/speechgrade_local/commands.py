"""One-off commands of the stack: run, wait, and say what went wrong in a sentence."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speechgrade_local.child import Identity
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import CommandFailed

_LIMIT_S = 120
_TAIL_LINES = 8


def run_command(
    name: str,
    argv: tuple[str, ...],
    *,
    cwd: Path,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    identity: Identity | None = None,
) -> str:
    """Standard output of the command, or `CommandFailed` with the end of what it said."""
    done = completed(argv, cwd=cwd, stdin=stdin, env=env, identity=identity, name=name)
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        tail = "".join(f"\n    {line[:300]}" for line in said[-_TAIL_LINES:])
        raise CommandFailed(f"{name} ended with exit code {done.returncode}.{tail}")
    return str(done.stdout)


def completed(
    argv: tuple[str, ...],
    *,
    cwd: Path,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    identity: Identity | None = None,
    limit_s: float = _LIMIT_S,
    name: str = "supabase",
) -> subprocess.CompletedProcess[str]:
    """The command once it has ended, however; `CommandFailed` if it does not end in time."""
    try:
        return subprocess.run(
            argv,
            input=stdin,
            cwd=cwd,
            env=child_environment(env),
            **_as_user(identity),
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{name} did not finish within {limit_s:g} seconds.") from error


def _as_user(identity: Identity | None) -> dict[str, Any]:
    if identity is None or identity == Identity():
        return {}
    return {"user": identity.uid, "group": identity.gid, "extra_groups": []}
