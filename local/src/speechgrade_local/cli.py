"""``speechgrade-local``: the demo, the stack, deployments of the Supabase part, benches, and the supply chain."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from speechgrade_local.errors import StackError
from speechgrade_local.launch import die_with

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True)
State = Annotated[Path, typer.Option(help="Where data, logs and results of the stack lie.")]
REPO = Path(__file__).resolve().parents[3]
DEFAULT_STATE = Path(".local")
SCORED_TEXTS = REPO.parent / "shared/data/ellipse"
_TERMINATED = 128 + signal.SIGTERM


def main() -> NoReturn:
    """Run the command line; an expected failure is a sentence and an exit code, 3 for nothing to do."""
    if "MAKELEVEL" in os.environ:  # a killed make would leave its recipe running
        die_with(os.getppid(), signal.SIGTERM)
    try:
        app(standalone_mode=True)
    except SystemExit as ended:
        if ended.code == _TERMINATED:
            console.print("Terminated; everything that was started is stopped.")
        raise
    except StackError as error:
        console.print(f"[bold red]error[/] \\[{error.code}] ", end="")
        console.print(str(error), markup=False)
        sys.exit(error.exit_code)
    sys.exit(0)


@app.command()
def demo(state: State = DEFAULT_STATE) -> None:
    """The whole loop: consent, dataset, adapter, score, model_used, and a withdrawn consent."""
    from speechgrade_local.demo.processes import Processes
    from speechgrade_local.demo.run import Demo

    Demo(REPO, state.resolve(), console, Processes).run()


@app.command()
def smoke(
    state: State = Path(".local/smoke"),
    build: Annotated[bool, typer.Option("--build/--no-build", help="Build the images first.")] = True,
) -> None:
    """The same loop with the services in containers, as compose.yaml has them."""
    from speechgrade_local.smoke.command import run_smoke

    run_smoke(REPO, state.resolve(), console, build=build)


@app.command()
def up(state: State = DEFAULT_STATE) -> None:
    """Start the stack with the data it has, say where it is, and keep it up until Ctrl-C."""
    from speechgrade_local.up import stay_up

    stay_up(REPO, state.resolve(), console)


@app.command()
def deploy_supabase(
    *,
    remote: Annotated[
        str, typer.Option(help="The database's address; a password goes into SUPABASE_DB_PASSWORD.")
    ] = "",
    database_only: Annotated[
        bool, typer.Option("--database-only", help="Migrations and buckets of a database.")
    ] = False,
    secrets_file: Annotated[Path, typer.Option(help="An env file with the function's settings.")] = Path(".env"),
    new_project: Annotated[bool, typer.Option("--new-project", help="The app has no tables here yet.")] = False,
    raise_upload_limit: Annotated[
        bool, typer.Option("--raise-upload-limit", help="Let Storage take 1 GiB, in the app's buckets too.")
    ] = False,
    redeploy: Annotated[bool, typer.Option("--redeploy", help="Deploy the function even if it is the same.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Bring a Supabase project up to this version; docs/supabase.md goes through it."""
    from speechgrade_local.deploy_supabase.command import deploy_supabase as deploy
    from speechgrade_local.deploy_supabase.deployment import Choices

    choices = Choices(remote, database_only, secrets_file, new_project, raise_upload_limit, redeploy, dry_run)
    deploy(REPO, choices, console, yes=yes)


@app.command()
def bench_exporter(
    state: State = Path(".local/bench"),
    rows: Annotated[int, typer.Option(min=1, help="Evaluations in the largest school.")] = 20_000,
    quick: Annotated[bool, typer.Option("--quick", help="2,000 evaluations.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print what backfill, change and withdrawal cost the exporter on this machine."""
    from speechgrade_local.bench_exporter.command import run_bench

    run_bench(REPO, state.resolve(), rows=rows, quick=quick, as_json=as_json)


@app.command()
def bench_scorer(
    state: State = Path(".local/bench-scorer"),
    quick: Annotated[bool, typer.Option("--quick", help="Fewer samples: half of the time, wider intervals.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print what a score costs more than the engine's own answer on this machine."""
    from speechgrade_local.bench_scorer.command import run_bench

    run_bench(REPO, state.resolve(), quick=quick, as_json=as_json)


@app.command()
def bench_trainer_quality(
    data: Annotated[Path, typer.Option(help="A folder with texts.jsonl and rubric.json.")] = SCORED_TEXTS,
    state: State = DEFAULT_STATE,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the texts.")] = False,
    demo_base: Annotated[bool, typer.Option("--demo-base", help="On the demo's base, which knows few words.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train the tiny model on real texts, and print how close it comes to their human scores."""
    from speechgrade_local.bench_trainer_quality.command import run_bench

    run_bench(data, state.resolve(), repo=REPO, quick=quick, demo_base=demo_base, as_json=as_json)


@app.command()
def types() -> None:
    """Write the Python types of the database after a migration."""
    from speechgrade_local.write_types import write_types

    console.print(f"Wrote {write_types(REPO)}")


@app.command()
def tiny_base(cache: Annotated[Path, typer.Option(help="The cache folder.")] = Path(".cache/tiny-base")) -> None:
    """Make the tiny base model, unless it is there."""
    from speechgrade_local.tiny_base import ensure_tiny_base

    console.print(f"{ensure_tiny_base(cache.resolve())}")


@app.command()
def sbom(
    images: Annotated[list[str] | None, typer.Argument(help="Images; all of the project's without any.")] = None,
    out: Annotated[Path, typer.Option(help="Where the bills are written.")] = Path("dist/sbom"),
) -> None:
    """Write a bill of materials (CycloneDX) of every built image and of the Edge Function."""
    from speechgrade_local.supply_chain.sbom_command import write_bills

    write_bills(REPO, out, images or [], console)


@app.command()
def audit(
    service: Annotated[str, typer.Option(help="Who is asked about Python packages: pypi or osv.")] = "pypi",
    osv_url: Annotated[str, typer.Option(help="Another address of the OSV service.")] = "",
) -> None:
    """Ask the advisory services about everything that is pinned; exit code 5 if they cannot be asked."""
    from datetime import UTC, datetime

    from speechgrade_local.node import locate_node
    from speechgrade_local.supply_chain.audit_command import audit as run_audit

    options = [f"--vulnerability-service={service}", *([f"--osv-url={osv_url}"] if osv_url else [])]
    run_audit(REPO, locate_node(REPO).npm, datetime.now(UTC).date(), console, options=options)
