"""A failure that was expected is one sentence with its code, and nothing of the program's insides."""

import subprocess
import sys

import pytest

CODE = """
import typer
from speechgrade_shared.command_line import run_app
from speechgrade_shared.errors import {error}
app = typer.Typer()
@app.command()
def work() -> None:
    transcript = "what a student said"
    raise {error}("The reason, in a sentence.")
run_app(app)
"""


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [("SettingsInvalid", "settings_invalid", 2), ("ProjectUnreachable", "project_unreachable", 1)],
)
def test_an_expected_failure_is_a_sentence_and_an_exit_code(error: str, code: str, exit_code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(error=error)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == exit_code
    assert done.stdout == ""
    assert done.stderr.split("\n")[0] == f"error [{code}] The reason, in a sentence."
    assert "student" not in done.stderr
    assert "Traceback" not in done.stderr
