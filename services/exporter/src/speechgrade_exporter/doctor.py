"""Looks at a project as the exporter needs it, and says for each thing that is wrong what to do."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from speechgrade_shared.anonymize import anonymizer_version
from speechgrade_shared.errors import ProjectRefused, SpeechgradeError
from speechgrade_shared.findings import Finding, Level, fine, report
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.project_findings import asked, judge_clock, judge_grants, judge_key
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_exporter import examination
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.subject_key import key_check

Clock = Callable[[], datetime]
_PROBE = b"speechgrade-exporter doctor"


def doctor(project: SupabaseProject, settings: ExporterSettings, *, as_json: bool) -> None:
    """Examine, print, and exit with 1 if something is wrong."""
    report(examine(project, settings), as_json=as_json)


def examine(
    project: SupabaseProject, settings: ExporterSettings, clock: Clock = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """Every finding, in the order in which they matter; ends early where the project does not answer at all."""
    yield judge_key(settings.supabase_secret_key.get_secret_value())
    before = clock()
    state = asked("project", lambda: project.rpc("exporter_state"))
    if isinstance(state, Finding):
        yield state
        return
    yield fine("project", "answers, and schema llm is exposed")
    yield judge_clock(datetime.fromisoformat(state["now"]), before, clock())
    yield from _rights(project, settings)
    yield from _database(project)
    for bucket in (settings.dataset_bucket, settings.adapter_bucket, settings.checkpoint_bucket):
        yield examination.judge_bucket(bucket, state) or _tried_bucket(project, bucket)
    yield from _standing(project, state, settings)


def _rights(project: SupabaseProject, settings: ExporterSettings) -> Iterator[Finding]:
    yield _judged(project, "grants", "missing_grants", judge_grants)
    yield _judged(project, "access", "open_doors", examination.judge_doors)
    if settings.supabase_publishable_key is not None:
        other = SupabaseProject(settings.supabase_url, settings.supabase_publishable_key.get_secret_value())
        yield _kept_out(other)
        other.close()


def _database(project: SupabaseProject) -> Iterator[Finding]:
    yield _judged(project, "columns", "missing_columns", examination.judge_columns)
    yield _judged(project, "triggers", "missing_triggers", examination.judge_triggers)
    read = asked("reading", lambda: project.rpc("read_evaluations", {"p_ids": []}))
    yield read if isinstance(read, Finding) else fine("reading", "evaluations can be read")


def _standing(project: SupabaseProject, state: dict[str, Any], settings: ExporterSettings) -> Iterator[Finding]:
    services = asked("running exporter", lambda: project.rpc("running_services"))
    anonymizer = anonymizer_version(settings.name_model)
    if isinstance(services, Finding):
        yield services
    else:
        yield from examination.judge_running(services, RENDERER_VERSION, anonymizer)
    yield from examination.judge_queue(state)
    yield examination.judge_subject_key(key_check(settings.subject_key.get_secret_value().encode()), state)
    yield examination.judge_erasures(state)
    yield examination.judge_versions(state, RENDERER_VERSION, anonymizer)
    yield examination.judge_hints(
        state, has_webhook=settings.webhook_secret is not None, uses_realtime=settings.realtime
    )


def _judged(project: SupabaseProject, name: str, rpc: str, judge: Callable[[Any], Finding]) -> Finding:
    answer = asked(name, lambda: project.rpc(rpc))
    return answer if isinstance(answer, Finding) else judge(answer)


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
    answer = asked(name, partial(_round_trip, project, bucket))
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
