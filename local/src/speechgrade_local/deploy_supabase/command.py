"""``speechgrade-local deploy-supabase``: the deployment, then what can be verified from here."""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.console import Console
from speechgrade_shared.findings import Level, show_findings, worst
from speechgrade_shared.function_check import examine_function, function_address

from speechgrade_local.deploy_supabase.deployment import Choices, carried_out, prepared
from speechgrade_local.deploy_supabase.function_secrets import read_env_file
from speechgrade_local.deploy_supabase.target import DeploySettings
from speechgrade_local.errors import DeployRefused
from speechgrade_local.node import locate_node

_NOTHING_TO_DO = 3
_NEXT = """Then verify where the services run, and do what they say until all is well:
  speechgrade-exporter doctor
  speechgrade-scorer doctor"""


def deploy_supabase(repo: Path, choices: Choices, console: Console, *, yes: bool) -> None:
    """Exits with 0 when it did something (or would have, in a dry run), and with 3 when there was nothing to do."""
    settings = _settings().completed_by(read_env_file(choices.secrets_file))
    with prepared(locate_node(repo), repo, settings, choices) as deployment:
        did_something = carried_out(deployment, console, lambda: yes or _agreed(console), dry_run=choices.dry_run)
    if choices.dry_run:
        raise typer.Exit(0 if did_something else _NOTHING_TO_DO)
    if not choices.database_only:
        _verify(settings, console)
    console.print(_NEXT, markup=False)
    if not did_something:
        raise typer.Exit(_NOTHING_TO_DO)


def _agreed(console: Console) -> bool:
    if not sys.stdin.isatty():
        return False
    console.print("A backup first is wise: docs/supabase.md says how.", markup=False)
    return typer.confirm("Do this?")


def _verify(settings: DeploySettings, console: Console) -> None:
    key = settings.secret_key.get_secret_value()
    if not key:
        console.print(
            "With SUPABASE_SECRET_KEY set, here or in .env, the function would be asked now how it stands.",
            markup=False,
        )
        return
    found = list(examine_function(function_address(settings.function_url), key))
    show_findings(found, console)
    if worst(found) is Level.WRONG:
        raise typer.Exit(1)


def _settings() -> DeploySettings:
    try:
        return DeploySettings()
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise DeployRefused(f"Settings are wrong: {names}.") from None
