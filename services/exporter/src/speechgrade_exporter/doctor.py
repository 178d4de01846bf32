"""Looks at a project as the exporter needs it, and says for each thing that is wrong what to do."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import typer
from speechgrade_shared.anonymize import anonymizer_version
from speechgrade_shared.command_line import Exit, console, print_json
from speechgrade_shared.errors import ProjectRefused, SpeechgradeError
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_exporter import examination
from speechgrade_exporter.findings import Finding, Level, fine, show_findings, worst
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.subject_key import key_check

Clock = Callable[[], datetime]
_EXPOSE = "Add llm to the exposed schemas in the project's API settings, or to [api] schemas in supabase/config.toml."
_PROBE = b"speechgrade-exporter doctor"


def doctor(project: SupabaseProject, settings: ExporterSettings, *, as_json: bool) -> None:
    """Examine, print, and exit with 1 if something is wrong."""
    found = []

    def noted() -> Iterator[Finding]:
        for finding in examine(project, settings):
            found.append(finding)
            yield finding

    if as_json:
        print_json([finding.as_dict() for finding in noted()])
    else:
        show_findings(noted(), console)
    if worst(found) is Level.WRONG:
        raise typer.Exit(Exit.FAILED)


def examine(
    project: SupabaseProject, settings: ExporterSettings, clock: Clock = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """Every finding, in the order in which they matter; ends early where the project does not answer at all."""
    yield examination.judge_key(settings.supabase_secret_key.get_secret_value())
    before = clock()
    state = _asked("project", lambda: project.rpc("exporter_state"))
    if isinstance(state, Finding):
        yield state
        return
    yield fine("project", "answers, and schema llm is exposed")
    yield examination.judge_clock(state, before, clock())
    yield from _rights(project, settings)
    yield from _database(project)
    for bucket in (settings.dataset_bucket, settings.adapter_bucket):
        yield examination.judge_bucket(bucket, state) or _tried_bucket(project, bucket)
    yield from _standing(state, settings)


def _rights(project: SupabaseProject, settings: ExporterSettings) -> Iterator[Finding]:
    yield _judged(project, "grants", "missing_grants", examination.judge_grants)
    yield _judged(project, "access", "open_doors", examination.judge_doors)
    if settings.supabase_publishable_key is not None:
        other = SupabaseProject(settings.supabase_url, settings.supabase_publishable_key.get_secret_value())
        yield _kept_out(other)
        other.close()


def _database(project: SupabaseProject) -> Iterator[Finding]:
    yield _judged(project, "columns", "missing_columns", examination.judge_columns)
    yield _judged(project, "triggers", "missing_triggers", examination.judge_triggers)
    read = _asked("reading", lambda: project.rpc("read_evaluations", {"p_ids": []}))
    yield read if isinstance(read, Finding) else fine("reading", "evaluations can be read")


def _standing(state: dict[str, Any], settings: ExporterSettings) -> Iterator[Finding]:
    yield from examination.judge_queue(state)
    yield examination.judge_subject_key(key_check(settings.subject_key.get_secret_value().encode()), state)
    yield examination.judge_erasures(state)
    yield examination.judge_versions(state, RENDERER_VERSION, anonymizer_version(settings.name_model))
    yield examination.judge_hints(
        state, has_webhook=settings.webhook_secret is not None, uses_realtime=settings.realtime
    )


def _judged(project: SupabaseProject, name: str, rpc: str, judge: Callable[[Any], Finding]) -> Finding:
    answer = _asked(name, lambda: project.rpc(rpc))
    return answer if isinstance(answer, Finding) else judge(answer)


def _asked(name: str, ask: Callable[[], Any]) -> Any:
    """The answer, or the finding that there was none."""
    try:
        return ask()
    except ProjectRefused as error:
        # The database's own sentence names a function or a column, never a row.
        detail = f"{error.public} {error.hint}".strip()
        return Finding(Level.WRONG, name, error.code, detail, _fix_of_refusal(error))
    except SpeechgradeError as error:
        return Finding(Level.WRONG, name, error.code, error.public, "Check SUPABASE_URL, and that the project is up.")


def _fix_of_refusal(error: ProjectRefused) -> str:
    if error.database_code == "PGRST106":
        return _EXPOSE
    if error.database_code in ("401", "403", "42501"):
        return "Check SUPABASE_SECRET_KEY: it must be a secret key of this very project."
    return examination.MIGRATE


def _kept_out(project: SupabaseProject) -> Finding:
    name = "publishable key"
    try:
        project.rpc("queue_state")
    except ProjectRefused:
        return fine(name, "cannot use schema llm")
    except SpeechgradeError as error:
        return Finding(Level.WARN, name, error.code, error.public, "Run it again.")
    fix = "revoke usage on schema llm from public, anon, authenticated;"
    return Finding(Level.WRONG, name, "publishable_key_reaches_llm", "can use schema llm", fix)


def _tried_bucket(project: SupabaseProject, bucket: str) -> Finding:
    """Write, read and delete an object of our own."""
    name = f"bucket {bucket}"
    answer = _asked(name, partial(_round_trip, project, bucket))
    if isinstance(answer, Finding):
        return answer
    if answer:
        return fine(name, "private; can be written, read and deleted")
    fix = "Look at the project's Storage, then run this again."
    return Finding(Level.WRONG, name, "bucket_unsound", "an object did not read back, or could not be deleted", fix)


def _round_trip(project: SupabaseProject, bucket: str) -> bool:
    folder = f"doctor-{uuid.uuid4().hex}"
    path = f"{folder}/probe"
    try:
        project.upload(bucket, path, _PROBE, "application/octet-stream")
        is_same = project.download(bucket, path) == _PROBE
    finally:
        project.remove(bucket, [path])
    return is_same and not project.object_names(bucket, folder)
