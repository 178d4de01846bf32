"""The official CLI, on a copy of our supabase folder: it leaves nothing in the checkout and reads no ``.env`` there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_local.commands import completed
from speechgrade_local.deploy_supabase.target import PLATFORM, Database, DeploySettings
from speechgrade_local.errors import CommandFailed
from speechgrade_local.node import NodeParts

_LIMIT_S = 900
_NOT_DEPLOYED = shutil.ignore_patterns(".env*", ".temp", "tests", "seed.sql")


@dataclass(frozen=True, slots=True)
class SupabaseCli:
    """Commands for one target, with JSON answers."""

    parts: NodeParts
    folder: Path
    environment: Mapping[str, str]
    profile: tuple[str, ...] = ()

    @classmethod
    def on_copy(
        cls, parts: NodeParts, project: Path, folder: Path, settings: DeploySettings, database: Database
    ) -> SupabaseCli:
        """Copy ``project``/supabase to ``folder`` and describe who is asked."""
        shutil.copytree(project / "supabase", folder / "supabase", ignore=_NOT_DEPLOYED)
        home = folder / "home"
        home.mkdir()
        token = settings.access_token.get_secret_value()
        environment = {"HOME": str(home), "CI": "true", **database.environment}
        if token:
            environment["SUPABASE_ACCESS_TOKEN"] = token
        return cls(parts, folder, environment, _profile(folder, settings.platform))

    def json(self, *arguments: str) -> Any:
        """The JSON answer of a command that asks nothing.

        Raises:
            CommandFailed: with the CLI's own sentence.
        """
        cli = (str(self.parts.node), str(self.parts.supabase_cli), *self.profile, "--agent", "no")
        argv = (*cli, "--output-format", "json", "--workdir", str(self.folder), *arguments)
        done = completed(argv, cwd=self.folder, env=self.environment, limit_s=_LIMIT_S)
        answer = _json_in(done.stdout)
        if done.returncode == 0:
            return answer
        raise CommandFailed(_sentence(arguments, answer, done.stderr))

    def version(self) -> str:
        """The CLI's version."""
        argv = (str(self.parts.node), str(self.parts.supabase_cli), "--version")
        return completed(argv, cwd=self.folder, env=self.environment, limit_s=60).stdout.strip()

    @property
    def migrations(self) -> Path:
        return self.folder / "supabase" / "migrations"

    def stand_in_for(self, versions: Iterable[str]) -> None:
        """Let the CLI know migrations that are applied and not ours: it refuses a history with strangers in it."""
        for version in versions:
            (self.migrations / f"{version}_not_ours.sql").write_text("-- Applied by somebody else; never by us.\n")


def _profile(folder: Path, platform: str) -> tuple[str, ...]:
    if platform == PLATFORM:
        return ()
    file = folder / "profile.json"
    host = platform.partition("://")[2].partition(":")[0]
    profile = {"name": "platform", "api_url": platform, "dashboard_url": platform, "project_host": host}
    file.write_text(json.dumps(profile))
    return ("--profile", str(file))


def _json_in(said: str) -> Any:
    for start in sorted(place for place in (said.find("{"), said.find("[")) if place >= 0):
        try:
            return json.loads(said[start:])
        except ValueError:
            continue
    return None


def _sentence(arguments: tuple[str, ...], answer: Any, stderr: str) -> str:
    name = " ".join(part for part in arguments[:2] if not part.startswith("-"))
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        said = f"{error.get('message', '')}\n{error.get('suggestion', '')}".strip()
    else:
        said = "\n".join(stderr.strip().splitlines()[-6:])
    return f"supabase {name}: {said or 'ended with an error.'}"
