"""``speechgrade-trainer``: train, evaluate, upload, promote, rollback, runs."""

import signal
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from speechgrade_shared.command_line import Exit, console, print_json, run_app
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.settings import load
from speechgrade_shared.telemetry import configure_logging

from speechgrade_trainer.offline import keep_libraries_offline
from speechgrade_trainer.progress import watching
from speechgrade_trainer.recipe import load_recipe, shipped_recipes
from speechgrade_trainer.settings import TrainerSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Reason = Annotated[str, typer.Option(min=1, help="Why; it is kept in the audit log.")]
Dataset = Annotated[str | None, typer.Option(help="The digest of a published dataset; the current one by default.")]
RunFolder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of a run.")]


def main() -> NoReturn:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _interrupt)
    run_app(app)


@app.callback(invoke_without_command=True)
def configuration(
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Print the settings in effect, or everything wrong with them.")
    ] = False,
) -> None:
    """Fine-tunes, measures, registers and promotes adapters."""
    if check_config:
        print_json(load(TrainerSettings).model_dump(mode="json"))
        raise typer.Exit(Exit.OK)


@app.command()
def train(
    recipe: Annotated[str, typer.Option(help=f"A shipped recipe ({', '.join(shipped_recipes())}) or a path.")],
    dataset: Dataset = None,
    as_json: AsJson = False,
) -> None:
    """Train an adapter, measure it on the test split, and register it."""
    named = load_recipe(recipe)
    settings = _settings()
    from speechgrade_trainer.pipeline import train as run

    registered = run(settings, named, dataset)
    if as_json:
        print_json(registered.as_dict())
        return
    console.print(f"[bold]{registered.package.name}[/] is {registered.status}.")
    console.print(registered.package.lineage().verdict)
    console.print(f"Report: {registered.report}", soft_wrap=True)


@app.command()
def evaluate(
    adapter: Annotated[str, typer.Option(help="An adapter's folder, name or digest.")],
    dataset: Dataset = None,
    as_json: AsJson = False,
) -> None:
    """Measure an adapter on the test split of a dataset."""
    settings = _settings()
    from speechgrade_trainer.pipeline import evaluate_adapter

    result = evaluate_adapter(settings, adapter, dataset)
    if as_json:
        print_json(result)
        return
    _print_table(_measures(result["test"]))
    console.print(f"Report: {result['report']}", soft_wrap=True)


@app.command()
def upload(run_dir: RunFolder, as_json: AsJson = False) -> None:
    """Store and register the adapter of a run whose upload failed."""
    settings = _settings()
    from speechgrade_trainer import registry

    with closing(SupabaseProject.from_settings(settings)) as project, watching(None) as watch:
        registered = registry.publish_again(project, settings.adapter_bucket, run_dir, watch)
    _say(registered, as_json, "{name} is {status}.")


@app.command()
def promote(
    adapter: Annotated[str, typer.Argument(help="A digest, a name, or: latest.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Let an adapter answer by default."""
    settings = _settings()
    from speechgrade_trainer import registry

    with closing(SupabaseProject.from_settings(settings)) as project:
        moved = registry.promote(project, adapter, settings.worker, reason)
    _say(moved, as_json, "{name} is the {alias}.")


@app.command()
def rollback(reason: Reason, as_json: AsJson = False) -> None:
    """Let the adapter answer again that answered before."""
    settings = _settings()
    from speechgrade_trainer import registry

    with closing(SupabaseProject.from_settings(settings)) as project:
        moved = registry.rollback(project, settings.worker, reason)
    _say(moved, as_json, "{name} is the {alias}.")


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, as_json: AsJson = False
) -> None:
    """Show the latest runs."""
    columns = "id,recipe,worker,status,progress,metrics,error_code,created_at,finished_at"
    with closing(SupabaseProject.from_settings(_settings())) as project:
        found = list(project.rows("training_runs", columns, key="id"))
    latest = sorted(found, key=lambda row: str(row["created_at"]), reverse=True)[:limit]
    if as_json:
        print_json(latest)
    elif latest:
        _print_table([_run_row(row) for row in latest])
    else:
        console.print("There are no runs yet.")
        raise typer.Exit(Exit.NOTHING_TO_DO)


def _settings() -> TrainerSettings:
    settings = load(TrainerSettings)
    keep_libraries_offline()
    configure_logging("trainer", level=settings.log_level, as_json=settings.log_json)
    return settings


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    # A terminated job ends like an interrupted one, so that its run is not left behind as running.
    raise KeyboardInterrupt


def _say(result: dict[str, Any], as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(result)
    else:
        console.print(sentence.format(**result))


def _run_row(row: dict[str, Any]) -> dict[str, str]:
    test = (row["metrics"] or {}).get("test", {})
    return {
        "run": row["id"],
        "begun": str(row["created_at"])[:16].replace("T", " "),
        "recipe": row["recipe"],
        "status": row["status"] if not row["error_code"] else f"{row['status']} ({row['error_code']})",
        "done": f"{row['progress']:.0%}",
        "test MAE": _number(test.get("adapter", {}).get("mae")),
        "best constant": _number(test.get("best_constant", {}).get("mae")),
    }


def _measures(test: dict[str, Any]) -> list[dict[str, str]]:
    names = ("adapter", "base", "predict_mean", "best_constant")
    return [
        {"who": name.replace("_", " "), "MAE": _number(test[name]["mae"]), "exact": _number(test[name]["exact"])}
        | {"valid": _number(test[name]["valid"])}
        for name in names
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _print_table(rows: list[dict[str, str]]) -> None:
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
