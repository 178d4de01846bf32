"""`make smoke`: build the images, run the loop in containers, say how big the images are."""

from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from speechgrade_local.demo.deployment import Deployment
from speechgrade_local.demo.run import Demo
from speechgrade_local.smoke.containers import Containers

_MEGABYTE = 1_000_000


def run_smoke(repo: Path, state: Path, console: Console, *, build: bool) -> None:
    """From images to a withdrawn consent; everything that was started is stopped and removed.

    Raises:
        StackError: as `docker compose` and the demo's steps raise it.
    """
    sizes: dict[str, int] = {}

    def deploy(*given: object) -> Deployment:
        deployed = partial(Containers, build=build)(*given)  # type: ignore[arg-type]
        sizes.update(deployed.compose.image_bytes())
        return deployed

    Demo(repo, state, console, deploy).run()
    table = Table(title="Images, unpacked", show_header=False, title_justify="left", pad_edge=False)
    for name, size in sizes.items():
        table.add_row(name, f"{size / _MEGABYTE:,.0f} MB")
    console.print(table)
