"""What the scorer reads: who answers, who would come back, and how much of a scope its challenger is asked."""

import uuid
from typing import Any

import psycopg
import pytest

from .conftest import School

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64


@pytest.fixture
def published(school: School) -> School:
    school.settle_included()
    assert school.publish()["published"]
    return school


@pytest.fixture
def challenged(published: School) -> School:
    """``ONE`` is the champion and ``TWO`` its challenger."""
    published.register(ONE)
    published.register(TWO, gate=published.gate(champion=ONE))
    assert published.promote(ONE)["is_moved"]
    assert published.promote(TWO, alias="challenger")["is_moved"]
    return published


def state(school: School) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["scope_kind"], row["alias"]): row for row in school.one("select llm.serving_state()")}


def challenge(school: School, percent: int | None, *, is_shadow: bool | None = True, **options: str) -> dict[str, Any]:
    named = "".join(f", p_{name} => %s" for name in options)
    sql = f"select llm.set_challenge('operator', 'compare', %s, %s{named})"
    return dict(school.one(sql, percent, is_shadow, *options.values()))


def test_a_challenger_that_was_only_promoted_is_asked_nothing(challenged: School) -> None:
    row = state(challenged)["default", "challenger"]
    assert (row["digest"], row["servable"], row["percent"], row["is_shadow"]) == (TWO, True, 0, True)


def test_a_challenge_is_set_and_audited_with_what_was_before(challenged: School) -> None:
    assert challenge(challenged, 20) == {"set": True, "name": f"sg-{TWO[:20]}", "percent": 20, "is_shadow": True}
    assert challenge(challenged, 5, is_shadow=False)["set"]
    row = state(challenged)["default", "challenger"]
    assert (row["percent"], row["is_shadow"]) == (5, False)
    told = challenged.one("select details from llm.audit_log where action = 'set_challenge' order by id desc limit 1")
    assert told == {
        "scope": "default",
        "percent": 5,
        "is_shadow": False,
        "percent_before": 20,
        "is_shadow_before": True,
        "reason": "compare",
    }


def test_the_same_challenge_again_is_not_audited_twice(challenged: School) -> None:
    assert [challenge(challenged, 20)["set"] for _ in range(2)] == [True, True]
    sql = "select count(*) from llm.audit_log where action = 'set_challenge' and at = now()"
    assert challenged.one(sql) == 1


def test_what_was_said_of_one_challenger_is_not_said_of_the_next(challenged: School) -> None:
    challenge(challenged, 50, is_shadow=False)
    challenged.register(THREE, gate=challenged.gate(champion=ONE))
    assert challenged.promote(THREE, alias="challenger")["is_moved"]
    row = state(challenged)["default", "challenger"]
    assert (row["digest"], row["percent"], row["is_shadow"]) == (THREE, 0, True)
    refusal = challenge(challenged, 50, is_shadow=False, adapter=TWO)
    assert refusal == {"set": False, "reason": "challenger_changed", "name": f"sg-{THREE[:20]}"}
    assert challenge(challenged, 50, adapter=f"sg-{THREE[:20]}")["set"]
    assert challenged.rollback(alias="challenger")["digest"] == TWO
    assert state(challenged)["default", "challenger"]["percent"] == 0


def test_promoting_the_same_challenger_again_leaves_its_challenge(challenged: School) -> None:
    challenge(challenged, 50)
    assert not challenged.promote(TWO, alias="challenger")["is_moved"]
    assert state(challenged)["default", "challenger"]["percent"] == 50


@pytest.mark.parametrize(("percent", "is_shadow"), [(-1, True), (101, True), (None, True), (10, None)])
def test_a_challenge_that_makes_no_sense_is_refused(
    challenged: School, percent: int | None, is_shadow: bool | None
) -> None:
    assert challenge(challenged, percent, is_shadow=is_shadow) == {"set": False, "reason": "challenge_invalid"}


def test_only_the_challenger_of_the_scope_is_set(challenged: School) -> None:
    scope = {"scope_kind": "course", "scope_id": str(challenged.course)}
    assert challenge(challenged, 10, **scope) == {"set": False, "reason": "challenger_unknown"}
    challenged.promote(TWO, alias="challenger", **scope)
    assert challenge(challenged, 10, **scope)["set"]
    assert {kind: row["percent"] for (kind, _), row in state(challenged).items()} == {"default": 0, "course": 10}


def test_a_tainted_challenger_is_asked_nothing_any_more(challenged: School) -> None:
    challenged.db.execute("update llm.adapters set status = 'tainted' where digest = %s", (TWO,))
    assert challenge(challenged, 10)["reason"] == "adapter_tainted"
    assert challenge(challenged, 0)["set"]
    assert state(challenged)["default", "challenger"]["servable"] is False


def test_a_champion_is_never_a_matter_of_percent(challenged: School) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        challenged.db.execute("update llm.aliases set percent = 10 where alias = 'champion'")


def test_the_state_names_whom_a_rollback_would_bring_back(challenged: School) -> None:
    assert state(challenged)["default", "champion"]["previous"] is None
    challenged.promote(TWO)
    champion = state(challenged)["default", "champion"]
    assert (champion["digest"], champion["previous"]["digest"]) == (TWO, ONE)
    assert champion["previous"].keys() <= champion.keys()
    assert state(challenged)["default", "challenger"]["previous"] is None
    challenged.db.execute("update llm.adapters set status = 'tainted' where digest = %s", (TWO,))
    champion = state(challenged)["default", "champion"]
    assert (champion["servable"], champion["previous"]["digest"]) == (False, ONE)
    challenged.db.execute("update llm.adapters set status = 'retired' where digest = %s", (ONE,))
    assert state(challenged)["default", "champion"]["previous"] is None


def test_a_superseded_adapter_may_go_on_only_while_it_is_approved(challenged: School) -> None:
    challenged.promote(TWO)
    challenged.rollback()
    names = [f"sg-{digest[:20]}" for digest in (ONE, TWO, THREE)]
    assert challenged.one("select llm.still_approved(%s)", names) == names[:2]
    challenged.db.execute("update llm.adapters set status = 'tainted' where digest = %s", (TWO,))
    assert challenged.one("select llm.still_approved(%s)", names) == names[:1]
    assert challenged.one("select llm.still_approved('{}')") == []


def test_a_scope_nobody_challenged_is_unknown(challenged: School) -> None:
    answer = challenge(challenged, 1, scope_kind="rubric", scope_id=str(uuid.uuid4()))
    assert answer == {"set": False, "reason": "challenger_unknown"}
