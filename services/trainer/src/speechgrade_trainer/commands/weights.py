"""``weights``: the base model's files, from the hub or from a medium, and whether they are what they should be."""

from pathlib import Path
from typing import Annotated

import typer
from speechgrade_shared.command_line import console, print_json
from speechgrade_shared.settings import load
from speechgrade_shared.telemetry import configure_logging

from speechgrade_trainer.commands.app import AsJson, app
from speechgrade_trainer.weights.settings import WeightsSettings
from speechgrade_trainer.weights.verifying import Weights

weights_app = typer.Typer(no_args_is_help=True, help="Fetch the base model's files, verify them, carry them.")
app.add_typer(weights_app, name="weights")

Recipe = Annotated[str | None, typer.Option(help="The base of this recipe; by default SPEECHGRADE_BASE_MODEL.")]
Model = Annotated[str | None, typer.Option(help="The base's id, as engine and scorer have it.")]
Revision = Annotated[str | None, typer.Option(help="Its commit; for a base of your own: content.")]
Digest = Annotated[str | None, typer.Option(help="sha256:…, as it was written down when the weights were fetched.")]
_WHOLE = "{model} at {revision}: {files} files, {gigabytes} GB, {digest}, in {folder}."


@weights_app.command()
def fetch(recipe: Recipe = None, model: Model = None, revision: Revision = None, as_json: AsJson = False) -> None:
    """Bring the base from the hub into its cache (HF_HOME), prove every file, and write its record."""
    settings = _settings().naming(recipe, model, revision)
    from speechgrade_trainer.weights.fetching import fetch as run

    _say(run(settings), as_json)


@weights_app.command()
def verify(
    recipe: Recipe = None,
    model: Model = None,
    revision: Revision = None,
    digest: Digest = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of the base and compare it with its record, offline; exit code 1 if anything differs."""
    settings = _settings().naming(recipe, model, revision)
    from speechgrade_trainer.weights.verifying import verify as run

    _say(run(settings.place(), digest), as_json)


@weights_app.command("export")
def export_weights(
    destination: Annotated[Path, typer.Argument(help="An empty folder, or a new file that ends in .tar.")],
    recipe: Recipe = None,
    model: Model = None,
    revision: Revision = None,
    as_json: AsJson = False,
) -> None:
    """Write the base and its record to a medium, and read it back."""
    settings = _settings().naming(recipe, model, revision)
    from speechgrade_trainer.weights.carrying import export_weights as run

    _say(run(settings, destination), as_json)


@weights_app.command("import")
def import_weights(
    source: Annotated[Path, typer.Argument(exists=True, help="What export wrote, or a model's own folder.")],
    model: Model = None,
    revision: Revision = None,
    digest: Digest = None,
    as_json: AsJson = False,
) -> None:
    """Copy a base into the hub's cache (HF_HOME), and verify it before and after.

    A folder without a record needs --model and --revision.
    """
    # What the environment names is what is wanted here, which says nothing about what lies there.
    settings = _settings().model_copy(update={"base_model": model or "", "base_revision": revision or ""})
    from speechgrade_trainer.weights.carrying import import_weights as run

    _say(run(settings, source, digest=digest), as_json)


def _settings() -> WeightsSettings:
    settings = load(WeightsSettings)
    configure_logging("trainer", level=settings.log_level, as_json=settings.log_json)
    return settings


def _say(weights: Weights, as_json: bool) -> None:
    if as_json:
        print_json(weights.as_dict())
    else:
        console.print(_WHOLE.format(**weights.as_dict()), soft_wrap=True)
