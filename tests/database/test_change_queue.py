"""The queue: filled in the writer's transaction, coalescing, leased to one worker at a time, never losing a change."""

import psycopg
import pytest
from speechgrade_local.stack import Stack

from .conftest import School


@pytest.mark.parametrize(
    "change",
    [
        "update public.evaluations set transcript = 'new words'",
        "update public.evaluations set deleted_locally_at = now()",
        "update public.consent_forms set consent_given = false",
        "delete from public.consent_forms",
        "update public.user_profiles set llm_training_consent_given = false",
        "update public.rubrics set categories = '[1]'",
        "update public.course_students set last_name = 'Newname'",
        "update public.courses set name = 'Renamed'",
        "insert into public.course_students (course_id, first_name) select id, 'Classmate' from public.courses",
    ],
)
def test_every_change_that_matters_is_queued_with_it(school: School, change: str) -> None:
    school.clear_queue()
    school.db.execute(change)
    assert school.queue() is not None


def test_a_deleted_evaluation_is_looked_at_once_more(school: School) -> None:
    school.clear_queue()
    school.db.execute("delete from public.evaluations")
    assert school.queue() is not None


def test_what_the_scorer_writes_is_no_news(school: School) -> None:
    school.clear_queue()
    school.db.execute("update public.evaluations set model_used = 'base@1+r1'")
    assert school.queue() is None


def test_a_flood_of_changes_is_one_row(school: School) -> None:
    school.clear_queue()
    for number in range(5):
        school.db.execute("update public.evaluations set transcript = %s", (str(number),))
    queued = school.queue()
    assert queued is not None
    assert queued["generation"] == 5


def test_a_change_that_is_rolled_back_was_never_queued(school: School) -> None:
    school.clear_queue()
    with pytest.raises(psycopg.errors.DivisionByZero), school.db.transaction():
        school.db.execute("update public.evaluations set transcript = 'x'")
        school.db.execute("select 1 / 0")
    assert school.queue() is None


def test_a_claimed_change_is_nobody_elses_until_the_lease_ends(school: School) -> None:
    assert len(school.claim("w1")) == 1
    assert school.claim("w2") == []
    school.db.execute("update llm.change_queue set lease_until = now() - interval '1 second'")
    assert len(school.claim("w2")) == 1


def test_two_workers_at_the_same_time_get_different_changes(database: Stack) -> None:
    with psycopg.connect(database.database_url) as first, psycopg.connect(database.database_url) as second:
        try:
            first.execute(
                "insert into llm.change_queue (evaluation_id, reason) select gen_random_uuid(), 't' from generate_series(1, 6)"
            )
            first.commit()
            sql = "select evaluation_id from llm.claim_changes(%s, 4, 60)"
            one = {row[0] for row in first.execute(sql, ("w1",)).fetchall()}
            two = {row[0] for row in second.execute(sql, ("w2",)).fetchall()}
            assert len(one) == 4
            assert len(two) == 2
            assert not one & two
        finally:
            first.rollback()
            second.rollback()
            first.execute("delete from llm.change_queue")


def test_settling_acknowledges(school: School) -> None:
    school.settle_included()
    assert school.queue() is None
    assert school.one("select status from llm.training_data") == "included"


def test_a_change_during_the_work_stays_queued(school: School) -> None:
    school.claim()
    queued = school.queue()
    assert queued is not None
    school.db.execute("update public.evaluations set transcript = 'changed meanwhile'")
    school.settle(school.included(queued["generation"]))
    again = school.queue()
    assert again is not None
    assert again["lease_owner"] is None


def test_who_lost_the_lease_changes_nothing(school: School) -> None:
    school.claim("w1")
    assert school.settle(school.included(1), worker="w2") == {"lease_lost": 1}
    assert school.one("select count(*) from llm.training_data") == 0


def test_consent_is_read_again_when_an_example_is_kept(school: School) -> None:
    school.claim()
    queued = school.queue()
    assert queued is not None
    school.decide(given=False, at="2026-06-01")
    assert school.settle(school.included(queued["generation"])) == {"excluded": 1}
    row = school.db.execute("select exclusion_reason, anonymized_transcript from llm.training_data").fetchone()
    assert row == {"exclusion_reason": "student_consent_refused", "anonymized_transcript": None}


def test_a_failing_change_leaves_the_data_and_dies_alone_after_five_tries(school: School) -> None:
    school.settle_included()
    school.db.execute("update public.evaluations set transcript = 'again'")
    for _ in range(5):
        school.db.execute("update llm.change_queue set lease_until = null")
        assert len(school.claim()) == 1
        assert school.one("select llm.fail_changes('w1', %s, 'boom')", [school.evaluation]) == 1
    assert school.one("select status from llm.training_data") == "quarantined"
    school.db.execute("update llm.change_queue set lease_until = null")
    assert school.claim() == []
    assert school.one("select (llm.queue_state() ->> 'dead')::int") == 1
    assert school.one("select llm.replay_dead('operator')") == 1
    assert len(school.claim()) == 1


def test_an_outage_uses_up_nobodys_tries(school: School) -> None:
    for _ in range(7):
        school.db.execute("update llm.change_queue set lease_until = null")
        assert len(school.claim()) == 1
        school.one("select llm.fail_changes('w1', %s, 'project_unreachable', false)", [school.evaluation])
    queued = school.queue()
    assert queued is not None
    assert (queued["attempts"], queued["dead_at"]) == (0, None)


def test_a_heartbeat_keeps_what_is_claimed_and_wins_nothing_back(school: School) -> None:
    school.claim("w1", lease_seconds=1)
    assert school.one("select llm.extend_claims('w1', 600)") == 1
    assert school.one("select lease_until > now() + interval '9 minutes' from llm.change_queue")
    school.db.execute("update llm.change_queue set lease_until = now() - interval '1 second'")
    assert school.one("select llm.extend_claims('w1', 600)") == 0


@pytest.mark.parametrize("table", ["evaluations", "consent_forms", "course_students", "courses", "user_profiles"])
def test_a_table_that_is_emptied_in_one_go_is_noticed(school: School, table: str) -> None:
    school.settle_included()
    school.db.execute(f"truncate public.{table} cascade")
    assert school.queue() is not None
    assert school.one("select status from llm.training_data") == "excluded"


def test_another_rule_of_consent_looks_at_everything_again(school: School) -> None:
    school.settle_included()
    school.db.execute("update llm.policy set consent_types = '{research}'")
    assert school.queue() is not None
    assert school.one("select exclusion_reason from llm.training_data") == "student_consent_missing"


def test_a_person_stays_in_the_split_of_their_first_published_example(school: School) -> None:
    school.settle_included()
    school.publish()
    school.db.execute("update public.evaluations set transcript = 'again'")
    school.claim()
    queued = school.queue()
    assert queued is not None
    school.settle(school.included(queued["generation"], split="test"))
    assert school.one("select split from llm.training_data") == "train"
