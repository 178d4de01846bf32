"""The command line names every wrong setting at once, and ends with a sentence and an exit code."""

import json
import os
import socket
import subprocess
import sys

import pytest

RIGHT = {
    "SUPABASE_URL": "http://127.0.0.1:9",
    "SUPABASE_SECRET_KEY": "sb_secret_0123456789",
    "SPEECHGRADE_ENGINE_URL": "http://127.0.0.1:9/",
    "SPEECHGRADE_BASE_MODEL": "base",
    "SPEECHGRADE_BASE_REVISION": "1",
    "SPEECHGRADE_SCORER_TOKEN": "t" * 40,
    "SPEECHGRADE_ADAPTER_CACHE": "adapters",
    "SPEECHGRADE_PROJECT_TIMEOUT_S": "0.2",
}


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SUPABASE", "SPEECHGRADE"))}
    command = [sys.executable, "-m", "speechgrade_scorer", *arguments]
    environment = inherited | RIGHT | changes
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_configuration_is_shown_without_its_secrets() -> None:
    done = run("--check-config")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["engine_url"] == "http://127.0.0.1:9"
    assert "t" * 40 not in done.stdout
    assert "sb_secret" not in done.stdout


def test_every_problem_of_the_configuration_is_named_at_once() -> None:
    done = run("--check-config", SPEECHGRADE_SCORER_TOKEN="short", SPEECHGRADE_ENGINE_URL="x", SUPABASE_URL="")
    assert done.returncode == 2
    for name in ("SPEECHGRADE_SCORER_TOKEN", "SPEECHGRADE_ENGINE_URL", "SUPABASE_URL", "settings_invalid"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("sync",), ("score", "00000000-0000-4000-8000-000000000000")])
def test_an_unreachable_project_is_a_sentence(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert "project_unreachable" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scorer_that_cannot_be_reached_says_so_and_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", SPEECHGRADE_SCORER_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "port_unavailable" in done.stderr
    assert "Traceback" not in done.stderr
