"""``evaluate`` and ``compare``: what an adapter is worth on speeches that it never saw."""

from pathlib import Path
from typing import Annotated, Any

import typer
from speechgrade_shared.command_line import console, print_json

from speechgrade_trainer.commands.app import AsJson, Dataset, app, number, print_table, settings_in_effect

_WHICH = "An adapter's folder, name or digest, or: champion."
_GROUPS = "A CSV file: a subject's pseudonym or an example's id, then one column per kind of group."


@app.command()
def evaluate(  # noqa: PLR0917 - its options
    adapter: Annotated[str, typer.Option(help=_WHICH)],
    dataset: Dataset = None,
    groups: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=_GROUPS)] = None,
    base: Annotated[bool, typer.Option("--base/--no-base", help="Ask the base without the adapter as well.")] = True,
    record: Annotated[bool, typer.Option("--record", help="Keep what the gate says of it with the adapter.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure an adapter on the test split of a dataset."""
    settings = settings_in_effect()
    from speechgrade_trainer.running.measuring import evaluate_adapter

    result = evaluate_adapter(settings, adapter, dataset, groups=groups, asks_base=base, records=record)
    if as_json:
        print_json(result)
        return
    print_table([_measures(who, figures) for who, figures in result["test"]["who"].items()])
    if result["test"]["champion_absent"]:
        console.print(result["test"]["champion_absent"])
    refused = [check["text"] for check in result["gate"]["checks"] if not check["passed"]]
    console.print("The gate would let it answer." if not refused else "The gate: " + " ".join(refused), soft_wrap=True)
    console.print(f"Report: {result['report']}", soft_wrap=True)


@app.command()
def compare(
    one: Annotated[str, typer.Argument(help=_WHICH)],
    other: Annotated[str, typer.Argument(help=_WHICH)],
    dataset: Dataset = None,
    as_json: AsJson = False,
) -> None:
    """Tell which of two adapters is closer to the instructors, and how sure that is."""
    settings = settings_in_effect()
    from speechgrade_trainer.running.comparing import compare as run

    result = run(settings, one, other, dataset).as_dict()
    if as_json:
        print_json(result)
        return
    figures = result["figures"]
    rows = {**figures["criteria"], "every criterion": figures["overall"], "total of a speech": figures["total"]}
    print_table([_difference(name, paired) for name, paired in rows.items()])
    names = (result["one"]["name"], result["other"]["name"])
    print_table([_measures(name, figures[side]) for name, side in zip(names, ("one", "other"), strict=True)])
    console.print(result["verdict"], soft_wrap=True)


def _measures(who: str, figures: dict[str, Any]) -> dict[str, str]:
    shown = {
        "MAE": "mae",
        "RMSE": "rmse",
        "exact": "exact",
        "QWK": "qwk",
        "total within 5 %": "within_five",
        "valid": "valid",
    }
    return {"who": who.replace("_", " ")} | {title: number(figures[name]) for title, name in shown.items()}


def _difference(name: str, paired: dict[str, Any]) -> dict[str, str]:
    low, high = paired["interval"] or (None, None)
    return {
        "points": name,
        "difference": number(paired["difference"]),
        "95 %": "–" if low is None else f"{number(low)} to {number(high)}",
        "first is closer": "–" if paired["better"] is None else f"{paired['better']:.0%} of draws",
    }
