"""The failure matrix of the exporter's doctor: each thing is broken in the real project, named, and mended by its fix."""

import uuid
from collections.abc import Callable

import pytest
from speechgrade_exporter.doctor import examine
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_shared.findings import Finding, Level

from .conftest import Export, School

pytestmark = pytest.mark.stack
Examine = Callable[[], dict[str, Finding]]


@pytest.fixture
def troubles(export: Export) -> Examine:
    """What is not well, by code; an exporter is said to run."""

    def look() -> dict[str, Finding]:
        export.exporter.beat("")
        found = [one for one in examine(export.exporter.project, ExporterSettings()) if one.level is not Level.OK]
        assert all(one.fix for one in found)
        return {one.code: one for one in found}

    return look


def test_a_sound_project_has_no_troubles(troubles: Examine) -> None:
    assert troubles() == {}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("revoke execute on function llm.queue_state() from service_role", "grants_missing"),
        ("grant usage on schema llm to authenticated", "access_open"),
        ("grant select on llm.training_data to anon", "access_open"),
        ("alter table llm.scores disable row level security", "access_open"),
        ("alter table public.consent_forms disable trigger user", "triggers_missing"),
        ("update storage.buckets set public = true where id = 'llm-datasets'", "bucket_public"),
    ],
)
def test_what_is_broken_in_the_database_is_mended_by_the_printed_sql(
    school: School, troubles: Examine, broken: str, code: str
) -> None:
    school.db.execute(broken)
    found = troubles()
    assert set(found) == {code}
    assert found[code].level is Level.WRONG
    for statement in found[code].fix.splitlines():
        if statement.endswith(";"):
            school.db.execute(statement)
    assert troubles() == {}


def test_a_bucket_that_is_gone_is_made_by_the_printed_sql(export: Export, school: School, troubles: Examine) -> None:
    assert export.objects() == set()
    school.db.execute("delete from storage.buckets where id = 'llm-datasets'")
    found = troubles()
    assert set(found) == {"bucket_missing"}
    school.db.execute(found["bucket_missing"].fix)
    assert troubles() == {}


def test_changes_that_were_given_up_and_erasures_that_wait_are_named(school: School, troubles: Examine) -> None:
    school.db.execute(
        "insert into llm.change_queue (evaluation_id, reason, dead_at, last_error, attempts)"
        " values (%s, 'evaluation', now(), 'read_incomplete', 5)",
        (uuid.uuid4(),),
    )
    school.db.execute(
        "insert into llm.erasures (subject_hash, reason, requested_at)"
        " values ('h', 'student_consent_refused', now() - interval '2 hours')"
    )
    found = troubles()
    assert set(found) == {"queue_dead", "erasures_overdue"}
    assert "read_incomplete 1" in found["queue_dead"].detail
    assert "speechgrade-exporter replay" in found["queue_dead"].fix
    assert found["erasures_overdue"].fix == "speechgrade-exporter once"


def test_a_queue_that_nobody_works_is_old(school: School, troubles: Examine) -> None:
    school.db.execute(
        "insert into llm.change_queue (evaluation_id, reason, enqueued_at)"
        " values (%s, 'evaluation', now() - interval '1 hour')",
        (uuid.uuid4(),),
    )
    found = troubles()
    assert set(found) == {"queue_old"}
    assert found["queue_old"].level is Level.WARN


def test_an_exporter_that_died_is_missed_and_one_that_ended_is_not(export: Export, school: School) -> None:
    def running() -> Finding:
        found = examine(export.exporter.project, ExporterSettings())
        return next(one for one in found if one.name == "running exporter")

    export.exporter.beat("")
    assert running().code == "ok"
    school.db.execute("update llm.heartbeats set beat_at = now() - interval '1 hour'")
    assert (running().code, running().level) == ("exporter_silent", Level.WRONG)
    assert "kubectl" in running().fix
    export.exporter.end_beat()
    assert (running().code, running().level) == ("exporter_not_running", Level.WARN)
