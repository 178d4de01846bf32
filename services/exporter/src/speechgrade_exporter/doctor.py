"""Looks at a project as the exporter needs it, and says for each thing that is wrong what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from speechgrade_shared.errors import ProjectRefused, SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.settings import ExporterSettings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``fix`` is empty where nothing is wrong."""

    name: str
    code: str
    detail: str
    fix: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.fix


def examine(project: SupabaseProject, settings: ExporterSettings) -> Iterator[Finding]:
    """Every finding, in the order in which they matter; ends early where the project does not answer at all."""
    reached = _checked("project", "Check SUPABASE_URL and SUPABASE_SECRET_KEY.", lambda: _queue(project))
    yield reached
    if not reached.is_ok and reached.code != "queue_dead":
        return
    yield _checked("columns", "Run the migrations of supabase/migrations.", lambda: _columns(project))
    yield _checked("reading", "Run the migrations of supabase/migrations.", lambda: _reading(project))
    for bucket in (settings.dataset_bucket, settings.adapter_bucket):
        fix = f"Make the private bucket {bucket}, or name the right one in the settings."
        yield _checked(f"bucket {bucket}", fix, partial(_bucket, project, bucket))


def _checked(name: str, fix: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except ProjectRefused as error:
        # The database's own sentence names a function or a column, never a row.
        return Finding(name, error.code, f"{error.public} {error.hint}".strip(), fix)
    except SpeechgradeError as error:
        return Finding(name, error.code, error.public, fix)


def _queue(project: SupabaseProject) -> Finding:
    state = project.rpc("queue_state")
    detail = f"{state['open']} open, {state['leased']} leased, {state['dead']} dead"
    if not state["dead"]:
        return Finding("queue", "ok", detail)
    return Finding("queue", "queue_dead", detail, "Look at last_error in llm.change_queue, then call llm.replay_dead.")


def _columns(project: SupabaseProject) -> Finding:
    missing = list(project.rpc("missing_columns"))
    if not missing:
        return Finding("columns", "ok", "every column that is read exists")
    return Finding("columns", "columns_missing", ", ".join(missing), "Add these columns to the app's tables.")


def _reading(project: SupabaseProject) -> Finding:
    project.rpc("read_evaluations", {"p_ids": []})
    return Finding("reading", "ok", "evaluations can be read")


def _bucket(project: SupabaseProject, bucket: str) -> Finding:
    project.object_names(bucket, "")
    return Finding(f"bucket {bucket}", "ok", "can be listed")
