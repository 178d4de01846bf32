"""``speechgrade-scorer``: serve scores, give one, or bring the engine's adapters up to date once."""

import signal
import sys
from contextlib import closing, suppress
from typing import Annotated
from uuid import UUID

import anyio
import typer
import uvicorn
from speechgrade_shared.command_line import Exit, console, print_json, run_app
from speechgrade_shared.errors import ProjectError
from speechgrade_shared.findings import report
from speechgrade_shared.listening import listen
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.settings import load
from speechgrade_shared.telemetry import configure_logging, secrets_of
from speechgrade_shared.tracing import start_tracing, stop_tracing

from speechgrade_scorer import __version__
from speechgrade_scorer.adapters.challenge import Challenge, parse_scope, set_challenge
from speechgrade_scorer.adapters.serving import Serving
from speechgrade_scorer.api.answers import answer_of
from speechgrade_scorer.api.app import create_app
from speechgrade_scorer.api.payloads import ScoreAnswer
from speechgrade_scorer.errors import AdapterRefused, EngineError
from speechgrade_scorer.institution_rules import set_rule
from speechgrade_scorer.requests.orders import Order
from speechgrade_scorer.requests.records import Row
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings

app = typer.Typer(help="Scores speeches with the champion adapter.", pretty_exceptions_enable=False)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def entry(
    context: typer.Context,
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Name every missing or wrong setting, print the others, and stop.")
    ] = False,
) -> None:
    """Scores speeches with the champion adapter."""
    if check_config:
        print_json(load(ScorerSettings).model_dump(mode="json"))
        raise typer.Exit(Exit.OK)
    if context.invoked_subcommand is None:
        console.print(context.get_help())
        raise typer.Exit(Exit.USAGE)


@app.command()
def serve() -> None:
    """Answer over HTTP until stopped."""
    settings = _settings()
    start_tracing("scorer", __version__, settings.otlp_endpoint)
    # uvicorn ends its work in order and then raises the signal again: having stopped when told to is success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(Exit.OK))
    try:
        config = uvicorn.Config(
            create_app(ScoringService.from_settings(settings)),
            host=settings.scorer_host,
            port=settings.scorer_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(settings.answer_within_s) + 1,
        )
        server = uvicorn.Server(config)
        listener = listen(settings.scorer_host, settings.scorer_port, "SPEECHGRADE_SCORER_PORT")
        with listener, suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        if not server.started:
            raise typer.Exit(Exit.FAILED)
    finally:
        stop_tracing()


@app.command()
def score(evaluation_id: UUID, as_json: AsJson = False) -> None:
    """Score one evaluation and keep the score."""
    answer = anyio.run(_scored, _settings(), evaluation_id)
    if as_json:
        print_json(answer.model_dump(mode="json", by_alias=True))
        return
    console.print(f"{answer.total_score:g} of {answer.max_score:g} ({answer.letter_grade}) by {answer.model_used}")
    for name, section in answer.sections.items():
        console.print(f"  {name}: {section.score:g} of {section.max_score:g}", markup=False)


@app.command()
def history(evaluation_id: UUID, as_json: AsJson = False) -> None:
    """Every score that was given for an evaluation, and what the app holds now: an edit changes the latter alone."""
    told = anyio.run(_told, _settings(), evaluation_id)
    if as_json:
        print_json(told)
        return
    for row in told["scores"]:
        result = f"{row['total_points']} of {row['max_points']}" if row["sections"] else str(row["reason"])
        kind = "shadow" if row["is_shadow"] else row["status"]
        console.print(f"{row['created_at'][:19]}  {kind}  {result}  {row['model_used'] or ''}", markup=False)
    now = told["now"] if isinstance(told["now"], dict) else {}
    points = "nothing" if now.get("totalScore") is None else now["totalScore"]
    model = told["model_used"] or "none"
    console.print(f"now in the app: {points}; model_used {model}", markup=False)


@app.command()
def sync(as_json: AsJson = False) -> None:
    """Load what may be served into the engine, unload the rest, and say what is served."""
    serving = anyio.run(_synced, _settings())
    if as_json:
        print_json({"served": sorted(serving.loaded), "refused": dict(serving.refused)})
    else:
        for name in sorted(serving.loaded):
            console.print(f"served  {name}")
        for name, code in sorted(serving.refused.items()):
            console.print(f"refused {name} {code}")
    if serving.problem:
        kind = EngineError if serving.problem.startswith("engine") else ProjectError
        raise kind("The adapters could not be brought up to date.", code=serving.problem)
    if serving.refused:
        raise AdapterRefused("An adapter that should be served cannot be.")
    if not serving.loaded:
        raise typer.Exit(Exit.NOTHING_TO_DO)


@app.command()
def doctor(
    scorer_url: Annotated[str, typer.Option(help="A running scorer; by default the one on this machine.")] = "",
    with_function: Annotated[
        bool, typer.Option("--function/--no-function", help="Ask the Edge Function how it stands, too.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Look for what is missing or wrong on the way to a score, and say how to fix it; exits with 1 if something is."""
    from speechgrade_scorer.doctor.examination import Wishes, examine, own_address

    settings = _settings()
    wishes = Wishes(scorer_url.rstrip("/") or own_address(settings), with_function)
    report(anyio.run(examine, settings, wishes), as_json=as_json)


@app.command()
def challenge(
    *,
    percent: Annotated[int, typer.Option(min=0, max=100, help="how many of the scope's speeches; 0 ends it")],
    reason: Annotated[str, typer.Option(help="why, for the audit log")],
    live: Annotated[
        bool, typer.Option("--live/--shadow", help="Answer users, or score unseen for comparison.")
    ] = False,
    scope: Annotated[str, typer.Option(help="default, or institution:ID, course:ID, rubric:ID")] = "default",
    adapter: Annotated[str, typer.Option(help="refuse if the challenger is another one")] = "",
    actor: Annotated[str, typer.Option(help="who does it, for the audit log")] = "operator",
    as_json: AsJson = False,
) -> None:
    """Say how many speeches the challenger of a scope is asked, and whether anybody sees its scores."""
    wish = Challenge(percent, not live, parse_scope(scope), adapter)
    project = SupabaseProject.from_settings(_settings())
    try:
        done = set_challenge(project, wish, actor=actor, reason=reason)
    finally:
        project.close()
    if as_json:
        print_json(done)
    else:
        console.print(f"{done['name']} is asked {percent} % of {scope}, {'and answers' if live else 'unseen'}.")


@app.command()
def institution(
    institution_id: UUID,
    allows_external: Annotated[
        bool,
        typer.Option(
            "--allow-external/--refuse-external",
            help="Whether its anonymized speeches may be sent to a model of another provider.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Who decided it and why; kept in the audit log.")],
    as_json: AsJson = False,
) -> None:
    """Write down what an institution has decided."""
    with closing(SupabaseProject.from_settings(_settings())) as project:
        rule = set_rule(project, institution_id, allows_external=allows_external, reason=reason)
    if as_json:
        print_json(rule)
    else:
        console.print(
            f"External models are {'allowed' if rule['allows_external'] else 'refused'} for {institution_id}."
        )


def main() -> None:
    """The console script."""
    run_app(app)


def _settings() -> ScorerSettings:
    settings = load(ScorerSettings)
    configure_logging("scorer", level=settings.log_level, as_json=settings.log_json, secrets=secrets_of(settings))
    return settings


async def _scored(settings: ScorerSettings, evaluation_id: UUID) -> ScoreAnswer:
    service = ScoringService.from_settings(settings)
    async with service.running(takes_up=False):
        await service.adapters.look(unless_younger_than_s=1.0)
        row = await service.score(Order("operator", evaluation_id))
        while row["status"] in ("queued", "running"):
            row = await service.stored(UUID(row["id"]), within_s=settings.answer_within_s)
        return answer_of(row)


async def _told(settings: ScorerSettings, evaluation_id: UUID) -> Row:
    service = ScoringService.from_settings(settings)
    async with service.running(takes_up=False):
        return await service.history(evaluation_id)


async def _synced(settings: ScorerSettings) -> Serving:
    service = ScoringService.from_settings(settings)
    async with service.running(takes_up=False):
        return await service.adapters.look(unless_younger_than_s=1.0)
