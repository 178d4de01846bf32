"""Hints by pg_net: signed over the bytes that are sent, at most one a second, and never a burden for who writes."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from speechgrade_local.stack import Stack
from standardwebhooks.webhooks import Webhook

from .conftest import Connection, School, as_role

SECRET = "whsec_" + base64.b64encode(bytes(range(33))).decode()
URL = "https://exporter.example/webhook"
# The signature and the encoding of the body are those of pg_net; it only records instead of sending.
STAND_IN = """
create schema net;
grant usage on schema net to postgres;
create table net.sent (id bigint generated always as identity, url text, headers jsonb, body bytea);
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds int default 1000)
returns bigint language plpgsql as $$
declare request_id bigint;
begin
  insert into net.sent (url, headers, body) values (url, headers, convert_to(body::text, 'UTF8')) returning id into request_id;
  return request_id;
end $$;
"""


@pytest.fixture
def pg_net(school: School) -> School:
    """A project with the extension and an address for hints; nothing was sent yet."""
    school.clear_queue()
    school.db.execute(STAND_IN)
    school.db.execute("select llm.set_wake_up(%s, %s, 'operator')", (URL, SECRET))
    forget_the_last(school)
    return school


def forget_the_last(school: School) -> None:
    school.db.execute("select setval('llm_private.last_hint', 1)")


def change(school: School) -> None:
    school.clear_queue()
    school.db.execute("update public.evaluations set transcript = %s", (uuid.uuid4().hex,))


def sent(school: School) -> list[dict[str, Any]]:
    return school.db.execute("select url, headers, body from net.sent order by id").fetchall()


def test_a_change_sends_one_hint_that_the_library_verifies(pg_net: School) -> None:
    change(pg_net)
    (hint,) = sent(pg_net)
    assert hint["url"] == URL
    assert Webhook(SECRET).verify(hint["body"], hint["headers"]) == {"type": "llm.changes"}
    assert hint["headers"]["Content-Type"] == "application/json"


def test_a_hint_names_nobody(pg_net: School) -> None:
    change(pg_net)
    (hint,) = sent(pg_net)
    said = json.dumps(hint["headers"]) + hint["body"].decode()
    assert not any(str(part) in said for part in (pg_net.evaluation, pg_net.student, pg_net.course, SECRET))


def test_a_flood_sends_one_hint_a_second(pg_net: School) -> None:
    for _ in range(5):
        change(pg_net)
    assert len(sent(pg_net)) == 1
    forget_the_last(pg_net)
    change(pg_net)
    assert len(sent(pg_net)) == 2


def test_a_clock_that_was_set_back_does_not_silence_hints(pg_net: School) -> None:
    future = "select setval('llm_private.last_hint', (extract(epoch from clock_timestamp()) * 1000)::bigint + 3600000)"
    pg_net.db.execute(future)
    change(pg_net)
    assert len(sent(pg_net)) == 1


def test_a_change_that_is_queued_already_needs_no_hint(pg_net: School) -> None:
    change(pg_net)
    forget_the_last(pg_net)
    pg_net.db.execute("update public.evaluations set transcript = 'once more'")
    assert len(sent(pg_net)) == 1


def test_without_an_address_nothing_is_sent(pg_net: School) -> None:
    pg_net.db.execute("select llm.set_wake_up(null, null, 'operator')")
    change(pg_net)
    assert sent(pg_net) == []
    assert pg_net.queue() is not None


def test_without_pg_net_changes_are_queued_as_ever(school: School) -> None:
    school.db.execute("select llm.set_wake_up(%s, %s, 'operator')", (URL, SECRET))
    before = school.one("select last_value from llm_private.last_hint")
    change(school)
    assert school.queue() is not None
    assert school.one("select last_value from llm_private.last_hint") == before


@pytest.mark.parametrize(
    "breakage",
    [
        "create or replace function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',"
        " headers jsonb default '{}', timeout_milliseconds int default 1000) returns bigint language plpgsql"
        " as $$ begin raise exception 'the pg_net background worker must be up'; end $$",
        "drop table net.sent",
        "revoke all on function net.http_post from public, postgres",
        "alter table llm_private.wake_up drop constraint wake_up_secret_check; update llm_private.wake_up set secret = 'whsec_&'",
        "drop sequence llm_private.last_hint",
    ],
)
def test_a_hint_that_fails_never_fails_the_write_of_the_app(pg_net: School, breakage: str) -> None:
    pg_net.db.execute(breakage)
    pg_net.clear_queue()
    as_role(pg_net.db, "authenticated", pg_net.instructor)
    pg_net.db.execute("update public.evaluations set transcript = 'mine' where id = %s", (pg_net.evaluation,))
    pg_net.db.execute("reset role")
    assert pg_net.one("select transcript from public.evaluations where id = %s", pg_net.evaluation) == "mine"
    assert pg_net.queue() is not None


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_writers_of_the_app_never_wait_for_each_others_hints(database: Stack, level: str) -> None:
    queue_one = "insert into llm.change_queue (evaluation_id, reason) values (gen_random_uuid(), 't')"
    with psycopg.connect(database.database_url, autocommit=True) as operator:
        operator.execute(STAND_IN)
        operator.execute("select llm.set_wake_up(%s, %s, 'operator')", (URL, SECRET))
        try:
            with psycopg.connect(database.database_url) as first, psycopg.connect(database.database_url) as second:
                for writer in (first, second):
                    writer.execute(f"set transaction isolation level {level}")
                    writer.execute("set lock_timeout = '100ms'")
                for writer in (first, second, first, second):
                    operator.execute("select setval('llm_private.last_hint', 1)")
                    writer.execute(queue_one)
                first.commit()
                second.commit()
            assert operator.execute("select count(*) from net.sent").fetchone() == (4,)
        finally:
            operator.execute("drop schema net cascade")
            operator.execute("select llm.set_wake_up(null, null, 'operator')")
            operator.execute("delete from llm.change_queue")


def test_a_user_of_the_app_sends_a_hint_without_any_right_to_it(pg_net: School) -> None:
    pg_net.clear_queue()
    as_role(pg_net.db, "authenticated", pg_net.instructor)
    pg_net.db.execute("update public.evaluations set transcript = 'mine' where id = %s", (pg_net.evaluation,))
    pg_net.db.execute("reset role")
    assert len(sent(pg_net)) == 1


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
@pytest.mark.parametrize("what", ["llm_private.wake_up", "llm_private.last_hint"])
def test_no_key_of_the_project_reads_the_secret(pg_net: School, role: str, what: str) -> None:
    as_role(pg_net.db, role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pg_net.db.execute(f"select * from {what}")


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_users_of_the_app_cannot_redirect_hints(pg_net: School, role: str) -> None:
    as_role(pg_net.db, role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pg_net.db.execute("select llm.set_wake_up('https://elsewhere.example', %s, 'x')", (SECRET,))


def test_setting_the_address_is_audited_without_the_secret(pg_net: School) -> None:
    row = pg_net.db.execute("select * from llm.audit_log where action = 'set_wake_up'").fetchone()
    assert row is not None
    assert row["details"] == {"is_on": True}
    assert SECRET not in str(row)


@pytest.mark.parametrize(
    ("url", "secret"),
    [("ftp://x.example", SECRET), ("https://x.example/a b", SECRET), (URL, "plain words"), (URL, "whsec_dG9vc2hvcnQ=")],
)
def test_an_address_or_a_secret_that_cannot_work_is_refused(school: School, url: str, secret: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        school.db.execute("select llm.set_wake_up(%s, %s, 'operator')", (url, secret))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(key=st.binary(max_size=200), message=st.binary(max_size=300))
def test_the_hash_is_that_of_the_standard_library(db: Connection, key: bytes, message: bytes) -> None:
    row = db.execute("select llm_private.hmac_sha256(%s, %s) as value", (key, message)).fetchone()
    assert row is not None
    assert row["value"] == hmac.new(key, message, hashlib.sha256).digest()
