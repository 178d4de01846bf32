"""The sweep finds what no trigger has said: lost and left-over objects, changes behind our back, restored backups."""

import io
import uuid
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from speechgrade_exporter import sweeper
from speechgrade_exporter.certificates import certificate_bytes, every_certificate, read_certificates
from speechgrade_exporter.publisher import PublishOutcome
from speechgrade_shared.failpoints import Failpoint, FailpointHit, armed

pytestmark = pytest.mark.stack


@pytest.fixture
def swept(export, monkeypatch) -> Any:
    """An exporter that takes every object nobody names for an orphan, however young it is."""
    monkeypatch.setattr(export.exporter.sweeper, "_grace", -export.exporter.sweeper._grace)
    return export


def test_a_project_that_is_as_it_should_be_is_left_alone(swept, school) -> None:
    school.speak(school.enrol(0))
    swept.once()
    before = swept.everything()
    assert swept.exporter.sweep().did_nothing
    assert swept.everything() == before


def test_an_object_that_was_lost_comes_back(swept, school) -> None:
    for number in range(6):
        school.speak(school.enrol(number), number)
    swept.once()
    before = swept.everything()
    swept.exporter.project.remove("llm-datasets", sorted(before))
    report = swept.exporter.sweep()
    assert report.publication.outcome is PublishOutcome.UNCHANGED
    assert report.sweep.lost == len(before)
    assert swept.everything() == before
    swept.assert_bucket_is_manifest_is_database()


def test_what_a_crash_left_behind_is_removed(swept, school) -> None:
    school.speak(school.enrol(0))
    with pytest.raises(FailpointHit), armed(Failpoint.SHARD_AFTER_UPLOAD):
        swept.once()
    school.speak(school.enrol(0), 1)
    left = swept.objects()
    swept.once()
    assert left < swept.objects()
    assert swept.exporter.sweep().sweep.removed == 1
    assert not left & swept.objects()
    swept.assert_bucket_is_manifest_is_database()


def test_a_consent_lost_without_a_trigger_is_found(swept, school) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    unseen = school.enrol(1)
    swept.once()
    school.db.execute("set session_replication_role = replica")
    school.decide(student, given=False)
    forgotten = school.speak(unseen, 1)
    school.db.execute("set session_replication_role = origin")
    report = swept.exporter.sweep()
    assert (report.sweep.excluded, report.sweep.requeued) == (1, 1)
    assert school.settled(evaluation) == ("excluded", "student_consent_refused")
    assert school.settled(forgotten) == ("included", None)
    swept.assert_bucket_is_manifest_is_database()


def test_old_snapshots_are_kept_for_a_while_and_then_only_named(swept, school, monkeypatch) -> None:
    monkeypatch.setattr(swept.exporter.sweeper, "_keep", 2)
    student = school.enrol(0)
    digests = []
    for number in range(5):
        school.speak(student, number)
        swept.once()
        digests.append(school.dataset()["digest"])
    assert swept.exporter.sweep().sweep.expired == 2
    found = {row["digest"]: row["status"] for row in school.db.execute("select digest, status from llm.datasets")}
    assert [found[digest] for digest in digests] == ["expired", "expired", "superseded", "superseded", "current"]
    assert {path for path in swept.everything() if path.startswith("manifests")} == {
        f"manifests/{digest}.json" for digest in digests[2:]
    }
    assert len(swept.objects()) == 3
    assert swept.exporter.sweep().did_nothing


def test_an_old_snapshot_that_lost_an_object_is_given_up_and_an_erased_one_that_came_back_goes_again(
    export, school
) -> None:
    students = [school.enrol(number) for number in range(2)]
    for number, student in enumerate(students):
        school.speak(student, number)
    export.once()
    old = school.dataset()
    kept = {path: export.download(path) for path in export.objects()}
    school.decide(students[0], given=False)
    export.once()
    school.speak(students[1], 3)
    export.once()
    superseded = school.one("select manifest_path from llm.datasets where status = 'superseded' limit 1")
    project = export.exporter.project
    project.remove("llm-datasets", [superseded])
    for path, content in kept.items():
        project.upload("llm-datasets", path, content, "application/x-ndjson")
    # No grace for what was erased: the restored objects are young.
    report = export.exporter.sweep()
    assert (report.sweep.lost, report.sweep.removed) == (1, 1)
    assert school.one("select status from llm.datasets where manifest_path = %s", superseded) == "expired"
    assert school.one("select status from llm.datasets where digest = %s", old["digest"]) == "erased"
    assert export.exporter.sweep().sweep.lost == 0
    export.assert_bucket_is_manifest_is_database()


def backup(school, *also: str) -> dict[str, list[dict[str, Any]]]:
    tables = ("public.consent_forms", "llm.training_data", "llm.shards", "llm.shard_members", "llm.shard_slots")
    tables += ("llm.datasets", "llm.dataset_shards", *also)
    return {
        table: [row["r"] for row in school.db.execute(f"select to_jsonb(t) as r from {table} t")] for table in tables
    }


def written_columns(school, table: str) -> list[str]:
    found = school.db.execute(
        "select attname from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
        (table,),
    )
    return [row["attname"] for row in found]


def restore(school, kept: dict[str, list[dict[str, Any]]]) -> None:
    """Put the database back as an operator restores a backup: no trigger runs."""
    school.db.execute("set session_replication_role = replica")
    school.db.execute("truncate llm.erasures, llm.tombstones, llm.change_queue, llm.shard_notes")
    for table in reversed(kept):
        school.db.execute(f"delete from {table}")
    for table, rows in kept.items():
        columns = ", ".join(written_columns(school, table))
        school.db.execute(
            f"insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, %s)",
            (Jsonb(rows),),
        )
    school.db.execute("set session_replication_role = origin")


def test_a_restored_backup_does_not_bring_back_who_has_withdrawn(swept, school) -> None:
    students = [school.enrol(number) for number in range(6)]
    evaluations = [school.speak(student, number) for number, student in enumerate(students)]
    swept.once()
    kept = backup(school)
    school.decide(students[0], given=False)
    swept.once()
    restore(school, kept)
    assert school.settled(evaluations[0]) == ("included", None)
    assert school.one("select llm_private.may_teach(%s)", evaluations[0])

    report = swept.exporter.sweep()
    assert report.sweep.restored == 1
    assert school.settled(evaluations[0]) == ("excluded", "withdrawn_before_restore")
    subjects = {line["subject"] for line in swept.lines()}
    assert school.one("select subject_hash from llm.erasures limit 1") not in subjects
    swept.assert_bucket_is_manifest_is_database()
    swept.exporter.run_once()
    school.db.execute("select llm.enqueue_all('test')")
    swept.exporter.run_once()
    assert school.settled(evaluations[0]) == ("excluded", "withdrawn_before_restore")

    school.decide(students[0], given=True)
    swept.once()
    assert school.settled(evaluations[0]) == ("included", None)


def test_after_a_restored_project_the_certificates_that_lay_elsewhere_are_enough(swept, school) -> None:
    """Such a backup holds the list of objects: what came into the bucket since is in no list, what went still is."""
    students = [school.enrol(number) for number in range(6)]
    evaluations = [school.speak(student, number) for number, student in enumerate(students)]
    swept.once()
    kept = backup(school, "storage.objects")
    school.decide(students[0], given=False)
    swept.once()
    copies = b"\n".join(certificate_bytes(one) for one in every_certificate(swept.exporter.project))
    restore(school, kept)
    assert not swept.exporter.sweep().sweep.restored
    assert school.settled(evaluations[0]) == ("included", None)

    report = swept.exporter.sweep(kept=read_certificates(io.BytesIO(copies)))
    assert report.sweep.restored == 1
    assert report.sweep.lost
    assert school.settled(evaluations[0]) == ("excluded", "withdrawn_before_restore")
    swept.assert_bucket_is_manifest_is_database()
    # What was listed and gone is an orphan now.
    swept.exporter.sweep()
    assert all(swept.download(path) for path in swept.everything())
    assert any(path.startswith("erasures/") for path in swept.everything())
    assert swept.exporter.sweep(kept=read_certificates(io.BytesIO(copies))).did_nothing


def test_a_person_is_erased_on_request_and_stays_away(swept, school) -> None:
    student, other = school.enrol(0), school.enrol(1)
    evaluations = [school.speak(student, number) for number in range(3)]
    school.speak(other, 3)
    swept.once()
    held = swept.objects()
    subject = school.one("select subject_hash from llm.training_data where evaluation_id = %s", evaluations[0])
    email = school.one("select email from public.course_students where id = %s", student)
    found, report = swept.exporter.erase_subject(f" {email.upper()} ", "a letter of the student")
    assert found == 3
    assert report.erasure.certificates == 4
    assert subject not in {line["subject"] for line in swept.lines()}
    assert len(held & swept.objects()) <= 1
    assert {school.settled(evaluation) for evaluation in evaluations} == {("excluded", "subject_erased")}

    later = school.speak(student, 4)
    swept.once()
    assert school.settled(later) == ("excluded", "subject_erased")
    assert swept.exporter.lift_erasure(email, "they came back") == 1
    swept.once()
    assert school.settled(later) == ("included", None)
    swept.assert_bucket_is_manifest_is_database()


def test_one_speech_is_taken_out_whatever_consent_says_also_after_a_restored_backup(swept, school) -> None:
    student = school.enrol(0)
    named, other = school.speak(student), school.speak(student, 1)
    swept.once()
    kept, held = backup(school), swept.objects()
    was_in, report = swept.exporter.take_out(named, "a nickname that the roster did not have")
    assert (was_in, report.erasure.certificates, held & swept.objects()) == (True, 1, set())
    school.decide(student, given=True)
    swept.once()
    assert school.settled(named) == ("excluded", "taken_out")
    assert school.settled(other) == ("included", None)

    restore(school, kept)
    assert school.settled(named) == ("included", None)
    school.decide(student, given=True)
    assert swept.exporter.sweep().sweep.restored == 1
    assert school.settled(named) == ("excluded", "taken_out")

    assert swept.exporter.put_back(named, "the nickname is on the roster now")
    assert not swept.exporter.put_back(named, "twice")
    swept.once()
    assert school.settled(named) == ("included", None)
    assert school.one("select count(*) from llm.audit_log where action in ('take_out', 'put_back')") >= 2


def test_a_speech_that_is_in_nothing_is_kept_out_too_and_has_its_certificate(swept, school) -> None:
    student = school.enrol(0, consents=None)
    evaluation = school.speak(student)
    was_in, report = swept.exporter.take_out(evaluation, "as the instructor asked")
    assert (was_in, report.erasure.certificates) == (False, 1)
    school.decide(student, given=True)
    swept.once()
    assert school.settled(evaluation) == ("excluded", "taken_out")


def test_who_is_unknown_is_remembered_for_later(swept, school) -> None:
    found, _ = swept.exporter.erase_subject("noor.haddad0@student.example", "a letter")
    assert found == 0
    evaluation = school.speak(school.enrol(0))
    swept.once()
    assert school.settled(evaluation) == ("excluded", "subject_erased")


def score(school, evaluation: uuid.UUID, days: int) -> None:
    """A score that ended so many days ago."""
    school.db.execute(
        "insert into llm.scores (id, evaluation_id, status, reason, requested_by, ended_at)"
        " values (%s, %s, 'unscored', 'answer_shape', 'user:1', now() - make_interval(days => %s))",
        (uuid.uuid4(), evaluation, days),
    )


def test_scores_end_with_their_time_or_their_evaluation_also_after_a_kill(swept, school, monkeypatch) -> None:
    kept, gone = school.speak(school.enrol(0)), school.speak(school.enrol(1))
    for evaluation, days in ((kept, 400), (kept, 300), (kept, 10), (gone, 10)):
        score(school, evaluation, days)
    school.db.execute("delete from public.evaluations where id = %s", (gone,))
    swept.once()
    assert swept.exporter.sweep().did_nothing

    school.db.execute("update llm.training_data set settled_at = now() - interval '2 days'")
    monkeypatch.setattr(swept.exporter.sweeper, "_keep_scores_days", 30)
    monkeypatch.setattr(sweeper, "_SCORES_AT_ONCE", 1)
    with pytest.raises(FailpointHit), armed(Failpoint.SWEEP_AFTER_SCORES):
        swept.exporter.sweep()
    assert school.one("select count(*) from llm.scores") == 2
    report = swept.exporter.sweep()
    assert (report.sweep.scores_outlived, report.sweep.scores_orphaned, report.did_nothing) == (1, 0, False)
    found = school.db.execute("select evaluation_id, ended_at > now() - interval '11 days' as is_young from llm.scores")
    assert found.fetchall() == [{"evaluation_id": kept, "is_young": True}]


def test_of_two_exporters_one_publishes(swept, school) -> None:
    school.speak(school.enrol(0))
    school.db.execute("select llm.acquire_lease('publisher', %s, 60)", (str(uuid.uuid4()),))
    lease = swept.exporter.publisher._lease
    lease._patience_s = 0
    with pytest.raises(Exception, match="Another exporter"):
        swept.once()
    school.db.execute("update llm.leases set held_until = now() - interval '1 second'")
    assert swept.once().publication.outcome is PublishOutcome.PUBLISHED
    assert school.one("select count(*) from llm.leases") == 0
