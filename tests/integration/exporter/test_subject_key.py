"""The key of the pseudonyms is replaced as docs/subject-key.md says: by its own SQL, step by step."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from pydantic import SecretStr
from speechgrade_exporter.errors import SubjectKeyChanged
from speechgrade_exporter.exporter import Exporter
from speechgrade_exporter.settings import ExporterSettings

from .conftest import REPO
from .test_withdrawal import train_on

pytestmark = pytest.mark.stack
PAGE = REPO / "docs" / "subject-key.md"
WHO_STAYS_OUT, TYPES, EVERYBODY_LEAVES, ROWS_GO, EVERYBODY_BACK = re.findall(
    r"```sql\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL
)


def run(school: Any, sql: str) -> list[dict[str, Any]]:
    """A block of the page, as an operator pastes it: as the owner of the database, who is no superuser."""
    with psycopg.connect(school.db.info.dsn, password=school.db.info.password, autocommit=True) as db:
        db.row_factory = psycopg.rows.dict_row
        db.execute("set role postgres")
        answer = db.execute(sql)
        return answer.fetchall() if answer.description else []


@pytest.fixture(autouse=True)
def _left_as_it_was(school) -> Iterator[None]:
    yield
    school.db.execute("delete from llm.key_checks; update llm.policy set consent_types = default")


@pytest.fixture
def renewed(export) -> Iterator[Exporter]:
    """An exporter with another key."""
    settings = ExporterSettings().model_copy(update={"subject_key": SecretStr("another key of the tests, as long too")})
    exporter = type(export.exporter).from_settings(settings)
    yield exporter
    exporter.project.close()


def pseudonyms(school: Any) -> set[str]:
    rows = school.db.execute("select distinct subject_hash from llm.training_data where status = 'included'")
    return {row["subject_hash"] for row in rows}


def keep_out(exporter: Exporter, person: str | None = None, evaluation: uuid.UUID | None = None) -> None:
    """``erase`` or ``take-out`` without the run that follows: that is made once."""
    if evaluation is not None:
        exporter.project.rpc("take_out_evaluation", exporter._one(evaluation, "a name"))
    if person is not None:
        params = {"p_actor": "test", "p_keys": exporter._hashes(person), "p_reason": "a letter"}
        exporter.project.rpc("erase_subject", params)


def restore_withdrawal(school: Any, evaluation: uuid.UUID) -> None:
    """A certificate in the bucket knew more than the restored database."""
    example = school.one("select example_id from llm.training_data where evaluation_id = %s", evaluation)
    certificate = {"id": str(uuid.uuid4()), "example_id": example, "subject_hash": "a" * 32, "reason": "r"}
    certificate["requested_at"] = "2999-01-01T00:00:00Z"
    school.db.execute("select llm.restore_erasures('test', %s)", (Jsonb([certificate]),))


def test_the_key_is_replaced_and_whoever_was_out_stays_out(export, school, renewed) -> None:
    students = [school.enrol(number) for number in range(4)]
    taken_out, gone = school.speak(students[3], 6), school.speak(students[2], 7)
    school.db.execute("delete from public.evaluations where id = %s", (gone,))
    evaluations = [school.speak(student, number) for number, student in enumerate(students)]
    export.once()
    adapter = train_on(school, school.dataset()["digest"])
    school.db.execute("update llm.training_runs set status = 'succeeded'")
    keep_out(export.exporter, "noor.haddad0@student.example")
    keep_out(export.exporter, "omar.farouk5@student.example", taken_out)
    restore_withdrawal(school, evaluations[1])
    former = pseudonyms(school)
    assert len(former) == 2

    listed = {row["enrolment"]: (row["reason"], row["evaluations"]) for row in run(school, WHO_STAYS_OUT)}
    assert listed == {
        "": ("subject_erased", None),
        str(students[0]): ("subject_erased", None),
        str(students[1]): ("withdrawn_before_restore", None),
        str(students[3]): ("taken_out", [taken_out]),
    }
    assert run(school, TYPES) == [{"consent_types": ["llm_training", "data_collection"]}]
    with pytest.raises(psycopg.errors.RaiseException, match="step 2"):
        run(school, ROWS_GO)

    run(school, EVERYBODY_LEAVES)
    assert school.one("select status from llm.adapters where digest = %s", adapter) == "tainted"
    with pytest.raises(psycopg.errors.RaiseException, match="objects are left"):
        run(school, ROWS_GO)
    export.once()
    assert (export.objects(), school.dataset()["examples"]) == (set(), 0)

    with pytest.raises(SubjectKeyChanged):
        renewed.run_once()
    run(school, ROWS_GO)
    run(school, ROWS_GO)
    assert school.one("select count(*) from llm.shard_members where subject_hash <> ''") == 0
    left = school.db.execute("select evaluation_id, subject_hash, example_id from llm.training_data").fetchall()
    assert left == [{"evaluation_id": gone, "subject_hash": None, "example_id": None}]
    renewed.erase_subject(str(students[0]), "named again under a new key")
    keep_out(renewed, str(students[1]))
    keep_out(renewed, "omar.farouk5@student.example", taken_out)
    with pytest.raises(psycopg.errors.RaiseException, match="once"):
        run(school, ROWS_GO)
    assert pseudonyms(school) == set()

    run(school, EVERYBODY_BACK)
    newcomer = school.speak(school.enrol(5), 5)
    renewed.sweep()
    assert [school.settled(evaluation)[0] for evaluation in evaluations] == ["excluded", "excluded", *["included"] * 2]
    assert school.settled(taken_out) == ("excluded", "taken_out")
    assert school.settled(newcomer) == ("excluded", "subject_erased")
    assert len(pseudonyms(school)) == 2
    assert not pseudonyms(school) & former
    assert {line["subject"] for line in export.lines()} == pseudonyms(school)
    export.assert_bucket_is_manifest_is_database()


def test_a_training_that_may_be_gone_on_with_holds_the_key_up_and_there_is_a_way_back(export, school) -> None:
    school.speak(school.enrol(0))
    export.once()
    former = pseudonyms(school)
    train_on(school, school.dataset()["digest"])
    run(school, EVERYBODY_LEAVES)
    export.once()
    with pytest.raises(psycopg.errors.RaiseException, match="training"):
        run(school, ROWS_GO)
    run(school, EVERYBODY_BACK)
    export.once()
    assert pseudonyms(school) == former
