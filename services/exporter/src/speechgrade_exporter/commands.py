"""The command line. Exit codes: 0 ok, 1 failed, 2 settings or usage, 3 nothing to do."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import typer
from rich.table import Table
from speechgrade_shared import settings as shared_settings
from speechgrade_shared.command_line import Exit, console, print_json, run_app
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.telemetry import configure_logging, secrets_of

from speechgrade_exporter.about import about
from speechgrade_exporter.certificates import certificate_bytes, every_certificate, read_certificates
from speechgrade_exporter.doctor import doctor as run_doctor
from speechgrade_exporter.explain import explain
from speechgrade_exporter.exporter import Exporter, RunReport
from speechgrade_exporter.import_file import import_file
from speechgrade_exporter.new_keys import new_keys
from speechgrade_exporter.progress import progress_of, queue_progress
from speechgrade_exporter.reasons import sentence
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.stats import stats as show_stats

app = typer.Typer(
    help="Turns consented gradings into a verifiable dataset.", no_args_is_help=True, add_completion=False
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def main() -> NoReturn:
    """The console script."""
    run_app(app)


@app.callback(invoke_without_command=True)
def configuration(
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Print the settings in effect, or everything wrong with them.")
    ] = False,
) -> None:
    """Turns consented gradings into a verifiable dataset."""
    if check_config:
        print_json(_settings().model_dump(mode="json"))
        raise typer.Exit(Exit.OK)


@app.command()
def once(as_json: Json = False) -> None:
    """Work everything that is open, then publish."""
    exporter = _exporter()
    with queue_progress(exporter.project) as progress, progress_of("shards") as publishing:
        report = exporter.run_once(progress, publishing)
    _finish(report, as_json=as_json)


@app.command()
def publish(as_json: Json = False) -> None:
    """Publish what is settled."""
    with progress_of("shards") as publishing:
        report = _exporter().publish(publishing)
    _finish(report, as_json=as_json)


@app.command()
def serve() -> None:
    """Work the queue until stopped; SIGTERM finishes the batch and gives back the rest."""
    from speechgrade_exporter.daemon import serve_until_stopped

    settings = _settings()
    # Whoever serves has other work while another publishes.
    serve_until_stopped(Exporter.from_settings(settings, patience_s=0), settings)


@app.command()
def pull(
    folder: Annotated[Path, typer.Argument(help="Where datasets are kept, each under its digest.")],
    digest: Annotated[str | None, typer.Option(help="Another dataset than the current one.")] = None,
    as_json: Json = False,
) -> None:
    """Fetch a dataset and verify every byte of it."""
    settings = _settings()
    project = Exporter.from_settings(settings).project
    with progress_of("shards") as progress:
        pulled = pull_dataset(project, digest, folder, bucket=settings.dataset_bucket, progress=progress)
    counts = {str(split): part.examples for split, part in pulled.manifest.splits.items()}
    if as_json:
        print_json({"digest": pulled.digest, "folder": str(pulled.folder), "examples": counts})
    else:
        console.print(f"{pulled.digest} in {pulled.folder}: {_counted(counts)}", soft_wrap=True)


@app.command()
def backfill(as_json: Json = False) -> None:
    """Put every evaluation into the queue again."""
    count = int(_exporter().project.rpc("enqueue_all", {"p_actor": "exporter"}))
    print_json({"enqueued": count}) if as_json else console.print(f"{count} evaluations are in the queue.")


@app.command()
def sweep(
    as_json: Json = False,
    scheduled: Annotated[
        bool, typer.Option("--scheduled", help="Exit with 0 where there was nothing to do: a scheduler wants that.")
    ] = False,
    restored: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(
            help="After a backup was restored: what `certificates` had printed (a file, or -). Every object is read."
        ),
    ] = None,
) -> None:
    """Compare rows, manifests and bucket, repair what differs, and remove old scores; also after a restored backup."""
    kept = None if restored is None else read_certificates(restored)
    exporter = _exporter()
    with queue_progress(exporter.project) as progress:
        report = exporter.sweep(progress, kept)
    _finish(report, as_json=as_json, scheduled=scheduled)


@app.command()
def certificates() -> None:
    """Print the certificates of all withdrawals, one a line: keep them outside the project, beside its backups."""
    count = 0
    for count, certificate in enumerate(every_certificate(_exporter().project), start=1):  # noqa: B007
        sys.stdout.buffer.write(certificate_bytes(certificate) + b"\n")
    console.print(f"{count} certificates.")


@app.command()
def erase(
    subject: Annotated[str, typer.Option(help="E-mail address, student id, enrolment id or pseudonym of a person.")],
    reason: Annotated[str, typer.Option(help="Who asked for it and when; kept in the audit log. No names.")],
    lift: Annotated[bool, typer.Option("--lift", help="Take an earlier erasure back: consent alone decides.")] = False,
    as_json: Json = False,
) -> None:
    """Take a person out of everything for good, at their formal request."""
    exporter = _exporter()
    if lift:
        lifted = exporter.lift_erasure(subject, reason)
        print_json({"lifted": lifted}) if as_json else console.print(f"{lifted} erasures are lifted.")
        raise typer.Exit(Exit.OK if lifted else Exit.NOTHING_TO_DO)
    evaluations, report = exporter.erase_subject(subject, reason)
    if as_json:
        print_json({"evaluations": evaluations, **report.as_dict()})
        return
    console.print(f"{evaluations} evaluations of this person were known; none of them comes back.")
    _show(report)


@app.command("take-out")
def take_out(
    evaluation: Annotated[UUID, typer.Argument(help="The id of the evaluation.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log. No names.")],
    lift: Annotated[bool, typer.Option("--lift", help="Put it back: consent alone decides.")] = False,
    as_json: Json = False,
) -> None:
    """Take one speech out of everything, whatever consent says: a name was found in it, say."""
    exporter = _exporter()
    if lift:
        put_back = exporter.put_back(evaluation, reason)
        text = "It is looked at again." if put_back else "It was not taken out."
        print_json({"put_back": put_back}) if as_json else console.print(text)
        raise typer.Exit(Exit.OK if put_back else Exit.NOTHING_TO_DO)
    was_in, report = exporter.take_out(evaluation, reason)
    if as_json:
        print_json({"was_in": was_in, **report.as_dict()})
        return
    console.print(f"The speech {'was in the data' if was_in else 'was in nothing'}, and does not come back by itself.")
    _show(report)


@app.command()
def replay(as_json: Json = False) -> None:
    """Give the changes that were given up after five tries another five."""
    count = int(_exporter().project.rpc("replay_dead", {"p_actor": "exporter"}))
    print_json({"replayed": count}) if as_json else console.print(f"{count} changes are in the queue again.")


@app.command()
def stats(as_json: Json = False) -> None:
    """What is in the queue and in the dataset, and what was left out and why."""
    show_stats(_exporter().project, sentence, as_json=as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look for what is missing or wrong, and say how to fix it; exits with 1 only if something is wrong."""
    settings = _settings()
    run_doctor(Exporter.from_settings(settings).project, settings, as_json=as_json)


app.command()(about)
app.command()(explain)
app.command("import")(import_file)
app.command("new-keys")(new_keys)


def _settings() -> ExporterSettings:
    settings = shared_settings.load(ExporterSettings)
    configure_logging("exporter", level=settings.log_level, as_json=settings.log_json, secrets=secrets_of(settings))
    return settings


def _exporter() -> Exporter:
    return Exporter.from_settings(_settings())


def _finish(report: RunReport, *, as_json: bool, scheduled: bool = False) -> None:
    if as_json:
        print_json(report.as_dict())
    else:
        _show(report)
    if report.work.failures:
        raise typer.Exit(Exit.FAILED)
    if report.did_nothing and not scheduled:
        raise typer.Exit(Exit.NOTHING_TO_DO)


def _show(report: RunReport) -> None:
    publication = report.publication
    table = Table(show_header=False)
    table.add_row("changes", f"{report.work.claimed} ({_counted(report.work.outcomes)})")
    table.add_row("dataset", f"{publication.digest} {publication.outcome}")
    table.add_row("examples", f"{publication.examples} of {publication.subjects} people")
    table.add_row("splits", _counted(publication.splits or {}))
    table.add_row("left out", _counted(publication.excluded or {}))
    table.add_row("erased", f"{report.erasure.certificates} withdrawals, {report.erasure.objects} objects")
    if not report.sweep.found_nothing:
        table.add_row("swept", _counted(report.sweep.as_dict()))
    if report.work.failures:
        table.add_row("failed, tried again later", _counted(report.work.failures))
    console.print(table)


def _counted(counts: object) -> str:
    pairs = counts.items() if isinstance(counts, dict) else ()
    return ", ".join(f"{name} {count}" for name, count in pairs) or "none"
