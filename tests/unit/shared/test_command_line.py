"""A failure that was expected is one sentence with its code, and nothing of the program's insides."""

import errno
import os
import subprocess
import sys

import pytest
from speechgrade_shared.command_line import _finish

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


@pytest.mark.parametrize(
    ("number", "file", "said"),
    [
        (errno.EACCES, "/var/lib/x", "[file_refused] /var/lib/x: Permission denied."),
        (errno.EROFS, "/models", "[file_refused] /models: Read-only file system."),
        (errno.ENOSPC, None, "[disk_full] A file: No space left on device."),
    ],
)
def test_what_this_machine_refuses_is_a_sentence_with_its_mending(
    number: int, file: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        raise OSError(number, os.strerror(number), file)

    with pytest.raises(SystemExit) as ended:
        _finish(work, {})
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_any_other_fault_of_the_system_is_left_to_the_log() -> None:
    def work() -> None:
        raise OSError(errno.EIO, "x")

    with pytest.raises(OSError, match="x"):
        _finish(work, {})
