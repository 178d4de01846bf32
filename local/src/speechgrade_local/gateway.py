"""The Supabase API of the stack: our gateway.mjs around @supabase/lite, as one process."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_local.child import ChildSpec
from speechgrade_local.commands import run_command
from speechgrade_local.environment import child_environment
from speechgrade_local.keys import StackKeys
from speechgrade_local.node import NodeParts
from speechgrade_local.readiness import http_ready
from speechgrade_local.state import write_private

_EXPERIMENTS = {"EXPERIMENTAL_STORAGE": "1"}


@dataclass(frozen=True)
class GatewayAddress:
    """Where the gateway listens and what stands behind it."""

    port: int
    database_url: str
    functions_url: str
    storage: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def lite_schema(parts: NodeParts) -> str:
    """The tables of auth and storage that @supabase/lite works on."""
    return run_command("schema.mjs", (str(parts.node), str(parts.lite_schema)), cwd=parts.local, env=_EXPERIMENTS)


def gateway_spec(parts: NodeParts, project: Path, address: GatewayAddress, keys: StackKeys, config: Path) -> ChildSpec:
    """Write the gateway's settings to `config` and describe its process."""
    settings = _project_settings(project) | {
        "port": address.port,
        "database_url": address.database_url,
        "functions_url": address.functions_url,
        "storage_dir": str(address.storage),
        "jwt_secret": keys.jwt_secret,
        "signing_key": keys.signing_key,
        "publishable_key": keys.publishable_key,
        "secret_key": keys.secret_key,
    }
    write_private(config, json.dumps(settings))
    return ChildSpec(
        name="supabase",
        argv=(str(parts.node), str(parts.gateway), str(config)),
        env=child_environment(_EXPERIMENTS),
        cwd=parts.local,
        is_ready=http_ready(f"{address.url}/health"),
        stop_limit_s=3.0,
    )


def _project_settings(project: Path) -> dict[str, Any]:
    """What config.toml says of the API and of Storage; the buckets themselves come with the migrations."""
    path = project / "supabase" / "config.toml"
    config = tomllib.loads(path.read_text()) if path.exists() else {}
    storage = config.get("storage", {})
    return {
        "schemas": config.get("api", {}).get("schemas", ["public", "llm"]),
        "file_size_limit": storage.get("file_size_limit", "50MiB"),
        "buckets": storage.get("buckets", {}),
    }
