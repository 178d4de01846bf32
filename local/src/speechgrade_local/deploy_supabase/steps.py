"""The steps of a deployment, each of which looks first, changes only what it found missing, and can be repeated.

The order is part of the promise. The database comes first: what runs now goes on with a database that can do more. A
schema is exposed once it exists, for the REST API fails altogether on one that does not. Secrets come before the code
that reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from speechgrade_local.deploy_supabase.database import BUCKETS, ProjectDatabase
from speechgrade_local.deploy_supabase.function_secrets import MARK, differing, function_digest, write_secrets
from speechgrade_local.deploy_supabase.management import ManagementApi
from speechgrade_local.deploy_supabase.supabase_cli import SupabaseCli

SCHEMA = "llm"
UPLOAD_BYTES = 1024**3
"""A checkpoint of a 7B model takes half of it; ``config.toml`` says the same of the embedded project."""
FUNCTION = "score"


@dataclass(frozen=True, slots=True)
class Look:
    """What a step found: what it would do (nothing: it is done), and what a person should know."""

    to_do: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Step(Protocol):
    """One thing that can be looked at and brought about."""

    name: str
    fix: str

    def look(self) -> Look: ...
    def do(self) -> None: ...


class Migrations:
    """Schema ``llm``, its functions and triggers; the app's tables are left as they are."""

    name = "migrations"
    fix = (
        "The migration that failed was rolled back; those before it stay. Mend what the sentence names, then run the\n"
        "same command again. A lock timeout: try again when the app is quiet."
    )

    def __init__(self, database: ProjectDatabase) -> None:
        self._database = database

    def look(self) -> Look:
        return Look(tuple(f"apply {file}" for file in self._database.pending()))

    def do(self) -> None:
        self._database.push()


class Buckets:
    """The three buckets, private. The migrations make them; this puts right what somebody changed since."""

    name = "buckets"
    fix = "Look at Storage in the dashboard; the services' doctors try each bucket with their own key."

    def __init__(self, database: ProjectDatabase) -> None:
        self._database = database

    def look(self) -> Look:
        found = self._database.buckets()
        missing = tuple(f"make the private bucket {name}" for name in BUCKETS if name not in found)
        public = tuple(f"make the bucket {name} private" for name in BUCKETS if name in found and found[name]["public"])
        small = tuple(
            f"The bucket {name} takes {limit // 1024**2} MiB at most; an adapter of a 7B model has 168 MB."
            for name, row in sorted(found.items())
            if (limit := row["file_size_limit"] or UPLOAD_BYTES) < UPLOAD_BYTES
        )
        return Look(missing + public, small)

    def do(self) -> None:
        self._database.repair_buckets()


class UploadLimit:
    """The project's own limit on uploads. It concerns the app's buckets too, so it is raised only when asked for."""

    name = "upload limit"
    fix = "Raise it in the dashboard (Storage, Settings). The free plan allows 50 MB, too little for a 7B adapter."

    def __init__(self, api: ManagementApi, *, may_raise: bool) -> None:
        self._api = api
        self._may_raise = may_raise

    def look(self) -> Look:
        limit = self._api.upload_limit()
        if limit >= UPLOAD_BYTES:
            return Look()
        said = f"from {limit // 1024**2} MiB to {UPLOAD_BYTES // 1024**2} MiB"
        if self._may_raise:
            return Look((f"raise the project's upload limit {said}",))
        note = f"The project's upload limit should rise {said} before an adapter is trained: --raise-upload-limit."
        return Look(notes=(note,))

    def do(self) -> None:
        self._api.raise_upload_limit(UPLOAD_BYTES)


class ExposedSchema:
    """Schema ``llm`` in the REST API, beside those that the app exposes. Grants let nobody but the services use it."""

    name = "exposed schema"
    fix = "Add llm in the dashboard (Project Settings, Data API, Exposed schemas), then run the same command again."

    def __init__(self, api: ManagementApi) -> None:
        self._api = api

    def look(self) -> Look:
        schemas = self._api.exposed_schemas()
        if SCHEMA in schemas:
            return Look()
        return Look((f"expose schema {SCHEMA} beside {', '.join(schemas) or 'none'}",))

    def do(self) -> None:
        # Read again: somebody may have changed them since the plan was shown.
        schemas = self._api.exposed_schemas()
        self._api.expose((*(name for name in schemas if name != SCHEMA), SCHEMA))


class FunctionSecrets:
    """What the Edge Function is told. Others of the project's secrets are not touched."""

    name = "function secrets"
    fix = "The access token must be allowed to write secrets of Edge Functions; then run the same command again."

    def __init__(self, cli: SupabaseCli, remote: str, wanted: Mapping[str, str]) -> None:
        self._project = ProjectSecrets(cli, remote)
        self._wanted = wanted

    def look(self) -> Look:
        return Look(tuple(f"set {name}" for name in differing(self._wanted, self._project.held())))

    def do(self) -> None:
        names = differing(self._wanted, self._project.held())
        self._project.set({name: self._wanted[name] for name in names})


class DeployedFunction:
    """The Edge Function, bundled by the platform; then a mark of which source it was."""

    name = "function"
    fix = (
        "The former version still answers. Mend what the sentence names, then run the same command again; by hand:\n"
        "supabase functions deploy score --use-api --remote=PROJECT_REF"
    )

    def __init__(self, cli: SupabaseCli, remote: str, *, again: bool) -> None:
        self._cli, self._remote = cli, f"--remote={remote}"
        self._project = ProjectSecrets(cli, remote)
        self._is_wanted_again = again
        self._mark = {MARK: function_digest(cli.folder / "supabase" / "functions" / FUNCTION)}

    def look(self) -> Look:
        listed = self._cli.json("functions", "list", self._remote)["functions"]
        is_there = any(one.get("slug") == FUNCTION for one in listed)
        is_same = is_there and not differing(self._mark, self._project.held())
        if is_same and not self._is_wanted_again:
            return Look()
        return Look((f"{'deploy' if is_there else 'create'} the function {FUNCTION}",))

    def do(self) -> None:
        self._cli.json("functions", "deploy", FUNCTION, "--use-api", "--yes", self._remote)
        self._project.set(self._mark)
        self._is_wanted_again = False


class ProjectSecrets:
    """The secrets of a project's Edge Functions: digests when read, a file when written, never an argument."""

    def __init__(self, cli: SupabaseCli, remote: str) -> None:
        self._cli, self._remote = cli, f"--remote={remote}"

    def held(self) -> dict[str, str]:
        """SHA-256 of each value, by name."""
        listed = self._cli.json("secrets", "list", self._remote)["secrets"]
        return {one["name"]: str(one.get("value") or one.get("digest") or "") for one in listed}

    def set(self, values: Mapping[str, str]) -> None:
        file = self._cli.folder / "function.env"
        write_secrets(file, values)
        try:
            self._cli.json("secrets", "set", "--env-file", str(file), "--yes", self._remote)
        finally:
            file.unlink()
