"""``train``, ``upload`` and ``runs``."""

from contextlib import closing
from typing import Annotated, Any

import typer
from speechgrade_shared.command_line import Exit, console, print_json
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.commands.app import (
    AsJson,
    Dataset,
    RunFolder,
    app,
    number,
    print_table,
    say,
    settings_in_effect,
)
from speechgrade_trainer.recipe import load_recipe, shipped_recipes
from speechgrade_trainer.running.progress import watching


@app.command()
def train(
    recipe: Annotated[str, typer.Option(help=f"A shipped recipe ({', '.join(shipped_recipes())}) or a path.")],
    dataset: Dataset = None,
    as_json: AsJson = False,
) -> None:
    """Train an adapter, measure it on the test split, and register it."""
    named = load_recipe(recipe)
    settings = settings_in_effect()
    from speechgrade_trainer.running.pipeline import train as run

    registered = run(settings, named, dataset)
    if as_json:
        print_json(registered.as_dict())
        return
    console.print(f"[bold]{registered.package.name}[/] is {registered.status}.")
    console.print(registered.package.lineage().verdict)
    console.print(f"Report: {registered.report}", soft_wrap=True)


@app.command()
def upload(run_dir: RunFolder, as_json: AsJson = False) -> None:
    """Store and register the adapter of a run whose upload failed."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project, watching(None) as watch:
        registered = adapters.publish_again(project, settings.adapter_bucket, run_dir, watch)
    say(registered, as_json, "{name} is {status}.")


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, as_json: AsJson = False
) -> None:
    """Show the latest runs."""
    columns = "id,recipe,worker,status,progress,metrics,error_code,created_at,finished_at"
    with closing(SupabaseProject.from_settings(settings_in_effect())) as project:
        found = list(project.rows("training_runs", columns, key="id"))
    latest = sorted(found, key=lambda row: str(row["created_at"]), reverse=True)[:limit]
    if as_json:
        print_json(latest)
    elif latest:
        print_table([_run_row(row) for row in latest])
    else:
        console.print("There are no runs yet.")
        raise typer.Exit(Exit.NOTHING_TO_DO)


def _run_row(row: dict[str, Any]) -> dict[str, str]:
    test = (row["metrics"] or {}).get("test", {}).get("who", {})
    return {
        "run": row["id"],
        "begun": str(row["created_at"])[:16].replace("T", " "),
        "recipe": row["recipe"],
        "status": row["status"] if not row["error_code"] else f"{row['status']} ({row['error_code']})",
        "done": f"{row['progress']:.0%}",
        "test MAE": number(test.get("adapter", {}).get("mae")),
        "best constant": number(test.get("best_constant", {}).get("mae")),
    }
