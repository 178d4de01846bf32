"""``promote`` and ``rollback``: which adapter answers."""

from contextlib import closing
from typing import Annotated

import typer
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.commands.app import AsJson, Reason, app, say, settings_in_effect


@app.command()
def promote(
    adapter: Annotated[str, typer.Argument(help="A digest, a name, or: latest.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Let an adapter answer by default."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project:
        moved = adapters.promote(project, adapter, settings.worker, reason)
    say(moved, as_json, "{name} is the {alias}.")


@app.command()
def rollback(reason: Reason, as_json: AsJson = False) -> None:
    """Let the adapter answer again that answered before."""
    settings = settings_in_effect()
    from speechgrade_trainer.registry import adapters

    with closing(SupabaseProject.from_settings(settings)) as project:
        moved = adapters.rollback(project, settings.worker, reason)
    say(moved, as_json, "{name} is the {alias}.")
