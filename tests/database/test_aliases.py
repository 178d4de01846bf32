"""Aliases: what the gate keeps out, what a rollback goes back to, and that moves at the same time come one by one."""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from speechgrade_local.stack import Stack

from .conftest import Connection, School

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64


@pytest.fixture
def published(school: School) -> School:
    school.settle_included()
    assert school.publish()["published"]
    return school


@pytest.fixture
def champion(published: School) -> School:
    """``ONE`` is the champion; ``TWO`` was measured when it was, and is better."""
    published.register(ONE)
    assert published.promote(ONE)["is_moved"]
    published.register(TWO, gate=published.gate(champion=ONE))
    return published


def champion_now(school: School, kind: str = "default") -> str | None:
    found = school.one("select adapter_digest from llm.aliases where scope_kind = %s and alias = 'champion'", kind)
    return None if found is None else str(found)


def last_audit(school: School, action: str) -> dict[str, Any]:
    return dict(school.one("select details from llm.audit_log where action = %s order by id desc limit 1", action))


def course(school: School) -> dict[str, str]:
    return {"scope_kind": "course", "scope_id": str(school.course)}


def test_an_adapter_without_a_gate_is_refused(published: School) -> None:
    for gate in (None, {"checks": []}):
        published.register(ONE if gate is None else TWO, gate=gate)
        answer = published.promote(ONE if gate is None else TWO)
        assert answer == {"promoted": False, "reason": "gate_missing", "failed": []}


def test_an_adapter_that_failed_is_refused_with_the_names_of_what_failed(published: School) -> None:
    published.register(gate=published.gate(better_than_mean=False))
    assert published.promote() == {"promoted": False, "reason": "gate_failed", "failed": ["better_than_mean"]}
    assert published.adapter_status() == "candidate"
    assert champion_now(published) is None


def test_a_check_without_an_outcome_has_not_passed(published: School) -> None:
    published.register(gate={"checks": [{"name": "valid_answers"}], "champion": None})
    assert published.promote()["failed"] == ["valid_answers"]


def test_force_overrules_the_gate_and_is_said_in_the_audit_log(published: School) -> None:
    published.register(gate=published.gate(valid_answers=False))
    assert published.promote(force=True)["is_forced"]
    told = last_audit(published, "promote")
    assert (told["is_forced"], told["obstacle"], told["failed"]) == (True, "gate_failed", ["valid_answers"])
    assert (told["scope"], told["alias"], told["reason"]) == ("default", "champion", "test")
    assert published.one("select is_forced from llm.alias_history") is True


def test_force_is_not_recorded_where_nothing_was_overruled(published: School) -> None:
    published.register()
    assert not published.promote(force=True)["is_forced"]
    assert last_audit(published, "promote")["is_forced"] is False


def test_a_gate_that_compared_with_another_champion_is_outdated(champion: School) -> None:
    champion.register(THREE, gate=champion.gate(champion=ONE))
    assert champion.promote(TWO)["is_moved"]
    assert champion.promote(THREE) == {"promoted": False, "reason": "gate_outdated", "failed": []}
    renewed = champion.gate(champion=TWO)
    assert champion.one("select llm.record_gate(%s, %s, 'operator')", THREE, Jsonb(renewed)) == {"recorded": True}
    assert champion.promote(THREE)["is_moved"]


def test_a_gate_without_a_champion_is_outdated_once_there_is_one(champion: School) -> None:
    champion.register(THREE)
    assert champion.promote(THREE)["reason"] == "gate_outdated"


def test_a_tainted_champion_is_nobody_to_beat(champion: School) -> None:
    champion.register(THREE)
    champion.db.execute("update llm.adapters set status = 'tainted' where digest = %s", (ONE,))
    assert champion.promote(THREE)["is_moved"]


def test_a_scope_without_a_champion_of_its_own_is_answered_by_the_default_one(champion: School) -> None:
    champion.register(THREE)
    assert champion.promote(THREE, **course(champion))["reason"] == "gate_outdated"
    assert champion.promote(TWO, **course(champion))["is_moved"]
    assert (champion_now(champion), champion_now(champion, "course")) == (ONE, TWO)


def test_a_challenger_need_not_beat_the_champion_but_everything_else(champion: School) -> None:
    champion.register(THREE, gate=champion.gate(champion=ONE, better_than_champion=False))
    assert champion.promote(THREE)["reason"] == "gate_failed"
    assert champion.promote(THREE, alias="challenger")["is_moved"]
    champion.register("4" * 64, gate=champion.gate(better_than_mean=False, better_than_champion=False))
    assert champion.promote("4" * 64, alias="challenger")["reason"] == "gate_failed"


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("course", "00000000-0000-4000-8000-00000000abcd"),
        ("rubric", ""),
        ("default", "x"),
        ("planet", "00000000-0000-4000-8000-00000000abcd"),
        ("course", "x"),
    ],
)
def test_a_scope_that_the_app_does_not_have_is_refused(published: School, kind: str, scope: str) -> None:
    published.register()
    for force in (False, True):
        answer = published.promote(scope_kind=kind, scope_id=scope, force=force)
        assert answer == {"promoted": False, "reason": "scope_unknown"}


def test_every_kind_of_scope_that_the_app_has_can_have_a_champion(published: School) -> None:
    published.register()
    institution = str(published.one("insert into public.institutions (name) values ('U') returning id"))
    scopes = {"course": str(published.course), "rubric": str(published.rubric), "institution": institution}
    for kind, scope in scopes.items():
        assert published.promote(scope_kind=kind, scope_id=scope)["is_moved"]
    listed = published.one("select llm.alias_overview()")
    assert {row["scope"] for row in listed} == {f"{kind}:{scope}" for kind, scope in scopes.items()}


def test_promoting_the_champion_again_changes_nothing(champion: School) -> None:
    assert champion.promote(ONE) == {"promoted": True, "name": f"sg-{ONE[:20]}", "is_forced": False, "is_moved": False}
    assert champion.one("select count(*) from llm.alias_history") == 1


def test_each_rollback_goes_back_one_more(champion: School) -> None:
    champion.register(THREE, gate=champion.gate(champion=TWO))
    champion.promote(TWO)
    champion.promote(THREE)
    assert [champion.rollback().get("digest") for _ in range(3)] == [TWO, ONE, None]
    champion.promote(TWO)
    assert champion.rollback()["digest"] == ONE
    assert champion.one("select count(*) from llm.audit_log where action = 'rollback'") == 3


def test_a_rollback_passes_over_what_may_not_answer_any_more(champion: School) -> None:
    champion.register(THREE, gate=champion.gate(champion=TWO))
    champion.promote(TWO)
    champion.promote(THREE)
    champion.db.execute("update llm.adapters set status = 'tainted' where digest = %s", (TWO,))
    (listed,) = champion.one("select llm.alias_overview()")
    assert (listed["adapter"], listed["previous"]) == (f"sg-{THREE[:20]}", f"sg-{ONE[:20]}")
    assert champion.rollback()["digest"] == ONE


def test_a_call_that_is_repeated_moves_nothing_twice(champion: School) -> None:
    champion.register(THREE, gate=champion.gate(champion=TWO))
    request = uuid.uuid4()
    assert [champion.promote(TWO, request=request)["is_moved"] for _ in range(2)] == [True, False]
    champion.promote(THREE)
    request = uuid.uuid4()
    assert [champion.rollback(request=request)["digest"] for _ in range(2)] == [TWO, TWO]
    assert champion_now(champion) == TWO


def demote(school: School, kind: str, scope: str, alias: str = "champion") -> dict[str, Any]:
    return dict(school.one("select llm.demote_alias('operator', 'no more', %s, %s, %s)", kind, scope, alias))


def test_an_alias_of_a_scope_can_be_taken_away_and_brought_back(champion: School) -> None:
    champion.promote(TWO, **course(champion))
    assert demote(champion, *course(champion).values()) == {"demoted": True}
    assert champion_now(champion, "course") is None
    assert champion.rollback(**course(champion))["digest"] == TWO
    assert champion_now(champion, "course") == TWO
    moves = [(row["move"], row["adapter"]) for row in champion.one("select llm.alias_moves()")]
    name = f"sg-{TWO[:20]}"
    assert moves[:3] == [("rollback", name), ("demote", None), ("promote", name)]


def test_the_default_champion_is_not_taken_away(champion: School) -> None:
    assert demote(champion, "default", "") == {"demoted": False, "reason": "default_champion_kept"}
    assert demote(champion, "default", "", "challenger") == {"demoted": False, "reason": "alias_unknown"}


def retire(school: School, digest: str) -> dict[str, Any]:
    return dict(school.one("select llm.retire_adapter(%s, 'operator', 'old')", digest))


def test_an_adapter_is_retired_when_no_alias_points_to_it(champion: School) -> None:
    assert retire(champion, ONE) == {"retired": False, "reason": "alias_points_to_it"}
    champion.promote(TWO)
    assert retire(champion, ONE)["retired"]
    assert retire(champion, ONE)["retired"]
    assert champion.one("select count(*) from llm.audit_log where action = 'retire'") == 1
    assert champion.promote(ONE, force=True)["reason"] == "adapter_retired"
    assert champion.rollback()["reason"] == "no_previous_adapter"
    assert retire(champion, THREE)["reason"] == "adapter_unknown"


def test_a_withdrawal_reaches_retired_adapters_too(champion: School) -> None:
    champion.promote(TWO)
    retire(champion, ONE)
    champion.decide(given=False, at="2026-07-01")
    assert champion.adapter_status(ONE) == champion.adapter_status(TWO) == "tainted"
    assert retire(champion, ONE)["reason"] == "adapter_tainted"


def start_purge(school: School, digest: str, *, empties: bool = False) -> dict[str, Any]:
    return dict(school.one("select llm.start_purge(%s, 'operator', 'withdrawn', %s)", digest, empties))


def test_only_a_tainted_adapter_that_no_alias_points_to_is_purged(champion: School) -> None:
    assert start_purge(champion, ONE) == {"may_purge": False, "reason": "adapter_not_tainted"}
    champion.promote(TWO, **course(champion))
    champion.decide(given=False, at="2026-07-01")
    assert start_purge(champion, TWO) == {"may_purge": False, "reason": "alias_points_to_it"}
    allowed = start_purge(champion, TWO, empties=True)
    assert allowed == {"may_purge": True, "name": f"sg-{TWO[:20]}", "object_prefix": TWO}
    assert champion_now(champion, "course") is None
    assert champion_now(champion) == ONE
    assert champion.one("select llm.complete_purge(%s, 'operator', 'withdrawn', 7)", TWO) == {"purged": True}
    row = champion.db.execute(
        "select status, purged_at is not null as dated from llm.adapters where digest = %s", (TWO,)
    )
    assert row.fetchone() == {"status": "purged", "dated": True}
    assert last_audit(champion, "purge") == {"reason": "withdrawn", "objects": 7}
    assert last_audit(champion, "purge_alias")["scope"] == f"course:{champion.course}"
    assert champion.promote(TWO, force=True)["reason"] == "adapter_purged"


def test_a_purged_adapter_that_is_registered_again_stays_purged(champion: School) -> None:
    champion.db.execute("update llm.adapters set status = 'purged' where digest = %s", (TWO,))
    assert champion.register(TWO) == "purged"


def test_a_gate_is_recorded_for_a_known_adapter_and_dataset_only(published: School) -> None:
    published.register(ONE, gate=None)
    record = "select llm.record_gate(%s, %s, 'operator')"
    unknown = Jsonb(published.gate(dataset="9" * 64))
    assert published.one(record, ONE, unknown) == {"recorded": False, "reason": "dataset_unknown"}
    assert published.one(record, TWO, Jsonb(published.gate())) == {"recorded": False, "reason": "adapter_unknown"}
    assert published.one(record, ONE, Jsonb(published.gate(valid_answers=False))) == {"recorded": True}
    assert last_audit(published, "record_gate")["failed"] == ["valid_answers"]
    with pytest.raises(psycopg.errors.CheckViolation):
        published.one(record, ONE, Jsonb({"dataset": "d" * 64}))


def test_the_overview_says_what_one_decides_by(champion: School) -> None:
    champion.register(
        THREE, gate=champion.gate(better_than_mean=False), metrics={"test": {"who": {"adapter": {"mae": 0.5}}}}
    )
    rows = {row["digest"]: row for row in champion.one("select llm.adapter_overview()")}
    assert (rows[THREE]["mae"], rows[THREE]["failed"], rows[THREE]["aliases"]) == (0.5, ["better_than_mean"], [])
    assert (rows[ONE]["status"], rows[ONE]["aliases"], rows[ONE]["dataset"]) == (
        "approved",
        ["default champion"],
        "d" * 64,
    )


@pytest.fixture
def committed(database: Stack) -> Iterator[School]:
    """A school that other connections see; whatever was committed is deleted afterwards."""
    with psycopg.connect(database.database_url, row_factory=dict_row) as db:
        school = School(db)
        school.build()
        school.settle_included()
        school.publish()
        db.commit()
        yield school
        db.rollback()
        tables = "alias_history, llm.aliases, llm.adapters, llm.training_events, llm.training_runs, llm.dataset_shards"
        rest = (
            "llm.datasets, llm.shard_slots, llm.shard_members, llm.shards, llm.erasures, llm.leases, llm.training_data"
        )
        db.execute(f"truncate llm.{tables}, {rest}, llm.change_queue cascade")
        db.execute("truncate public.evaluations, public.consent_forms, public.course_students, public.courses cascade")
        db.execute("delete from llm.change_queue")
        db.commit()


def meanwhile(stack: Stack, act: Callable[[Connection], Any]) -> tuple[threading.Thread, list[Any]]:
    """Begin something on another connection, and return once PostgreSQL says that it waits for a lock."""
    found: list[Any] = []
    started = threading.Event()
    process: list[int] = []

    def other() -> None:
        with psycopg.connect(stack.database_url, row_factory=dict_row) as db:
            process.append(db.info.backend_pid)
            started.set()
            found.append(act(db))

    thread = threading.Thread(target=other)
    thread.start()
    assert started.wait(10)
    waits = "select 1 from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
    with psycopg.connect(stack.database_url, autocommit=True) as watch:
        for _ in range(1000):
            if watch.execute(waits, process).fetchone():
                return thread, found
            watch.execute("select pg_sleep(0.01)")
    raise AssertionError("the other connection did not have to wait")


def test_of_two_promotions_at_once_the_second_sees_the_first(database: Stack, committed: School) -> None:
    committed.register(ONE)
    committed.register(TWO)
    committed.db.commit()
    assert committed.promote(ONE)["is_moved"]
    thread, found = meanwhile(database, lambda db: School(db).promote(TWO))
    committed.db.commit()
    thread.join(10)
    assert found == [{"promoted": False, "reason": "gate_outdated", "failed": []}]
    assert champion_now(committed) == ONE


def test_a_promotion_waits_for_a_withdrawal_and_is_refused(database: Stack, committed: School) -> None:
    committed.register(ONE)
    committed.db.commit()
    committed.decide(given=False, at="2026-07-01")
    thread, found = meanwhile(database, lambda db: School(db).promote(ONE, force=True))
    committed.db.commit()
    thread.join(10)
    assert found == [{"promoted": False, "reason": "adapter_tainted"}]
    assert champion_now(committed) is None


def test_a_withdrawal_during_a_promotion_taints_what_was_promoted(database: Stack, committed: School) -> None:
    committed.register(ONE)
    committed.db.commit()
    assert committed.promote(ONE)["is_moved"]

    def refuse(db: Connection) -> None:
        School(db, course=committed.course, student=committed.student).decide(given=False, at="2026-07-01")

    thread, _ = meanwhile(database, refuse)
    committed.db.commit()
    thread.join(10)
    assert committed.adapter_status(ONE) == "tainted"
    assert [entry["servable"] for entry in committed.one("select llm.serving_state()")] == [False]


def test_a_withdrawal_during_a_registration_taints_what_is_registered(database: Stack, committed: School) -> None:
    committed.register(ONE)

    def refuse(db: Connection) -> None:
        School(db, course=committed.course, student=committed.student).decide(given=False, at="2026-07-01")

    thread, _ = meanwhile(database, refuse)
    committed.db.commit()
    thread.join(10)
    assert committed.adapter_status(ONE) == "tainted"


def test_a_registration_waits_for_a_withdrawal_and_is_born_tainted(database: Stack, committed: School) -> None:
    committed.decide(given=False, at="2026-07-01")
    thread, found = meanwhile(database, lambda db: School(db).register(ONE))
    committed.db.commit()
    thread.join(10)
    assert found == ["tainted"]
