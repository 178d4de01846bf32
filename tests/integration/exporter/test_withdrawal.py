"""Withdrawal reaches rows, shards, old snapshots, local copies and adapters; a consent given again brings it back."""

import uuid

import pytest
from psycopg.types.json import Jsonb
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.errors import DatasetUnavailable, ManifestInvalid

pytestmark = pytest.mark.stack


def train_on(school, digest: str) -> str:
    """An adapter as the trainer would have registered it, approved for use."""
    run = {"id": str(uuid.uuid4()), "dataset_digest": digest, "recipe": "t", "recipe_sha256": "f", "recipe_body": {}}
    run_id = school.one("select llm.start_run(%s)", Jsonb(run | {"worker": "t"}))
    adapter = uuid.uuid4().hex * 2
    school.db.execute(
        "insert into llm.adapters (digest, name, run_id, dataset_id, status, base_model, base_revision, renderer_version,"
        " lora_rank, object_prefix, files, metrics)"
        " select %s, %s, r.id, r.dataset_id, 'approved', 'b', '1', 'r', 8, 'p', '{}', '{}' from llm.training_runs r where r.id = %s",
        (adapter, f"sg-{adapter[:20]}", run_id),
    )
    return adapter


def test_a_withdrawal_travels_to_the_end_and_back(export, school, tmp_path) -> None:
    students = [school.enrol(n) for n in range(8)]
    evaluations = [school.speak(student, n) for n, student in enumerate(students)]
    export.once()
    before, old = export.objects(), school.dataset()
    adapter = train_on(school, old["digest"])
    pulled = pull_dataset(export.exporter.project, None, tmp_path)
    subject = school.one("select subject_hash from llm.training_data where evaluation_id = %s", evaluations[0])
    held = {
        row["shard_path"]
        for row in school.db.execute("select shard_path from llm.dataset_members where subject_hash = %s", (subject,))
    }
    assert held

    school.decide(students[0], given=False)
    with pytest.raises(DatasetUnavailable, match="lost consent") as caught:
        pull_dataset(export.exporter.project, None, tmp_path)
    assert caught.value.code == "dataset_outdated"
    report = export.once()

    assert school.settled(evaluations[0]) == ("excluded", "student_consent_refused")
    assert subject not in {line["subject"] for line in export.lines()}
    assert not held & export.objects()
    assert before - held <= export.objects()
    export.assert_bucket_is_manifest_is_database()
    assert school.one("select status from llm.adapters where digest = %s", adapter) == "tainted"
    assert school.one("select status from llm.datasets where digest = %s", old["digest"]) == "erased"
    certificate = school.one("select certificate from llm.erasures where evaluation_id = %s", evaluations[0])
    assert certificate["objects_deleted"] == report.erasure.objects == len(held)
    assert (certificate["adapters_tainted"], report.erasure.certificates) == (1, 1)
    assert school.one("select count(*) from llm.audit_log where action = 'erase'") >= 1

    again = pull_dataset(export.exporter.project, None, tmp_path)
    assert again.digest != pulled.digest
    assert not pulled.folder.exists()
    with pytest.raises(DatasetUnavailable) as caught:
        pull_dataset(export.exporter.project, pulled.digest, tmp_path)
    assert caught.value.code == "dataset_erased"

    school.decide(students[0], given=True)
    export.once()
    assert school.settled(evaluations[0]) == ("included", None)
    assert subject in {line["subject"] for line in export.lines()}
    assert before <= export.objects()
    export.assert_bucket_is_manifest_is_database()


def test_whoever_asks_is_told_what_is_held_and_that_they_asked_is_kept(export, school) -> None:
    student, other = school.enrol(0), school.enrol(1)
    evaluations = {str(school.speak(student, number)) for number in range(2)}
    school.speak(other, 2)
    export.once()
    adapter = train_on(school, school.dataset()["digest"])
    held = export.exporter.about("noor.haddad0@student.example", "about by an officer")
    assert {one["evaluation_id"] for one in held["evaluations"]} == evaluations
    assert {one["status"] for one in held["evaluations"]} == {"included"}
    assert [(one["status"], one["examples"]) for one in held["datasets"]] == [("current", 2)]
    assert [(one["name"], one["status"]) for one in held["adapters"]] == [(f"sg-{adapter[:20]}", "approved")]
    assert (len(held["pseudonyms"]), held["kept_out"], held["withdrawals"]) == (1, [], [])

    school.decide(student, given=False)
    export.once()
    held = export.exporter.about(str(student), "about by an officer")
    assert [one["status"] for one in held["adapters"]] == ["tainted"]
    assert [one["completed_at"] is not None for one in held["withdrawals"]] == [True, True]
    assert school.one("select count(*) from llm.audit_log where action = 'view_subject'") >= 2
    assert not any(export.exporter.about("nobody@student.example", "test").values())


def test_refusing_after_a_soft_delete_still_erases(export, school) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    school.speak(school.enrol(1), 1)
    export.once()
    held = export.objects()
    school.db.execute("update public.evaluations set deleted_locally_at = now() where id = %s", (evaluation,))
    export.once()
    assert school.settled(evaluation) == ("excluded", "evaluation_deleted")
    assert held <= export.objects()
    school.decide(student, given=False)
    report = export.once()
    assert report.erasure.certificates == 1
    assert len(held & export.objects()) == len(held) - 1


def test_a_student_who_is_gone_is_erased(export, school) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    export.once()
    school.db.execute("delete from public.evaluations where id = %s", (evaluation,))
    report = export.once()
    assert school.settled(evaluation) == ("excluded", "evaluation_gone")
    assert (report.erasure.certificates, export.objects()) == (1, set())


def test_a_tampered_shard_is_refused(export, school, tmp_path) -> None:
    for number in range(6):
        school.speak(school.enrol(number), number)
    export.once()
    project = export.exporter.project
    shard = export.manifest().shards()[0]
    project.upload("llm-datasets", shard.path, export.download(shard.path).replace(b"4", b"5"), "application/x-ndjson")
    with pytest.raises(ManifestInvalid) as caught:
        pull_dataset(project, None, tmp_path)
    assert caught.value.code == "object_altered"
    assert list(tmp_path.iterdir()) == []


def test_a_local_copy_is_verified_again_and_repaired(export, school, tmp_path) -> None:
    for number in range(6):
        school.speak(school.enrol(number), number)
    export.once()
    project = export.exporter.project
    pulled = pull_dataset(project, None, tmp_path)
    assert sum(path.read_bytes().count(b"\n") for path in pulled.paths.values()) == 6
    path = next(path for path in pulled.paths.values() if path.stat().st_size)
    good = path.read_bytes()
    path.write_bytes(good + b"{}\n")
    assert pull_dataset(project, None, tmp_path).folder == pulled.folder
    assert path.read_bytes() == good


def test_no_dataset_is_said_so(export, tmp_path) -> None:
    with pytest.raises(DatasetUnavailable) as caught:
        pull_dataset(export.exporter.project, None, tmp_path)
    assert caught.value.code == "dataset_missing"
