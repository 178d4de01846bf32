"""What the database says about itself: grants, doors, triggers, and how things stand."""

import psycopg
import pytest

from .conftest import Connection, School, as_role

TABLES = ["consent_forms", "course_students", "courses", "evaluations", "rubrics", "user_profiles"]


def heard(table: str) -> set[str]:
    """What of a table matters: a new course or rubric concerns no evaluation yet, and rubrics are kept in examples."""
    unheard = {"rubrics": {"INSERT", "TRUNCATE"}, "courses": {"INSERT"}}
    return {"INSERT", "UPDATE", "DELETE", "TRUNCATE"} - unheard.get(table, set())


def test_a_project_with_our_migrations_lacks_nothing(school: School) -> None:
    as_role(school.db, "service_role")
    assert school.one("select llm.missing_triggers()") == []
    assert school.one("select llm.missing_grants()") == []
    assert school.one("select llm.open_doors()") == []


@pytest.mark.parametrize("table", TABLES)
def test_a_disabled_trigger_is_found_and_the_fix_works(school: School, table: str) -> None:
    school.db.execute(f"alter table public.{table} disable trigger user")
    found = school.one("select llm.missing_triggers()")
    assert {(f["table"], f["state"]) for f in found} == {(table, "disabled")}
    assert {f["event"] for f in found} == heard(table)
    for one in found:
        school.db.execute(one["fix"])
    assert school.one("select llm.missing_triggers()") == []


def test_a_trigger_that_only_replicas_run_counts_as_disabled(school: School) -> None:
    school.db.execute("alter table public.evaluations enable replica trigger llm_enqueue")
    assert {f["state"] for f in school.one("select llm.missing_triggers()")} == {"disabled"}


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_trigger_is_found_for_every_event_it_heard(school: School, table: str) -> None:
    school.db.execute(
        "do $$ declare one record; begin for one in select tgname from pg_trigger"
        f" where tgrelid = 'public.{table}'::regclass and not tgisinternal"
        f" loop execute format('drop trigger %I on public.{table}', one.tgname); end loop; end $$"
    )
    found = school.one("select llm.missing_triggers()")
    assert {(f["table"], f["event"], f["state"], f["fix"]) for f in found} == {
        (table, event, "missing", None) for event in heard(table)
    }


@pytest.mark.parametrize(
    "loss",
    [
        "revoke select on llm.training_data from service_role",
        "revoke update on llm.policy from service_role",
        "revoke execute on function llm.queue_state() from service_role",
    ],
)
def test_a_missing_grant_comes_with_the_statement_that_gives_it(school: School, loss: str) -> None:
    school.db.execute(loss)
    (fix,) = school.one("select llm.missing_grants()")
    school.db.execute(fix)
    assert school.one("select llm.missing_grants()") == []


@pytest.mark.parametrize(
    "opening",
    [
        "grant usage on schema llm to anon",
        "grant usage on schema llm_private to authenticated",
        "grant select on llm.training_data to anon",
        "grant execute on function llm.queue_state() to authenticated",
        "alter table llm.adapters disable row level security",
    ],
)
def test_an_open_door_comes_with_the_statement_that_shuts_it(school: School, opening: str) -> None:
    school.db.execute(opening)
    found = school.one("select llm.open_doors()")
    assert len(found) == 1
    school.db.execute(found[0])
    assert school.one("select llm.open_doors()") == []


@pytest.mark.parametrize(
    "policy",
    [
        "for select to authenticated using (true)",
        "for select to public using (auth.role() = 'authenticated')",
        "for insert to anon with check (auth.uid() is null)",
        "to authenticated using (bucket_id = 'evaluation-media') with check (owner = auth.uid())",
    ],
)
def test_a_policy_that_names_no_bucket_opens_ours_and_the_statement_leaves_the_app_its_own(
    school: School, policy: str
) -> None:
    school.db.execute(f'create policy "Anyone, read" on storage.objects {policy}')
    found = school.one("select llm.open_doors()")
    assert len(found) == 1
    school.db.execute(found[0])
    assert school.one("select llm.open_doors()") == []
    after = school.one(
        "select coalesce(qual, '') || coalesce(with_check, '') from pg_policies where tablename = 'objects'"
    )
    assert "llm-" in after
    assert any(word in after for word in ("true", "auth.role()", "auth.uid()"))


@pytest.mark.parametrize(
    "policy", ["for select to public using (bucket_id = 'evaluation-media')", "to service_role using (true)"]
)
def test_a_policy_of_another_bucket_or_for_the_services_opens_nothing(school: School, policy: str) -> None:
    school.db.execute(f"create policy theirs on storage.objects {policy}")
    assert school.one("select llm.open_doors()") == []


def test_the_first_value_of_a_key_is_the_one_that_counts(db: Connection) -> None:
    def record(value: str) -> str:
        row = db.execute("select llm.record_key_check('subject', %s) as value", (value,)).fetchone()
        assert row is not None
        return str(row["value"])

    assert [record("one"), record("other"), record("one")] == ["one", "one", "one"]


def test_the_state_is_counted_from_the_rows(school: School) -> None:
    school.settle_included()
    school.publish()
    school.db.execute("update public.evaluations set transcript = 'again'")
    state = school.one("select llm.exporter_state()")
    assert state["included"] == {"train": {"examples": 1, "persons": 1}}
    assert state["dataset"]["examples"] == 1
    assert state["queue"]["open"] == 1
    assert state["versions"] == [{"renderer": "r", "anonymizer": "a", "examples": 1}]
    assert state["buckets"] == {"llm-adapters": False, "llm-checkpoints": False, "llm-datasets": False}
    assert state["hints"] == {"pg_net": False, "is_on": False, "realtime": False}
    assert (state["tainted"], state["erasures"]["pending"], state["keys"]) == ([], 0, {})


def test_troubles_of_the_queue_are_in_the_state(school: School) -> None:
    school.clear_queue()
    school.db.execute(
        "insert into llm.change_queue (evaluation_id, reason, last_error, dead_at) values"
        " (gen_random_uuid(), 't', 'boom', now()), (gen_random_uuid(), 't', 'boom', now()), (gen_random_uuid(), 't', null, now())"
    )
    school.db.execute(
        "insert into llm.change_queue (evaluation_id, reason, lease_owner, lease_until)"
        " values (gen_random_uuid(), 't', 'w', now() - interval '1 hour'), (gen_random_uuid(), 't', 'w', now())"
    )
    queue = school.one("select llm.exporter_state()")["queue"]
    assert (queue["dead"], queue["dead_codes"], queue["stuck_leases"]) == (3, {"boom": 2, "unknown": 1}, 1)


def test_a_table_that_realtime_publishes_is_seen(school: School) -> None:
    school.db.execute("alter publication supabase_realtime add table llm.change_queue")
    assert school.one("select llm.exporter_state()")["hints"]["realtime"] is True


def vital_signs(school: School) -> dict[str, float]:
    return dict(school.one("select llm.vital_signs()"))


def test_vital_signs_count_what_somebody_must_look_at(school: School) -> None:
    school.settle_included()
    school.publish()
    signs = vital_signs(school)
    assert (signs["open"], signs["dead"], signs["erasures"], signs["tainted"], signs["swept_at"]) == (0, 0, 0, 0, 0)
    school.db.execute(
        "insert into llm.erasures (evaluation_id, example_id, subject_hash, reason, requested_at)"
        " values (gen_random_uuid(), 'e', repeat('a', 32), 'consent', now() - interval '10 minutes')"
    )
    school.db.execute("insert into llm.audit_log (actor, action) values ('scorer', 'ledger_failed')")
    signs = vital_signs(school)
    assert (signs["erasures"], signs["ledger_failures"]) == (1, 1)
    assert 590 < signs["oldest_erasure_seconds"] < 700


def test_a_sweep_is_noted_by_whoever_holds_the_lease(school: School) -> None:
    with pytest.raises(psycopg.errors.LockNotAvailable), school.db.transaction():
        school.one("select llm.note_sweep('nobody')")
    school.one("select llm.acquire_lease('publisher', 'me', 60)")
    school.one("select llm.note_sweep('me')")
    school.one("select llm.note_sweep('me')")
    assert vital_signs(school)["swept_at"] > 1.7e9
