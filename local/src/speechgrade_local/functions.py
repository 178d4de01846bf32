"""Edge Functions on Deno from PyPI, one process for the function `score`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from speechgrade_local.child import ChildSpec
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import SetupMissing
from speechgrade_local.keys import StackKeys
from speechgrade_local.readiness import http_ready


def function_spec(
    repo_root: Path,
    port: int,
    supabase_url: str,
    keys: StackKeys,
    extra_env: Mapping[str, str],
) -> ChildSpec:
    """`deno serve` of supabase/functions/score with the variables a hosted function gets."""
    folder = repo_root / "supabase" / "functions" / "score"
    entry = folder / "index.ts"
    if not entry.exists():
        raise SetupMissing(f"There is no Edge Function at {entry}.")
    hosted = {
        "SUPABASE_URL": supabase_url,
        "SUPABASE_PUBLISHABLE_KEYS": json.dumps({"default": keys.publishable_key}),
        "SUPABASE_SECRET_KEYS": json.dumps({"default": keys.secret_key}),
        "SUPABASE_JWKS": json.dumps(keys.jwks),
    }
    cache = {"DENO_DIR": str(repo_root / ".cache" / "deno")}
    return ChildSpec(
        name="functions",
        argv=(
            str(deno_binary()),
            "serve",
            "--cached-only",
            "--no-prompt",
            "--allow-env",
            "--allow-net=127.0.0.1,localhost",
            "--host=127.0.0.1",
            f"--port={port}",
            str(entry),
        ),
        env=child_environment({**hosted, **cache, **extra_env}),
        cwd=folder,
        is_ready=http_ready(f"http://127.0.0.1:{port}/score"),
        stop_limit_s=3.0,
    )


def deno_binary() -> Path:
    """The deno of this environment."""
    beside_python = Path(sys.executable).with_name("deno")
    if beside_python.exists():
        return beside_python
    found = shutil.which("deno")
    if found is None:
        raise SetupMissing("deno is not installed in this environment.")
    return Path(found)
