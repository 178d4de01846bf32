"""The doctor: each trouble is found with its code and an exact fix, and a sound project is said to be sound."""

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console
from speechgrade_exporter import doctor
from speechgrade_exporter.subject_key import key_check
from speechgrade_shared.anonymize import ANONYMIZER_VERSION
from speechgrade_shared.errors import ProjectRefused, ProjectUnreachable
from speechgrade_shared.findings import Finding, Level, show_findings, worst
from speechgrade_shared.project_findings import judge_key
from speechgrade_shared.prompt import RENDERER_VERSION

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "a key of the tests with more than 32 bytes"


def sound_state() -> dict[str, Any]:
    return {
        "now": NOW.isoformat(),
        "queue": {"open": 0, "leased": 0, "dead": 0, "oldest_seconds": 0, "dead_codes": {}, "stuck_leases": 0},
        "included": {"train": {"examples": 3, "persons": 2}},
        "versions": [{"renderer": RENDERER_VERSION, "anonymizer": ANONYMIZER_VERSION, "examples": 3}],
        "erasures": {"pending": 0, "oldest_seconds": 0},
        "buckets": {"llm-datasets": False, "llm-adapters": False, "llm-checkpoints": False},
        "keys": {"subject": key_check(KEY.encode())},
        "hints": {"pg_net": False, "is_on": False, "realtime": False},
    }


def running(silent_seconds: float = 3, **facts: str) -> dict[str, Any]:
    own = {"renderer": RENDERER_VERSION, "anonymizer": ANONYMIZER_VERSION}
    return {"service": "exporter", "facts": own | facts, "silent_seconds": silent_seconds}


class FakeProject:
    """A project that answers as a sound one does, until a test says otherwise."""

    def __init__(self) -> None:
        self.state = sound_state()
        self.answers: dict[str, Any] = {
            "missing_grants": [],
            "open_doors": [],
            "missing_columns": [],
            "missing_triggers": [],
            "read_evaluations": [],
            "running_services": [running()],
        }
        self.objects: dict[tuple[str, str], bytes] = {}
        self.spoils: Callable[[bytes], bytes] = lambda data: data
        self.keeps_objects = False

    def rpc(self, name: str, _params: object = None) -> Any:
        answer = self.state if name == "exporter_state" else self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def upload(self, bucket: str, path: str, data: bytes, _content_type: str) -> None:
        self.objects[bucket, path] = self.spoils(data)

    def download(self, bucket: str, path: str) -> bytes:
        return self.objects[bucket, path]

    def remove(self, bucket: str, paths: list[str]) -> None:
        for path in () if self.keeps_objects else paths:
            del self.objects[bucket, path]

    def object_names(self, bucket: str, folder: str) -> list[str]:
        return [path for found, path in self.objects if found == bucket and path.startswith(folder)]


def settings(**changes: Any) -> Any:
    default: dict[str, Any] = {
        "supabase_url": "http://localhost:9",
        "supabase_secret_key": SecretStr("sb_secret_of-the-tests"),
        "supabase_publishable_key": None,
        "subject_key": SecretStr(KEY),
        "dataset_bucket": "llm-datasets",
        "adapter_bucket": "llm-adapters",
        "checkpoint_bucket": "llm-checkpoints",
        "webhook_secret": None,
        "realtime": False,
        "name_model": "",
    }
    return SimpleNamespace(**default | changes)


def examined(project: FakeProject, clock: datetime = NOW, **changes: Any) -> list[Finding]:
    return list(doctor.examine(project, settings(**changes), lambda: clock))  # type: ignore[arg-type]


def trouble(project: FakeProject, **options: Any) -> Finding:
    """The one finding that is not ok."""
    (found,) = [finding for finding in examined(project, **options) if finding.level is not Level.OK]
    assert found.fix
    return found


@pytest.fixture
def project() -> FakeProject:
    return FakeProject()


def test_a_sound_project_is_sound_and_no_probe_is_left_in_it(project: FakeProject) -> None:
    found = examined(project)
    assert worst(found) is Level.OK
    assert all(not finding.fix for finding in found)
    assert len({finding.name for finding in found}) == len(found) > 10
    assert project.objects == {}


def legacy(role: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps({"role": role}).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


@pytest.mark.parametrize(
    ("key", "level", "code"),
    [
        ("sb_secret_x", Level.OK, "ok"),
        ("sb_publishable_x", Level.WRONG, "key_is_publishable"),
        (legacy("anon"), Level.WRONG, "key_is_not_secret"),
        (legacy("service_role"), Level.WARN, "key_is_legacy"),
        ("something else", Level.WARN, "key_unrecognized"),
        ("a.b!.c", Level.WARN, "key_unrecognized"),
        ("a.W10.c", Level.WARN, "key_unrecognized"),
    ],
)
def test_the_kind_of_the_key_is_told(key: str, level: Level, code: str) -> None:
    found = judge_key(key)
    assert (found.level, found.code) == (level, code)
    assert key not in found.detail + found.fix


@pytest.mark.parametrize(
    ("error", "code", "fix"),
    [
        (ProjectUnreachable("It did not answer."), "project_unreachable", "SUPABASE_URL"),
        (ProjectRefused("No.", database_code="401"), "project_refused", "SUPABASE_SECRET_KEY"),
        (ProjectRefused("No.", hint="Invalid API key"), "project_refused", "SUPABASE_SECRET_KEY"),
        (ProjectRefused("No.", database_code="PGRST106"), "project_refused", "Exposed schemas"),
        (ProjectRefused("No.", database_code="PGRST202"), "project_refused", "make deploy-supabase"),
    ],
)
def test_a_project_that_does_not_answer_ends_the_examination(
    project: FakeProject, error: Exception, code: str, fix: str
) -> None:
    project.state = error  # type: ignore[assignment]
    found = examined(project)
    assert [finding.level for finding in found] == [Level.OK, Level.WRONG]
    assert found[1].code == code
    assert fix in found[1].fix


@pytest.mark.parametrize(
    ("rpc", "answer", "code", "fix"),
    [
        (
            "missing_grants",
            ["grant usage on schema llm to service_role"],
            "grants_missing",
            "grant usage on schema llm to service_role;",
        ),
        (
            "open_doors",
            ["revoke usage on schema llm from anon"],
            "access_open",
            "revoke usage on schema llm from anon;",
        ),
        ("missing_columns", ["rubrics.grade_scale"], "columns_missing", "Add these columns"),
        ("read_evaluations", ProjectRefused("No.", database_code="42703"), "project_refused", "make deploy-supabase"),
    ],
)
def test_what_the_database_lacks_comes_with_its_fix(
    project: FakeProject, rpc: str, answer: Any, code: str, fix: str
) -> None:
    project.answers[rpc] = answer
    found = trouble(project)
    assert (found.level, found.code) == (Level.WRONG, code)
    assert fix in found.fix


def test_triggers_that_are_off_or_gone_are_named_and_what_was_missed_is_made_up(project: FakeProject) -> None:
    fix = "alter table public.evaluations enable trigger llm_enqueue"
    project.answers["missing_triggers"] = [
        {"table": "evaluations", "event": "INSERT", "state": "disabled", "fix": fix},
        {"table": "evaluations", "event": "UPDATE", "state": "disabled", "fix": fix},
        {"table": "courses", "event": "UPDATE", "state": "missing", "fix": None},
    ]
    found = trouble(project)
    assert (found.level, found.code) == (Level.WRONG, "triggers_missing")
    assert "UPDATE of courses (missing)" in found.detail
    lines = found.fix.splitlines()
    assert lines[0] == fix + ";"
    assert "courses" in lines[1]
    assert lines[2] == "speechgrade-exporter backfill"


@pytest.mark.parametrize(
    ("buckets", "code", "fix"),
    [
        ({"llm-adapters": False, "llm-checkpoints": False}, "bucket_missing", "insert into storage.buckets"),
        (
            {"llm-adapters": False, "llm-checkpoints": False, "llm-datasets": True},
            "bucket_public",
            "set public = false where id = 'llm-datasets';",
        ),
        (
            {"llm-adapters": False, "llm-checkpoints": True, "llm-datasets": False},
            "bucket_public",
            "set public = false where id = 'llm-checkpoints';",
        ),
    ],
)
def test_a_bucket_that_is_missing_or_public_is_not_tried(
    project: FakeProject, buckets: dict[str, bool], code: str, fix: str
) -> None:
    project.state["buckets"] = buckets
    found = trouble(project)
    assert (found.level, found.code) == (Level.WRONG, code)
    assert fix in found.fix


def test_a_bucket_that_alters_what_it_keeps_is_unsound(project: FakeProject) -> None:
    project.spoils = bytes.upper
    found = [finding for finding in examined(project) if finding.level is Level.WRONG]
    assert [finding.code for finding in found] == ["bucket_unsound"] * 3
    assert project.objects == {}


def test_a_bucket_that_does_not_delete_is_unsound(project: FakeProject) -> None:
    project.keeps_objects = True
    assert [f.code for f in examined(project) if f.level is Level.WRONG] == ["bucket_unsound"] * 3


@pytest.mark.parametrize(
    ("queue", "level", "code", "said"),
    [
        (
            {"dead": 3, "dead_codes": {"boom": 2, "read_incomplete": 1}},
            Level.WRONG,
            "queue_dead",
            "boom 2, read_incomplete 1",
        ),
        ({"oldest_seconds": 7200}, Level.WARN, "queue_old", "2 hours"),
        ({"stuck_leases": 4}, Level.WARN, "leases_expired", "4 leases"),
    ],
)
def test_troubles_of_the_queue(project: FakeProject, queue: dict[str, Any], level: Level, code: str, said: str) -> None:
    project.state["queue"] |= queue
    found = trouble(project)
    assert (found.level, found.code) == (level, code)
    assert said in found.detail


@pytest.mark.parametrize(
    ("services", "level", "code"),
    [
        ([], Level.WARN, "exporter_not_running"),
        ([running(900), running(9000)], Level.WRONG, "exporter_silent"),
        ([running(anonymizer="older"), running()], Level.WARN, "exporter_outdated"),
        (ProjectRefused("No.", database_code="PGRST202"), Level.WRONG, "project_refused"),
    ],
)
def test_whether_an_exporter_runs_is_known_from_its_beats(
    project: FakeProject, services: Any, level: Level, code: str
) -> None:
    project.answers["running_services"] = services
    found = trouble(project)
    assert (found.level, found.code) == (level, code)


def test_another_key_of_the_pseudonyms_is_wrong(project: FakeProject) -> None:
    project.state["keys"] = {"subject": key_check(b"the key that made the rows")}
    assert trouble(project).code == "subject_key_changed"


def test_a_key_that_was_never_recorded_is_fine_only_without_examples(project: FakeProject) -> None:
    project.state["keys"] = {}
    assert trouble(project).code == "subject_key_unrecorded"
    project.state["included"] = {}
    assert worst(examined(project)) is Level.OK


@pytest.mark.parametrize(("seconds", "level"), [(4, "ok"), (-4, "ok"), (60, "warn"), (-60, "warn"), (301, "wrong")])
def test_clocks_that_differ(project: FakeProject, seconds: int, level: str) -> None:
    found = examined(project, NOW + timedelta(seconds=seconds))
    assert worst(found) == level
    assert [finding.level for finding in found if finding.name == "clock"] == [level]


def test_an_erasure_may_take_an_hour(project: FakeProject) -> None:
    project.state["erasures"] = {"pending": 2, "oldest_seconds": 3000}
    assert worst(examined(project)) is Level.OK
    project.state["erasures"] = {"pending": 2, "oldest_seconds": 4000}
    assert (trouble(project).level, trouble(project).code) == (Level.WRONG, "erasures_overdue")


def test_examples_of_another_version_are_counted(project: FakeProject) -> None:
    project.state["versions"].append({"renderer": RENDERER_VERSION, "anonymizer": "older", "examples": 5})
    found = trouble(project)
    assert (found.level, found.code) == (Level.WARN, "versions_outdated")
    assert found.detail.startswith("5 examples")


@pytest.mark.parametrize(
    ("hints", "options", "code", "fix"),
    [
        (
            {},
            {"realtime": True},
            "realtime_unpublished",
            "alter publication supabase_realtime add table llm.change_queue;",
        ),
        ({"pg_net": True}, {"webhook_secret": SecretStr("x")}, "webhook_unset", "select llm.set_wake_up("),
        ({"is_on": True}, {}, "pg_net_missing", "create extension pg_net;"),
    ],
)
def test_hints_that_are_wanted_and_never_come(
    project: FakeProject, hints: dict[str, bool], options: dict[str, Any], code: str, fix: str
) -> None:
    project.state["hints"] |= hints
    found = trouble(project, **options)
    assert (found.level, found.code) == (Level.WARN, code)
    assert fix in found.fix


@pytest.mark.parametrize(
    ("answer", "level"),
    [({"open": 0}, Level.WRONG), (ProjectRefused("No."), Level.OK), (ProjectUnreachable("Gone."), Level.WARN)],
)
def test_a_publishable_key_must_be_kept_out(
    monkeypatch: pytest.MonkeyPatch, project: FakeProject, answer: Any, level: Level
) -> None:
    outsider = FakeProject()
    outsider.answers["queue_state"] = answer
    outsider.close = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(doctor, "SupabaseProject", lambda *_: outsider)
    found = examined(project, supabase_publishable_key=SecretStr("sb_publishable_x"))
    assert [finding.level for finding in found if finding.name == "publishable key"] == [level]


def test_a_fix_is_printed_whole_whatever_the_width() -> None:
    to = Console(file=io.StringIO(), width=40)
    fix = "alter table public.evaluations enable trigger llm_enqueue;"
    show_findings([Finding(Level.WRONG, "triggers", "triggers_missing", "a [bracketed] detail", fix)], to)
    printed = to.file.getvalue()  # type: ignore[attr-defined]
    assert fix in printed
    assert "a [bracketed] detail" in printed
