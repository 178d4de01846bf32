"""The real commands as processes: exit codes, JSON, a service that stops in order."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from socket import socket

import pytest

# An empty bucket comes with the fixture, though these tests reach the exporter as a process.
pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("export")]
LIMIT_S = 30


def run(environment: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "speechgrade_exporter", *argv]
    env = dict(os.environ) | environment
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def until(holds) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_once_exports_and_then_has_nothing_to_do(school, environment, tmp_path) -> None:
    school.speak(school.enrol(0))
    done = run(environment, "once", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["publication"]["examples"] == 1
    assert run(environment, "once").returncode == 3
    pulled = run(environment, "pull", str(tmp_path), "--json")
    assert json.loads(pulled.stdout)["digest"] == report["publication"]["digest"]
    assert json.loads(run(environment, "stats", "--json").stdout)["dataset"]["examples"] == 1
    assert json.loads(run(environment, "backfill", "--json").stdout) == {"enqueued": 1}
    assert json.loads(run(environment, "replay", "--json").stdout) == {"replayed": 0}
    doctor = run(environment, "doctor")
    assert doctor.returncode == 0, doctor.stderr


def test_a_wrong_key_is_refused_with_a_code(environment) -> None:
    done = run(environment | {"SUPABASE_SECRET_KEY": "a-key-that-is-not-the-one"}, "once")
    assert done.returncode == 2
    assert "project_refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_follows_changes_and_stops_in_order(school, environment) -> None:
    student = school.enrol(0)
    school.speak(student)
    with socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    env = dict(os.environ) | environment | {"SPEECHGRADE_HEALTH_PORT": str(port)}
    command = [sys.executable, "-m", "speechgrade_exporter", "serve"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: ready(f"http://localhost:{port}/readyz"))
            until(lambda: school.one("select examples from llm.datasets where status = 'current'") == 1)
            doctor = json.loads(run(environment, "doctor", "--json").stdout)
            assert {one["name"]: one["code"] for one in doctor}["running exporter"] == "ok"
            school.decide(student, given=False)
            until(lambda: school.one("select count(*) from llm.erasures where completed_at is not null") == 1)
            assert school.one("select examples from llm.datasets where status = 'current'") == 0
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, said
    assert "exporter_stopped" in said
    assert school.one("select count(*) from llm.heartbeats") == 0
    assert "Traceback" not in said
