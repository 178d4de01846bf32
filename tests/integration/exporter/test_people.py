"""One person, however many enrolments and identifiers, has one pseudonym and one split, in whatever order rows come."""

import uuid

import pytest

pytestmark = pytest.mark.stack


def enrol(school, *, email: str | None = None, sis: str | None = None) -> uuid.UUID:
    student = uuid.uuid4()
    school.db.execute(
        "insert into public.course_students (id, course_id, first_name, last_name, email, student_id)"
        " values (%s, %s, 'Noor', 'Haddad', %s, %s)",
        (student, school.course, email, sis),
    )
    school.decide(student, given=True)
    return student


def people(school) -> set[tuple[str, str]]:
    rows = school.db.execute("select subject_hash, split from llm.training_data where status = 'included'").fetchall()
    return {(row["subject_hash"], row["split"]) for row in rows}


def splits(school) -> dict[uuid.UUID, str]:
    """The split of each enrolment."""
    rows = school.db.execute(
        "select e.student_id, t.split from public.evaluations e join llm.training_data t on t.evaluation_id = e.id"
    ).fetchall()
    return {row["student_id"]: row["split"] for row in rows}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_identifiers_that_meet_are_one_person(export, school, order) -> None:
    roster = [{"email": "n@student.example"}, {"sis": "N100", "email": "N@student.example "}, {"sis": "n100"}]
    for number in order:
        school.speak(enrol(school, **roster[number]), number)
        export.exporter.worker.work_batch()
    export.once()
    assert len(people(school)) == 1
    assert len(export.lines()) == 3
    export.assert_bucket_is_manifest_is_database()


def test_what_cannot_tell_people_apart_ties_nobody(export, school) -> None:
    for number, sis in enumerate(("N/A", "n/a", "0000", "-", None)):
        school.speak(enrol(school, sis=sis), number)
    export.once()
    assert len(people(school)) == 5


def test_an_address_filled_in_later_moves_nobody_to_another_split(export, school) -> None:
    students = [enrol(school) for _ in range(12)]
    for number, student in enumerate(students):
        school.speak(student, number)
    export.once()
    before = splits(school)
    for number, student in enumerate(students):
        school.db.execute(
            "update public.course_students set email = %s where id = %s", (f"p{number}@s.example", student)
        )
    export.once()
    assert splits(school) == before
    assert len(people(school)) == 12
    export.assert_bucket_is_manifest_is_database()


def test_who_was_taught_never_measures(export, school) -> None:
    """Two that turn out to be one person: what a model has learned from cannot stay in the test set."""
    for number in range(30):
        school.speak(enrol(school, sis=f"S10{number}"), number)
    export.once()
    found_in = splits(school)
    one = next(student for student, split in found_in.items() if split == "train")
    other = next(student for student, split in found_in.items() if split == "test")
    school.db.execute("update public.course_students set email = 'same@s.example' where id in (%s, %s)", (one, other))
    export.once()
    found = school.db.execute(
        "select distinct t.subject_hash, t.split from public.evaluations e join llm.training_data t on t.evaluation_id = e.id"
        " where e.student_id in (%s, %s)",
        (one, other),
    ).fetchall()
    assert [row["split"] for row in found] == ["train"]
    export.assert_bucket_is_manifest_is_database()


def test_an_enrolment_without_a_speech_can_tie_two_others(export, school) -> None:
    school.speak(enrol(school, email="n@student.example"), 0)
    school.speak(enrol(school, sis="N100"), 1)
    export.once()
    assert len(people(school)) == 2
    silent = enrol(school, email="n@student.example", sis="N100")
    export.once()
    assert len(people(school)) == 1
    export.assert_bucket_is_manifest_is_database()
    found, _ = export.exporter.erase_subject(str(silent), "a letter")
    assert found == 2
    assert export.lines() == []
