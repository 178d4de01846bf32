"""The command line itself: its settings, its options, and how a result is said."""

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from speechgrade_shared.command_line import Exit, console, print_json, run_app
from speechgrade_shared.settings import load
from speechgrade_shared.telemetry import configure_logging, secrets_of

from speechgrade_trainer.errors import Interrupted
from speechgrade_trainer.offline import keep_libraries_offline
from speechgrade_trainer.settings import TrainerSettings

_ABOUT = "Fine-tunes, measures, registers and promotes adapters."
app = typer.Typer(no_args_is_help=True, add_completion=False, help=_ABOUT)
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Reason = Annotated[str, typer.Option(min=1, help="Why; it is kept in the audit log.")]
Dataset = Annotated[str | None, typer.Option(help="The digest of a published dataset; the current one by default.")]
RunFolder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of a run.")]


def main() -> NoReturn:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _interrupt)
    run_app(app, {Interrupted.code: Exit.INTERRUPTED})


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


def settings_in_effect() -> TrainerSettings:
    """The settings, with logging set up and the model libraries kept off the network."""
    settings = load(TrainerSettings)
    keep_libraries_offline()
    configure_logging("trainer", level=settings.log_level, as_json=settings.log_json, secrets=secrets_of(settings))
    return settings


def say(result: dict[str, Any], as_json: bool, sentence: str) -> None:
    """A result as JSON on standard output, or as a sentence."""
    if as_json:
        print_json(result)
    else:
        console.print(sentence.format(**result))


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def print_table(rows: list[dict[str, str]]) -> None:
    """Rows with the same keys, as a table on standard output."""
    first, *others = rows[0]
    table = Table()
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    # What is open is closed; a training listens to signals itself.
    raise KeyboardInterrupt
