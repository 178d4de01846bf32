"""A deployment from beginning to end: look at everything, say what would change, ask, do it, and look again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from speechgrade_local.deploy_supabase.database import APP_TABLES, ProjectDatabase, Standing
from speechgrade_local.deploy_supabase.function_secrets import wanted_secrets
from speechgrade_local.deploy_supabase.management import ManagementApi
from speechgrade_local.deploy_supabase.steps import (
    Buckets,
    DeployedFunction,
    ExposedSchema,
    FunctionSecrets,
    Look,
    Migrations,
    Step,
    UploadLimit,
)
from speechgrade_local.deploy_supabase.supabase_cli import SupabaseCli
from speechgrade_local.deploy_supabase.target import DeploySettings, database_of, project_ref, refuse_anothers
from speechgrade_local.errors import DeployRefused, DeployStopped, StackError
from speechgrade_local.node import NodeParts

_OLDEST_SERVER = 150_000


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator has decided."""

    remote: str = ""
    database_only: bool = False
    secrets_file: Path = Path(".env")
    new_project: bool = False
    raise_upload_limit: bool = False
    redeploy: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that was checked, and the steps in their order."""

    facts: tuple[str, ...]
    steps: tuple[Step, ...]


@contextmanager
def prepared(parts: NodeParts, repo: Path, settings: DeploySettings, choices: Choices) -> Iterator[Deployment]:
    """Check everything that can be checked before anything is changed.

    Raises:
        DeployRefused: a setting is missing or wrong, or this may not be the app's project.
        StackError: CLI, project or database do not answer; the sentence says what to do.
    """
    if choices.database_only and not (choices.remote or settings.database_url.get_secret_value()):
        raise DeployRefused(
            "--database-only needs --remote=postgresql://postgres@HOST:5432/postgres or SUPABASE_DB_URL."
        )
    database = database_of(settings, choices.remote)
    with ExitStack() as open_:
        folder = Path(open_.enter_context(TemporaryDirectory(prefix="deploy-supabase-")))
        cli = SupabaseCli.on_copy(parts, repo, folder, settings, database)
        facts = [f"Supabase CLI {cli.version()}, database {database.remote.rpartition('@')[2]}"]
        hosted: list[Step] = []
        if not choices.database_only:
            ref = project_ref(settings)
            refuse_anothers(database, ref, settings.project_url)
            wanted = wanted_secrets(choices.secrets_file)
            api = open_.enter_context(ManagementApi(settings, ref))
            facts.append(_project_facts(api, ref))
            hosted = [
                UploadLimit(api, may_raise=choices.raise_upload_limit),
                ExposedSchema(api),
                FunctionSecrets(cli, ref, wanted),
                DeployedFunction(cli, ref, again=choices.redeploy),
            ]
        held = ProjectDatabase(cli, database)
        facts += _database_facts(held, new_project=choices.new_project)
        yield Deployment(tuple(facts), (Migrations(held), Buckets(held), *hosted))


def carried_out(deployment: Deployment, console: Console, agree: Callable[[], bool], *, dry_run: bool = False) -> bool:
    """Show the plan and carry it out. Returns whether there was anything to do.

    Raises:
        DeployRefused: it was not agreed to.
        DeployStopped: a step failed; what is done stays done.
    """
    for fact in deployment.facts:
        console.print(f"  {fact}", markup=False)
    looks = [_looked(step) for step in deployment.steps]
    _show(deployment.steps, looks, console)
    pending = [step for step, look in zip(deployment.steps, looks, strict=True) if look.to_do]
    if not pending or dry_run:
        return bool(pending)
    if not agree():
        raise DeployRefused("Nothing was changed. Agree at the question, or give --yes where nobody can.")
    for step in pending:
        console.print(f"{step.name} …", markup=False)
        _done(step)
    return True


def _done(step: Step) -> None:
    try:
        # The plan was made before the steps ahead of this one: they may have done it.
        if step.look().to_do:
            step.do()
            left = step.look().to_do
            if left:
                raise DeployStopped(f"It did not take: still to {left[0]}.")
    except StackError as error:
        raise _stopped(step, error) from error


def _looked(step: Step) -> Look:
    try:
        return step.look()
    except StackError as error:
        raise _stopped(step, error) from error


def _stopped(step: Step, error: StackError) -> DeployStopped:
    return DeployStopped(f"Step {step.name}: {error}\n{step.fix}\nWhat is done stays done: run the same command again.")


def _show(steps: Sequence[Step], looks: Sequence[Look], console: Console) -> None:
    for step, look in zip(steps, looks, strict=True):
        mark = "[yellow]to do[/]" if look.to_do else "[green]done [/]"
        console.print(f"{mark} [bold]{step.name}[/]")
        for line in look.to_do:
            console.print(f"      {line}", markup=False)
        for note in look.notes:
            console.print(f"      note: {note}", markup=False)


def _project_facts(api: ManagementApi, ref: str) -> str:
    project = api.project()
    status = str(project.get("status", ""))
    if status != "ACTIVE_HEALTHY":
        raise DeployStopped(
            f"The project {ref} is {status or 'in an unknown state'}. Restore it in the dashboard first."
        )
    return f"project {project.get('name')} ({ref}, {project.get('region')}) is healthy"


def _database_facts(database: ProjectDatabase, *, new_project: bool) -> list[str]:
    standing = database.standing()
    _refuse_unfit(standing, new_project=new_project)
    history = database.history(exists=standing.has_history)
    if history.newer:
        raise DeployRefused(
            f"The database is newer than this checkout, which does not know its migrations {', '.join(history.newer)}. "
            "Check out the version that runs there, or a later one."
        )
    database.cli.stand_in_for(history.strangers)
    facts = [f"PostgreSQL {standing.server // 10_000}; {len(history.applied)} of our migrations are applied"]
    if history.strangers:
        facts.append(f"{len(history.strangers)} migrations of the app are in the same history, and stay as they are")
    found = len(APP_TABLES) - len(standing.missing_tables)
    missing = f"; to be created: {', '.join(standing.missing_tables)}" if standing.missing_tables else ""
    return [*facts, f"{found} of the app's {len(APP_TABLES)} tables are there{missing}"]


def _refuse_unfit(standing: Standing, *, new_project: bool) -> None:
    if standing.server < _OLDEST_SERVER:
        raise DeployRefused("The database is older than PostgreSQL 15. Upgrade it first.")
    if not (standing.has_auth and standing.has_storage):
        raise DeployRefused(
            "This is no Supabase database: auth.users or storage.buckets is missing. Start Auth and Storage once first."
        )
    if not standing.app_tables and not new_project:
        raise DeployRefused(
            "None of the app's tables is here. Check the reference or address. Is the project meant to be empty? Then "
            "add --new-project, and the tables are created."
        )
