"""``promote``, ``rollback``, ``demote`` and ``aliases``: which adapter answers for whom."""

from contextlib import closing
from enum import StrEnum
from typing import Annotated, Any

import typer
from speechgrade_shared.command_line import Exit, console, print_json
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.commands.app import AsJson, Reason, app, print_table, say, settings_in_effect
from speechgrade_trainer.registry.scope import Scope


class Alias(StrEnum):
    """What an adapter can be to a scope."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


Adapter = Annotated[str, typer.Argument(help="A digest, a name, or: latest.")]
ScopeOption = Annotated[
    str, typer.Option("--scope", help="default, or institution:ID, course:ID, rubric:ID with an id of the app.")
]
AliasOption = Annotated[Alias, typer.Option("--alias", help="The one that answers, or the one that is tried out.")]


@app.command()
def promote(
    adapter: Adapter,
    *,
    reason: Reason,
    scope: ScopeOption = "default",
    alias: AliasOption = Alias.CHAMPION,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gate; the audit log says so.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let an adapter that passed the gate answer, by default or for a scope."""
    wanted = Scope.parse(scope)
    settings = settings_in_effect()
    from speechgrade_trainer.registry import aliases

    with closing(SupabaseProject.from_settings(settings)) as project:
        moved = aliases.promote(project, adapter, settings.worker, reason, scope=wanted, alias=alias, force=force)
    say(moved, as_json, "{name} is the {alias} of {scope}.")


@app.command()
def rollback(
    reason: Reason, scope: ScopeOption = "default", alias: AliasOption = Alias.CHAMPION, as_json: AsJson = False
) -> None:
    """Let the adapter answer again that answered before."""
    wanted = Scope.parse(scope)
    settings = settings_in_effect()
    from speechgrade_trainer.registry import aliases

    with closing(SupabaseProject.from_settings(settings)) as project:
        moved = aliases.rollback(project, settings.worker, reason, scope=wanted, alias=alias)
    say(moved, as_json, "{name} is the {alias} of {scope}.")


@app.command()
def demote(reason: Reason, scope: ScopeOption, alias: AliasOption = Alias.CHAMPION, as_json: AsJson = False) -> None:
    """Take the alias of a scope away: the default answers for it again."""
    wanted = Scope.parse(scope)
    settings = settings_in_effect()
    from speechgrade_trainer.registry import aliases

    with closing(SupabaseProject.from_settings(settings)) as project:
        gone = aliases.demote(project, settings.worker, reason, scope=wanted, alias=alias)
    say(gone, as_json, "{scope} has no {alias} of its own any more.")


@app.command("aliases")
def list_aliases(
    history: Annotated[bool, typer.Option("--history", help="Every move of every alias, newest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which adapter answers for whom."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import aliases

    with closing(SupabaseProject.from_settings(settings)) as project:
        rows = aliases.history(project) if history else aliases.overview(project)
    if as_json:
        print_json(rows)
    elif rows:
        print_table([_moved_row(row) if history else _alias_row(row) for row in rows])
    else:
        console.print("No adapter answers for anybody yet.")
        raise typer.Exit(Exit.NOTHING_TO_DO)


def moment(text: Any) -> str:
    """A timestamp of the database, to the minute."""
    return str(text)[:16].replace("T", " ")


def _alias_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "scope": row["scope"],
        "alias": row["alias"],
        "adapter": row["adapter"] if row["status"] == "approved" else f"{row['adapter']} ({row['status']})",
        "since": moment(row["since"]),
        "by": row["by"],
        "previous": row["previous"] or "–",
    }


def _moved_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "at": moment(row["at"]),
        "scope": row["scope"],
        "alias": row["alias"],
        "move": f"{row['move']} (forced)" if row["is_forced"] else row["move"],
        "adapter": row["adapter"] or "–",
        "by": row["by"],
        "reason": row["reason"],
    }
