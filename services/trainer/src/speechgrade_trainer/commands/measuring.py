"""``evaluate``: what an adapter is worth on speeches that it never saw."""

from typing import Annotated, Any

import typer
from speechgrade_shared.command_line import console, print_json

from speechgrade_trainer.commands.app import AsJson, Dataset, app, number, print_table, settings_in_effect


@app.command()
def evaluate(
    adapter: Annotated[str, typer.Option(help="An adapter's folder, name or digest.")],
    dataset: Dataset = None,
    as_json: AsJson = False,
) -> None:
    """Measure an adapter on the test split of a dataset."""
    settings = settings_in_effect()
    from speechgrade_trainer.running.measuring import evaluate_adapter

    result = evaluate_adapter(settings, adapter, dataset)
    if as_json:
        print_json(result)
        return
    print_table(_measures(result["test"]["who"]))
    console.print(f"Report: {result['report']}", soft_wrap=True)


def _measures(test: dict[str, Any]) -> list[dict[str, str]]:
    names = ("adapter", "champion", "base", "tfidf_ridge", "predict_mean", "best_constant")
    return [
        {"who": name.replace("_", " "), "MAE": number(test[name]["mae"]), "exact": number(test[name]["exact"])}
        | {"valid": number(test[name]["valid"])}
        for name in names
        if name in test
    ]
