"""From gradings to a published dataset: what is in it, what is not, and that nothing is lost."""

import json
import time

import pytest
from speechgrade_exporter.publisher import PublishOutcome
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.project import SupabaseProject

pytestmark = pytest.mark.stack


def test_bucket_manifest_and_database_say_the_same(export, school) -> None:
    evaluations = [school.speak(school.enrol(n), n) for n in range(20)]
    report = export.once()
    assert report.work.outcomes == {"included": 20}
    assert report.publication.outcome is PublishOutcome.PUBLISHED
    assert {school.settled(evaluation) for evaluation in evaluations} == {("included", None)}
    export.assert_bucket_is_manifest_is_database()


def test_no_name_leaves(export, school) -> None:
    people = [school.enrol(n) for n in range(12)]
    for number, student in enumerate(people):
        school.speak(student, number)
    export.once()
    text = json.dumps(export.lines()).casefold()
    for row in school.db.execute("select first_name, last_name, email from public.course_students").fetchall():
        assert not [value for value in row.values() if value.casefold() in text]
    assert not [name for name in ("okonkwo", "rhetoric studio", "555-010") if name in text]


def test_only_consented_speeches_are_in_it(export, school) -> None:
    yes = school.speak(school.enrol(0))
    no = school.speak(school.enrol(1, consents=False))
    silent = school.speak(school.enrol(2, consents=None))
    deleted = school.speak(school.enrol(3))
    school.db.execute("update public.evaluations set deleted_locally_at = now() where id = %s", (deleted,))
    export.once()
    assert school.settled(yes) == ("included", None)
    assert school.settled(no) == ("excluded", "student_consent_refused")
    assert school.settled(silent) == ("excluded", "student_consent_missing")
    assert school.settled(deleted) == ("excluded", "evaluation_deleted")
    assert export.manifest().excluded == {
        "evaluation_deleted": 1,
        "student_consent_missing": 1,
        "student_consent_refused": 1,
    }
    export.assert_bucket_is_manifest_is_database()


def test_an_instructor_who_takes_back_consent_empties_the_dataset(export, school) -> None:
    for number in range(4):
        school.speak(school.enrol(number), number)
    export.once()
    school.db.execute("update public.user_profiles set llm_training_consent_given = false")
    report = export.once()
    assert (report.publication.outcome, report.publication.examples) == (PublishOutcome.PUBLISHED, 0)
    assert export.objects() == set()
    export.assert_bucket_is_manifest_is_database()


def test_a_malformed_row_is_quarantined_and_no_other_is_lost(export, school) -> None:
    good = [school.speak(school.enrol(n), n) for n in range(5)]
    bad = {
        school.evaluate(school.enrol(6), "word " * 60, "{not json", school.rubrics[0]): "evaluation_data_malformed",
        school.evaluate(school.enrol(7), "word " * 60, [1, 2], school.rubrics[0]): "evaluation_data_malformed",
        school.evaluate(
            school.enrol(8), "word " * 60, {"sections": {"Other": {}}}, school.rubrics[0]
        ): "sections_incomplete",
        school.evaluate(
            school.enrol(9),
            "word " * 60,
            json.dumps({"sections": {"a\x00": {}}, "rubric_structure": {"categories": ["a\x00"]}}),
            None,
        ): "rubric_no_points",
    }
    report = export.once()
    assert not report.work.failures
    assert {school.settled(evaluation) for evaluation in good} == {("included", None)}
    assert {evaluation: school.settled(evaluation)[1] for evaluation in bad} == bad
    assert school.one("select count(*) from llm.change_queue") == 0
    export.assert_bucket_is_manifest_is_database()


def test_nothing_changed_is_nothing_done_and_one_change_writes_one_shard(export, school) -> None:
    students = [school.enrol(n) for n in range(16)]
    for number, student in enumerate(students):
        school.speak(student, number)
    export.once()
    before = export.objects()
    assert export.once().did_nothing
    school.speak(students[0], 3)
    report = export.once()
    # One shard, the manifest, the card and its picture.
    assert report.publication.objects_written == 4
    assert len(export.objects() - before) == 1


def test_a_row_altered_behind_our_back_is_never_published(export, school) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    export.once()
    sha = school.one("select content_sha256 from llm.training_data where evaluation_id = %s", evaluation)
    school.db.execute("update llm.training_data set anonymized_transcript = 'something else'")
    school.speak(student, 1)
    export.once()
    assert school.one("select content_sha256 from llm.training_data where evaluation_id = %s", evaluation) == sha
    assert "something else" not in json.dumps(export.lines())
    export.assert_bucket_is_manifest_is_database()


def test_consent_lost_without_a_trigger_is_found_before_publishing(export, school) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    school.speak(school.enrol(1), 1)
    export.once()
    school.db.execute("set session_replication_role = replica")
    school.decide(student, given=False)
    school.db.execute("set session_replication_role = origin")
    school.speak(school.enrol(2), 2)
    export.once()
    assert school.settled(evaluation) == ("excluded", "student_consent_refused")
    export.assert_bucket_is_manifest_is_database()


def test_an_unreachable_project_loses_nothing(export, school, stack) -> None:
    school.speak(school.enrol(0))
    gone = SupabaseProject("http://localhost:9", stack.secret_key, attempts=1)
    export.exporter.worker._queue._project = gone
    with pytest.raises(ProjectUnreachable):
        export.exporter.worker.work_batch()
    gone.close()
    assert school.one("select count(*) from llm.change_queue where dead_at is null") == 1


def test_a_department_is_exported_in_seconds(export, school, record_property) -> None:
    students = [school.enrol(n) for n in range(24)]
    for number in range(240):
        school.speak(students[number % 24], number)
    start = time.monotonic()
    report = export.once()
    seconds = time.monotonic() - start
    record_property("seconds", seconds)
    print(f"\nonce on 240 evaluations: {seconds:.2f} s")  # noqa: T201
    assert report.work.outcomes == {"included": 240}
    assert seconds < 20


def test_what_is_pulled_is_a_folder_that_the_datasets_library_reads(export, school, tmp_path) -> None:
    from datasets import load_dataset

    for number in range(20):
        school.speak(school.enrol(number), number)
    export.once()
    pulled = pull_dataset(export.exporter.project, None, tmp_path / "pulled")
    found = load_dataset(str(pulled.folder), cache_dir=str(tmp_path / "cache"))
    counts = {split: part.examples for split, part in pulled.manifest.splits.items() if part.examples}
    assert {split: len(rows) for split, rows in found.items()} == counts
    assert [message["role"] for message in found["train"][0]["messages"]] == ["system", "user", "assistant"]
    assert {path.name for path in pulled.folder.iterdir()} >= {"README.md", "scores.svg", "sample.jsonl"}


def test_what_words_do_not_show_is_kept_in_the_row_and_in_no_line(export, school) -> None:
    categories = [
        {"name": "Content", "subcategories": [{"name": "Hook", "points": 5}, {"name": "Eye contact", "points": 5}]},
        {"name": "Volume", "points": 5},
    ]
    items = [{"name": name, "points": 4, "maxPoints": 5} for name in ("Hook", "Eye contact")]
    sections = {"Content": {"feedback": "Clear.", "subcategories": items}, "Volume": {"score": 3, "maxScore": 5}}
    data = {"sections": sections, "rubric_structure": {"categories": categories, "totalPoints": 15}}
    seen = {"sections": {"Volume": {"score": 3, "maxScore": 5}}, "rubric_structure": {"categories": categories[1:]}}
    mixed = school.evaluate(school.enrol(0), "word " * 60, data, None)
    unseen = school.evaluate(school.enrol(1), "word " * 60, seen, None)
    export.once()
    assert school.settled(mixed) == ("included", None)
    assert school.settled(unseen) == ("excluded", "rubric_not_observable")
    row = school.one("select sections -> 'sections' from llm.training_data where evaluation_id = %s", mixed)
    assert row["Content"]["points"] == {"Hook": 4, "Eye contact": 4}
    assert row["Volume"]["points"] == {"Volume": 3}
    (line,) = export.lines()
    assert not [name for name in ("Eye contact", "Volume") if name in json.dumps(line)]
    answer = json.loads(line["messages"][2]["content"])
    assert answer["sections"] == {"Content": {"feedback": "Clear.", "points": {"Hook": 4}}}
    export.assert_bucket_is_manifest_is_database()
    assert export.once().did_nothing
