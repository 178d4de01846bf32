"""No text goes to another provider unless its institution has said so, and who said it is written down."""

import uuid
from typing import Any

import pytest

from .conftest import School


@pytest.fixture
def institution(school: School) -> uuid.UUID:
    number = uuid.uuid4()
    school.db.execute("insert into public.institutions (id, name) values (%s, 'Hill College')", (number,))
    return number


def decide(school: School, institution: uuid.UUID | None, allows: bool | None, reason: str | None = "board") -> Any:
    return school.one("select llm.set_institution_rule(%s, %s, 'operator', %s)", institution, allows, reason)


def allows(school: School, institution: uuid.UUID | None) -> Any:
    return school.one("select llm_private.allows_external(%s)", institution)


def test_nothing_is_allowed_until_the_institution_says_so(school: School, institution: uuid.UUID) -> None:
    assert [allows(school, one) for one in (None, uuid.uuid4(), institution)] == [False, False, False]
    assert decide(school, institution, True) == {"set": True, "allows_external": True}
    assert allows(school, institution) is True
    assert allows(school, uuid.uuid4()) is False


@pytest.mark.parametrize("said", [False, None])
def test_a_decision_can_be_taken_back(school: School, institution: uuid.UUID, said: bool | None) -> None:
    decide(school, institution, True)
    assert decide(school, institution, said) == {"set": True, "allows_external": False}
    assert allows(school, institution) is False
    assert school.one("select count(*) from llm.institution_rules") == 1


def test_every_decision_is_in_the_audit_log_with_its_reason(school: School, institution: uuid.UUID) -> None:
    decide(school, institution, True, "the board of 3 May")
    decide(school, institution, False, "the board of 9 May")
    rows = school.db.execute(
        "select actor, subject, details from llm.audit_log where action = 'set_institution_rule' order by id"
    ).fetchall()
    assert [(row["actor"], row["subject"]) for row in rows] == [("operator", str(institution))] * 2
    assert [row["details"] for row in rows] == [
        {"allows_external": True, "reason": "the board of 3 May"},
        {"allows_external": False, "reason": "the board of 9 May"},
    ]


def test_what_leaves_is_in_the_audit_log_whatever_comes_of_it(school: School) -> None:
    score = uuid.uuid4()
    told = (score, school.evaluation, "user:1", "openai:api.example.com")
    school.one("select llm.record_disclosure(%s, %s, %s, %s)", *told)
    row = school.db.execute("select actor, subject, details from llm.audit_log where action = 'disclose'").fetchone()
    details = {"score": str(score), "recipient": "openai:api.example.com"}
    assert row == {"actor": "user:1", "subject": str(school.evaluation), "details": details}


def test_an_unknown_institution_and_a_missing_reason_are_refused(school: School, institution: uuid.UUID) -> None:
    for unknown in (uuid.uuid4(), None):
        assert decide(school, unknown, True) == {"set": False, "reason": "institution_unknown"}
    for reason in (" ", None):
        assert decide(school, institution, True, reason) == {"set": False, "reason": "reason_missing"}
    assert school.one("select count(*) from llm.institution_rules") == 0
    assert school.one("select count(*) from llm.audit_log where action = 'set_institution_rule'") == 0
