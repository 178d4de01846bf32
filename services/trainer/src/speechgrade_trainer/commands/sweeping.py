"""``sweep``: what this machine keeps of people who have withdrawn is deleted, without a training."""

import signal
from threading import Event
from typing import Annotated

import typer
from speechgrade_shared.command_line import console, print_json

from speechgrade_trainer.commands.app import AsJson, app, settings_in_effect


@app.command()
def sweep(
    every: Annotated[
        float | None, typer.Option(min=1, help="Do so again every so many seconds, until SIGTERM.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Delete what this machine keeps of people who have withdrawn: runs, evaluations, datasets, adapters."""
    settings = settings_in_effect()
    from speechgrade_trainer.running import sweeping

    if every is not None:
        over = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        sweeping.sweep_until_stopped(settings, every, over.wait)
        return
    done = sweeping.sweep(settings)
    if as_json:
        print_json(done.as_dict())
        return
    console.print(
        f"{done.here} folders of this machine and the stored checkpoints of {done.checkpoints} runs are deleted."
        if done.here or done.checkpoints
        else "This machine keeps nothing of people who have withdrawn."
    )
    if done.held:
        console.print(f"{done.held} runs of theirs are at work; they stop by themselves, for the next sweep.")
    if done.unknown:
        console.print(f"{done.unknown} runs are not known to this project: delete them if they are no other project's.")
