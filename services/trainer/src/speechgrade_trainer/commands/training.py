"""``train``, ``upload`` and ``runs``."""

from contextlib import closing
from typing import Annotated, Any

import typer
from speechgrade_shared.command_line import Exit, console, print_json
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.commands.app import (
    AsJson,
    Dataset,
    Reason,
    RunFolder,
    app,
    number,
    print_table,
    say,
    settings_in_effect,
)
from speechgrade_trainer.recipe import load_recipe, shipped_recipes
from speechgrade_trainer.running.progress import watching
from speechgrade_trainer.settings import TrainerSettings


@app.command()
def train(  # noqa: PLR0917 - its options
    recipe: Annotated[str, typer.Option(help=f"A shipped recipe ({', '.join(shipped_recipes())}) or a path.")],
    dataset: Dataset = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the data and say what it would take.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew instead of going on with an unfinished run.")
    ] = False,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Only if there is something new to learn; else say so and exit with 0.")
    ] = False,
    promote: Annotated[
        bool, typer.Option("--promote", help="Let the new adapter answer by default if it passes the gate.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train an adapter, measure it on the test split, and register it; or go on with a run that was interrupted."""
    named = load_recipe(recipe)
    settings = settings_in_effect()
    if dry_run:
        from speechgrade_trainer.running import pipeline

        _say_preflight(pipeline.check_only(settings, named, dataset), as_json)
    elif if_changed:
        from speechgrade_trainer.running import scheduled

        outcome = scheduled.train_if_due(settings, named, dataset, fresh=fresh)
        if outcome is not None:
            _say_trained(settings, outcome.registered, outcome.as_dict(), promotes=promote, as_json=as_json)
    else:
        from speechgrade_trainer.running import pipeline

        registered = pipeline.train(settings, named, dataset, fresh=fresh)
        if registered is not None:
            _say_trained(settings, registered, registered.as_dict(), promotes=promote, as_json=as_json)


def _say_trained(
    settings: TrainerSettings, registered: Any, answer: dict[str, Any], *, promotes: bool, as_json: bool
) -> None:
    from speechgrade_trainer.running.scheduled import promote_passed

    promotion = promote_passed(settings, registered) if promotes and registered is not None else None
    if as_json:
        print_json(answer | ({} if promotion is None else {"promotion": promotion.as_dict()}))
        return
    if registered is None:
        console.print(answer["sentence"], soft_wrap=True)
        return
    console.print(f"[bold]{registered.package.name}[/] is {registered.status}.")
    console.print(registered.package.lineage().verdict)
    console.print(f"Report: {registered.report}", soft_wrap=True)
    if promotion is not None:
        console.print(promotion.sentence, soft_wrap=True)


@app.command()
def recipes(as_json: AsJson = False) -> None:
    """Show the shipped recipes, the card that each is for, and the memory that it is estimated to take."""
    from speechgrade_trainer.recipe_list import describe_recipes

    described = describe_recipes()
    if as_json:
        print_json(described)
    else:
        print_table([_recipe_row(one) for one in described])


def _recipe_row(recipe: dict[str, str]) -> dict[str, str]:
    about = recipe["about"].partition(" Estimate")[0]
    return {"recipe": recipe["name"], "for": about, "tokens": recipe["tokens"], "estimated memory": recipe["memory"]}


@app.command()
def upload(run_dir: RunFolder, as_json: AsJson = False) -> None:
    """Store and register the adapter of a run whose upload failed."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project, watching(None) as watch:
        registered = adapters.publish_again(project, settings.adapter_bucket, run_dir, watch)
    say(registered, as_json, "{name} is {status}.")


@app.command()
def cancel(
    run: Annotated[str, typer.Argument(help="The id of a run.")], reason: Reason, as_json: AsJson = False
) -> None:
    """Stop a run, wherever it is trained, and let nobody go on with it."""
    settings = settings_in_effect()
    from speechgrade_trainer.running.cancelling import cancel_run

    with closing(SupabaseProject.from_settings(settings)) as project:
        was_unfinished = cancel_run(project, run, settings.worker, reason)
    said = "{run} is cancelled." if was_unfinished else "{run} had ended."
    say({"run": run, "cancelled": was_unfinished}, as_json, said)
    if not was_unfinished:
        raise typer.Exit(Exit.NOTHING_TO_DO)


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20, as_json: AsJson = False
) -> None:
    """Show the latest runs; one that has died is marked so."""
    with closing(SupabaseProject.from_settings(settings_in_effect())) as project:
        latest = list(project.rpc("list_runs", {"p_limit": limit}))
    if as_json:
        print_json(latest)
    elif latest:
        print_table([_run_row(row) for row in latest])
    else:
        console.print("There are no runs yet.")
        raise typer.Exit(Exit.NOTHING_TO_DO)


def _mae(test: dict[str, Any], who: str) -> float | None:
    value = test.get(who, {}).get("mae")
    return None if value is None else float(value)


def _run_row(row: dict[str, Any]) -> dict[str, str]:
    test = (row["metrics"] or {}).get("test", {}).get("who", {})
    ended = f" ({row['error_code']})" if row["error_code"] else ""
    again = f", try {row['attempt']}" if row["attempt"] > 1 else ""
    return {
        "run": row["id"],
        "begun": str(row["created_at"])[5:16].replace("T", " "),
        "recipe": row["recipe"],
        "status": f"{row['status']}{ended}{', can go on' if row['resumable'] else ''}",
        "done": f"{row['progress']:.0%}{again}",
        "error / constant's": f"{number(_mae(test, 'adapter'))} / {number(_mae(test, 'best_constant'))}",
    }


def _say_preflight(preflight: Any, as_json: bool) -> None:
    from speechgrade_trainer.data.preflight_view import show

    if as_json:
        print_json(preflight.as_dict())
    else:
        show(preflight, console)
    preflight.refuse_problems()
