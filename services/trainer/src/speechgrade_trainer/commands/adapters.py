"""``adapters``, ``gate``, ``retire``, ``purge`` and ``export``: what becomes of an adapter that is registered."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from speechgrade_shared.command_line import Exit, console, print_json
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.commands.app import AsJson, Reason, app, number, print_table, say, settings_in_effect
from speechgrade_trainer.commands.registry import Adapter, moment


@app.command("adapters")
def list_adapters(as_json: AsJson = False) -> None:
    """Show every adapter with its numbers and its gate, newest first."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project:
        rows = adapters.overview(project)
    if as_json:
        print_json(rows)
    elif rows:
        print_table([_adapter_row(row) for row in rows])
    else:
        console.print("There are no adapters yet.")
        raise typer.Exit(Exit.NOTHING_TO_DO)


@app.command()
def gate(adapter: Adapter, as_json: AsJson = False) -> None:
    """Show what the gate said of an adapter; exit code 1 if it did not pass."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project:
        row = adapters.find(project, adapter)
    judged = row["gate"]
    if as_json:
        print_json({"name": row["name"], "digest": row["digest"], "gate": judged})
    elif judged:
        print_table([_check_row(check) for check in judged["checks"]])
        console.print(f"Compared with {judged.get('champion') or 'no champion'} on dataset {judged.get('dataset')}.")
    else:
        console.print(f"{row['name']} was never judged.")
    if not judged or not all(check["passed"] for check in judged["checks"]):
        raise typer.Exit(Exit.FAILED)


@app.command()
def retire(adapter: Adapter, reason: Reason, as_json: AsJson = False) -> None:
    """Take an adapter out of use for good."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project:
        retired = adapters.retire(project, adapter, settings.worker, reason)
    say(retired, as_json, "{name} is retired.")


@app.command()
def purge(
    reason: Reason,
    adapter: Annotated[str | None, typer.Argument(help="A digest or a name; all tainted ones by default.")] = None,
    empty_aliases: Annotated[
        bool, typer.Option("--empty-aliases", help="Take away the aliases that still point to it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete the objects of tainted adapters, and this machine's copies; the rows stay."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry.purging import purge as purge_adapters

    with closing(SupabaseProject.from_settings(settings)) as project:
        purged = purge_adapters(project, settings, adapter, reason, empties_aliases=empty_aliases)
    if as_json:
        print_json(purged)
    for row in [] if as_json else purged:
        console.print(f"{row['name']}: {row['objects']} objects and {len(row['folders'])} folders are deleted.")
    if not purged:
        console.print("No adapter is tainted.")
        raise typer.Exit(Exit.NOTHING_TO_DO)


@app.command()
def export(
    adapter: Adapter,
    merged: Annotated[
        Path | None, typer.Option(help="Write base and adapter as one model into this empty folder.")
    ] = None,
    push: Annotated[str | None, typer.Option(help="Send the adapter to this private repository of the hub.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take an adapter elsewhere: merged into its base, or to the hub where that is allowed."""
    if (merged is None) == (push is None):
        raise typer.BadParameter("either --merged or --push is needed")
    settings = settings_in_effect()
    if push is not None:
        from speechgrade_trainer.registry.hub import push_adapter

        say(push_adapter(settings, adapter, push), as_json, "{name} is at {repository}, privately.")
    elif merged is not None:
        from speechgrade_trainer.registry.merging import export_merged

        say(export_merged(settings, adapter, merged), as_json, "{name} and its base are in {folder}.")


def _adapter_row(row: dict[str, Any]) -> dict[str, str]:
    judged = "–" if row["gate"] is None else ", ".join(row["failed"]) or "passed"
    reason = f" ({row['taint_reason']})" if row["taint_reason"] else ""
    return {
        "adapter": row["name"],
        "made": moment(row["created_at"]),
        "status": f"{row['status']}{reason}",
        "answers": ", ".join(row["aliases"]) or "–",
        "base": row["base"],
        "dataset": row["dataset"][:12],
        "test MAE": number(row["mae"]),
        "gate": judged,
    }


def _check_row(check: dict[str, Any]) -> dict[str, str]:
    return {
        "check": check["name"].replace("_", " "),
        "passed": "yes" if check["passed"] else "no",
        "value": number(check.get("value")),
        "bound": number(check.get("bound")),
        "why": check.get("text", ""),
    }
