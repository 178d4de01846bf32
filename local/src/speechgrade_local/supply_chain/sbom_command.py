"""``speechgrade-local sbom``: write the bills of materials, and refuse a licence that is not allowed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path

from rich.console import Console

from speechgrade_local.errors import NoImages, Unlicensed
from speechgrade_local.supply_chain import materials
from speechgrade_local.supply_chain.image_contents import contents, images
from speechgrade_local.supply_chain.licences import Policy, unlicensed

_FUNCTION_LOCK = Path("supabase/functions/score/deno.lock")


def write_bills(repo: Path, out: Path, wanted: Sequence[str], console: Console) -> None:
    """Write ``NAME.cdx.json`` and ``NAME.txt`` for each image and for the Edge Function below ``out``.

    Raises `NoImages` where there is none; `Unlicensed`, once all is written, for a licence that is not allowed.
    """
    policy = Policy.read(repo / "deploy" / "licences.toml")
    out.mkdir(parents=True, exist_ok=True)
    found = wanted or images()
    if not found:
        raise NoImages("The container engine has no image speechgrade/…: build them first (docker compose build).")
    problems = []
    for image in found:
        problems += [f"{image}: {problem}" for problem in _write_image(image, out, policy, console)]
    bill = materials.of_function(repo / _FUNCTION_LOCK, repo / ".cache" / "deno", policy)
    _write("function-score", bill, out, console)
    problems += [f"function-score: {problem}" for problem in materials.unlicensed_in_bill(bill, policy)]
    if problems:
        raise Unlicensed("\n".join(problems))


def _write_image(image: str, out: Path, policy: Policy, console: Console) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        held = contents(image, Path(folder))
        _write(image.rpartition("/")[2].partition(":")[0], materials.of_image(image, held, policy), out, console)
        yield from unlicensed(distributions(path=[str(held.site_packages)]), policy)


def _write(name: str, bill: materials.Bill, out: Path, console: Console) -> None:
    (out / f"{name}.cdx.json").write_text(materials.written(bill), "utf-8")
    (out / f"{name}.txt").write_text(materials.lines(bill), "utf-8")
    console.print(f"{out / name}.cdx.json  {len(bill['components'])} components")
