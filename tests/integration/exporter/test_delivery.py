"""The running exporter as a process: hints shorten the wait, a stop drains, and doctor and stats see what is so."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from socket import socket
from typing import Any

import pytest
from speechgrade_exporter.subject_key import ensure_subject_key
from standardwebhooks.webhooks import Webhook

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("export")]
LIMIT_S = 30
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = '{"type": "llm.changes"}'
CURRENT = "select examples from llm.datasets where status = 'current'"


def until(holds: Any) -> float:
    """Wait until it holds; returns the seconds that it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < LIMIT_S
        time.sleep(0.02)
    return time.monotonic() - start


def post(url: str, headers: dict[str, str], body: bytes = BODY.encode()) -> int:
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def signed(secret: str = SECRET) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(secret).sign("hint_1", now, BODY)
    return {"webhook-id": "hint_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def served(environment: dict[str, str], **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A ready exporter, its address, and its end in order."""
    with socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    env = dict(os.environ) | environment | {"SPEECHGRADE_HEALTH_PORT": str(port), **settings}
    command = [sys.executable, "-m", "speechgrade_exporter", "serve"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: is_ready(f"http://localhost:{port}"))
            yield f"http://localhost:{port}", process
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, said
    assert "exporter_stopped" in said
    assert SECRET not in said
    assert environment["SUPABASE_SECRET_KEY"] not in said


def command(environment: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ) | environment
    argv = (sys.executable, "-m", "speechgrade_exporter", *argv)
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_a_signed_hint_ends_an_hour_of_waiting(school, environment) -> None:
    student = school.enrol(0)
    slow = {
        "SPEECHGRADE_POLL_SECONDS": "3600",
        "SPEECHGRADE_DEBOUNCE_SECONDS": "0",
        "SPEECHGRADE_WEBHOOK_SECRET": SECRET,
    }
    with served(environment, **slow) as (url, _process):
        until(lambda: school.one("select count(*) from llm.datasets") == 1)
        school.speak(student)
        other = "whsec_" + base64.b64encode(bytes(32)).decode()
        assert post(f"{url}/webhook", signed(other)) == 401
        assert school.one(CURRENT) == 0
        assert post(f"{url}/webhook", signed()) == 202
        seconds = until(lambda: school.one(CURRENT) == 1)
        print(f"\nhint to published: {seconds:.2f} s")  # noqa: T201
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:  # noqa: S310
            text = answer.read().decode()
    assert 'hints_total{source="webhook"} 1.0' in text
    assert 'hints_refused_total{code="signature_invalid"} 1.0' in text


def test_what_the_database_sends_is_what_the_exporter_believes(school, environment) -> None:
    student = school.enrol(0)
    school.db.execute(
        "create schema net; create table net.sent (headers jsonb, body bytea);"
        " create function net.http_post(url text, body jsonb, params jsonb, headers jsonb, timeout_milliseconds int)"
        " returns bigint language sql as"
        " $$ insert into net.sent values (headers, convert_to(body::text, 'UTF8')) returning 1::bigint $$;"
        " grant all on schema net to postgres; grant all on net.sent to postgres"
    )
    try:
        with served(environment, SPEECHGRADE_WEBHOOK_SECRET=SECRET) as (url, _process):
            school.db.execute("select llm.set_wake_up(%s, %s, 'operator')", (f"{url}/webhook", SECRET))
            school.speak(student)
            sent = school.db.execute("select * from net.sent").fetchone()
            assert sent is not None
            assert post(f"{url}/webhook", sent["headers"], sent["body"]) == 202
    finally:
        school.db.execute("drop schema net cascade")
        school.db.execute("select llm.set_wake_up(null, null, 'operator')")


def test_without_hints_a_change_is_published_within_seconds(school, environment) -> None:
    student = school.enrol(0)
    defaults = {"SPEECHGRADE_POLL_SECONDS": "1", "SPEECHGRADE_DEBOUNCE_SECONDS": "0.5"}
    with served(environment, **defaults) as (url, _process):
        assert post(f"{url}/webhook", signed()) == 404
        school.speak(student)
        seconds = until(lambda: school.one(CURRENT) == 1)
        print(f"\npolled to published: {seconds:.2f} s")  # noqa: T201


def test_a_stop_in_the_middle_of_a_backlog_leaves_nothing_leased(school, environment) -> None:
    students = [school.enrol(n) for n in range(8)]
    for number in range(120):
        school.speak(students[number % 8], number)
    with served(environment, SPEECHGRADE_BATCH_SIZE="10", SPEECHGRADE_DEBOUNCE_SECONDS="3600"):
        until(lambda: school.one("select count(*) from llm.training_data") > 0)
    left = school.one("select count(*) from llm.change_queue")
    assert school.one("select count(*) from llm.training_data") + left == 120
    assert school.one("select count(*) from llm.change_queue where lease_owner is not null") == 0


def test_realtime_that_does_not_answer_stops_nothing(school, environment) -> None:
    student = school.enrol(0)
    with served(environment, SPEECHGRADE_REALTIME="true") as (url, _process):
        school.speak(student)
        until(lambda: school.one(CURRENT) == 1)
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310
            assert json.load(answer)["hints"]["realtime"] == "reconnecting"


def test_the_doctor_finds_a_sound_project_sound_and_a_disabled_trigger(export, school, environment) -> None:
    ensure_subject_key(export.exporter.project, environment["SPEECHGRADE_SUBJECT_KEY"].encode())
    school.speak(school.enrol(0))
    assert command(environment, "once").returncode == 0
    sound = command(environment, "doctor", "--json")
    levels = {finding["name"]: finding["level"] for finding in json.loads(sound.stdout)}
    assert sound.returncode == 0, sound.stdout
    # Nobody serves here for good, which is worth a warning.
    assert levels.pop("running exporter") in ("ok", "warn")
    assert set(levels.values()) == {"ok"}, levels
    school.db.execute("alter table public.consent_forms disable trigger user")
    try:
        ill = command(environment, "doctor")
    finally:
        school.db.execute("alter table public.consent_forms enable trigger user")
    assert ill.returncode == 1
    assert "alter table public.consent_forms enable trigger llm_enqueue;" in ill.stderr


def test_stats_count_what_is_there(school, environment) -> None:
    school.speak(school.enrol(0))
    school.speak(school.enrol(1, consents=False), 1)
    assert command(environment, "once").returncode == 0
    found = json.loads(command(environment, "stats", "--json").stdout)
    assert sum(part["examples"] for part in found["included"].values()) == 1
    assert found["excluded"] == {"student_consent_refused": 1}
    shown = command(environment, "stats")
    assert shown.returncode == 0
    assert "student_consent_refused" in shown.stderr
