"""Datasets, withdrawals, adapters and aliases: what the database itself refuses, and what it does in one transaction."""

import re
import uuid

import psycopg
import pytest
from psycopg.types.json import Jsonb

from .conftest import REPO, School


@pytest.fixture
def published(school: School) -> School:
    school.settle_included()
    assert school.publish()["published"]
    return school


def withdraw(school: School) -> None:
    """The student says no; nobody has run since."""
    school.decide(given=False, at="2026-07-01")


def test_a_shard_that_is_not_what_the_rows_say_is_refused(school: School) -> None:
    school.settle_included()
    (part,) = school.plan()["unmade"]
    assert school.record(part, members=[]) == {"stale": 1}
    wrong = {"evaluation_id": str(school.evaluation), "content_sha256": "0" * 64}
    assert school.record(part, members=[wrong]) == {"stale": 1}
    assert school.queue() is not None
    assert school.record(part) == {"stale": 0}


def test_a_shard_is_refused_the_moment_a_consent_is_gone(school: School) -> None:
    school.settle_included()
    (part,) = school.plan()["unmade"]
    # A trigger that is switched off does not get a withdrawal past the last look.
    school.db.execute("alter table public.consent_forms disable trigger llm_enqueue")
    withdraw(school)
    assert school.one("select status from llm.training_data") == "included"
    assert school.record(part) == {"stale": 1}
    assert school.one("select status from llm.training_data") == "excluded"


def test_a_snapshot_with_a_change_since_its_plan_is_refused(published: School) -> None:
    withdraw(published)
    shards = published.db.execute("select path from llm.shards").fetchall()
    body = {"digest": "1" * 64, "shards": [row["path"] for row in shards]}
    assert published.one("select llm.publish_dataset('w1', %s)", Jsonb(body)) == {"published": False, "reason": "stale"}


def test_nobody_publishes_without_the_lease(published: School) -> None:
    with pytest.raises(psycopg.errors.LockNotAvailable), published.db.transaction():
        published.one("select llm.plan_dataset('w2', 64)")
    assert not published.one("select llm.acquire_lease('publisher', 'w2', 60)")
    published.db.execute("update llm.leases set held_until = now() - interval '1 second'")
    assert published.one("select llm.acquire_lease('publisher', 'w2', 60)")


def test_the_same_snapshot_is_published_once(published: School) -> None:
    assert published.publish() == {"published": False, "reason": "unchanged"}
    assert published.one("select count(*) from llm.datasets where status = 'current'") == 1


def test_a_withdrawal_taints_every_adapter_that_learned_from_it(published: School) -> None:
    assert published.register() == "candidate"
    assert published.promote()["promoted"]
    withdraw(published)
    # In the transaction of the withdrawal itself: no exporter has run.
    assert published.adapter_status() == "tainted"
    assert published.one("select exclusion_reason from llm.training_data") == "student_consent_refused"
    state = published.one("select llm.serving_state()")
    assert [entry["servable"] for entry in state] == [False]
    assert published.one("select count(*) from llm.erasures where completed_at is null") == 1
    # The log only grows, so that what other tests have committed is still in it.
    assert published.one("select count(*) from llm.audit_log where action = 'withdraw' and at = now()") == 1


def test_a_soft_delete_takes_the_example_out_and_taints_nobody(published: School) -> None:
    published.register()
    published.db.execute("update public.evaluations set deleted_locally_at = now()")
    published.claim()
    queued = published.queue()
    assert queued is not None
    out = {"status": "excluded", "exclusion_reason": "evaluation_deleted"}
    published.settle({"evaluation_id": str(published.evaluation), "generation": queued["generation"], **out})
    assert published.adapter_status() == "candidate"
    assert published.one("select status from llm.training_data") == "excluded"


@pytest.mark.parametrize("is_hidden_first", [True, False])
def test_where_hiding_means_withdrawing_it_taints_and_erases_what_is_hidden_already_too(
    published: School, is_hidden_first: bool
) -> None:
    published.register()
    hide = "update public.evaluations set deleted_locally_at = now()"
    # As docs/privacy.md says it.
    page = (REPO / "docs" / "privacy.md").read_text("utf-8")
    (policy,) = re.findall(r"```sql\n(update llm\.policy .+?)```", page, re.DOTALL)
    for step in (hide, policy) if is_hidden_first else (policy, hide):
        published.db.execute(step)
    assert published.adapter_status() == "tainted"
    assert published.one("select count(*) from llm.erasures where reason = 'evaluation_deleted'") == 1


def forgotten(school: School, reason: str, at: str) -> None:
    """A certificate that the bucket remembers and a restored database does not."""
    certificate = {"id": str(uuid.uuid4()), "example_id": "b" * 32, "subject_hash": "a" * 32, "reason": reason}
    school.one("select llm.restore_erasures('test', %s)", Jsonb([certificate | {"requested_at": at}]))


def test_a_second_restore_knows_of_the_later_withdrawal(school: School) -> None:
    school.settle_included()
    forgotten(school, "student_consent_refused", "2026-02-01")
    assert school.one("select exclusion_reason from llm.training_data") == "withdrawn_before_restore"
    school.decide(given=True, at="2026-03-01")
    school.settle_included()
    forgotten(school, "student_consent_refused", "2026-04-01")
    forgotten(school, "student_consent_refused", "2026-01-15")
    assert school.one("select exclusion_reason from llm.training_data") == "withdrawn_before_restore"


def test_what_was_taken_out_by_hand_is_so_after_a_restore_whatever_else_the_bucket_remembers(school: School) -> None:
    school.settle_included()
    for reason in ("student_consent_refused", "taken_out", "student_consent_refused"):
        forgotten(school, reason, "2025-01-01")
    assert school.one("select exclusion_reason from llm.training_data") == "taken_out"


def test_a_key_that_was_replaced_after_the_backup_keeps_nobody_out(school: School) -> None:
    school.settle_included()
    forgotten(school, "subject_key_replaced", "2999-01-01")
    assert school.one("select status from llm.training_data") == "included"
    assert school.one("select count(*) from llm.tombstones") == 0


def test_an_erasure_is_certified_only_when_no_current_snapshot_holds_the_example(published: School) -> None:
    withdraw(published)
    pending = published.one("select llm.pending_erasures()")
    assert pending["objects"] == []
    ids = [certificate["id"] for certificate in pending["certificates"]]
    assert len(ids) == 1
    assert published.one("select llm.complete_erasures('w1', %s::uuid[], '{}')", ids) == 0
    assert published.publish("1" * 64)["published"]
    pending = published.one("select llm.pending_erasures()")
    assert [path.startswith("shards/train/") for path in pending["objects"]] == [True]
    assert published.one("select llm.complete_erasures('w1', %s::uuid[], %s)", ids, pending["objects"]) == 1
    assert published.one("select status from llm.datasets where digest = %s", "d" * 64) == "erased"
    assert published.one("select certificate ->> 'objects_deleted' from llm.erasures") == "1"


def test_a_second_withdrawal_taints_what_was_trained_before_the_first_was_carried_out(published: School) -> None:
    withdraw(published)
    published.decide(given=True, at="2026-07-02")
    published.settle_included()
    published.publish("2" * 64)
    assert published.register("3" * 64, "2" * 64) == "candidate"
    published.decide(given=False, at="2026-07-03")
    assert published.adapter_status("3" * 64) == "tainted"
    assert published.one("select count(*) from llm.erasures") == 1


def test_an_adapter_of_withdrawn_data_is_born_tainted(published: School) -> None:
    published.decide(given=False, at="2026-07-01")
    assert published.register() == "tainted"
    assert published.promote() == {"promoted": False, "reason": "adapter_tainted"}
    assert published.promote(force=True) == {"promoted": False, "reason": "adapter_tainted"}


def test_an_erased_dataset_cannot_be_trained_on(published: School) -> None:
    published.db.execute("update llm.datasets set status = 'erased'")
    with pytest.raises(psycopg.errors.NoDataFound):
        published.register()


def test_rollback_returns_to_the_adapter_before(published: School) -> None:
    published.register("1" * 64)
    published.register("2" * 64, gate=published.gate(champion="1" * 64))
    published.promote("1" * 64)
    assert published.rollback()["reason"] == "no_previous_adapter"
    published.promote("2" * 64)
    assert published.rollback()["digest"] == "1" * 64
    assert published.one("select adapter_digest from llm.aliases") == "1" * 64
    assert published.one("select count(*) from llm.alias_history") == 3


def test_an_unknown_adapter_is_not_promoted(school: School) -> None:
    assert school.promote("9" * 64) == {"promoted": False, "reason": "adapter_unknown"}


def test_a_silent_run_is_found_dead_by_the_next_one(published: School) -> None:
    published.register("1" * 64)
    published.db.execute(
        "update llm.training_runs set status = 'running', heartbeat_at = now() - interval '1 hour', finished_at = null"
    )
    published.register("2" * 64)
    failed = published.one("select error_code from llm.training_runs where status = 'failed'")
    assert failed == "heartbeat_lost"


@pytest.mark.parametrize(
    "change", ["update llm.audit_log set actor = 'x'", "delete from llm.audit_log", "truncate llm.audit_log"]
)
def test_the_audit_log_only_grows(published: School, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        published.db.execute(change)
