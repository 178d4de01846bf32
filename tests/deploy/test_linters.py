"""`make lint` finds what it is there for: each linter, with the project's own configuration, refuses a bad file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .tools import REPO

pytestmark = pytest.mark.deploy
BIN = Path(sys.executable).parent
# Made here, so that no file of this repository looks as if it held one.
DIGITS = "8f3b1c9e" + "27d4a650" + "8b9cf1d2" + "e3a4756b"
LETTERS = "N7UND0UgjKTVK" + "Uodkm0HgxSvEMPvz"
WORDS = "correct horse " + "battery"
SECRETS = {
    "setting": ("settings.env", f"SPEECHGRADE_SUBJECT_KEY={DIGITS}\n"),
    "supabase key": ("app.py", f'CLIENT = connect("sb_secret_{LETTERS}")\n'),
    "hub token": ("Makefile", "fetch:\n\tHF_TOKEN=hf_" + "abcdefgh" * 4 + "ab hf download\n"),
    "token in a manifest": ("secret.yaml", f"stringData:\n  SPEECHGRADE_SCORER_TOKEN: {LETTERS}\n"),
    "password": ("database.py", f'PASSWORD = "{WORDS}"\n'),
    "private key": ("key.pem", "-----BEGIN " + "RSA PRIVATE KEY-----\n"),
    "address with a password": ("dsn.txt", "postgres://postgres:" + "hunter2hunter@db/postgres\n"),
}
BAD = {
    "hadolint": ("Dockerfile", "FROM python\nRUN cd /tmp\nADD app.tar app\n"),
    "shellcheck": ("run.sh", "#!/bin/sh\nrm -rf $1/*\n"),
    "yamllint": ("compose.yaml", "services:\n  scorer: {image: a}\n  scorer: {image: b}\n"),
}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=REPO, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("kind", SECRETS)
def test_a_planted_secret_is_found_and_not_printed(tmp_path: Path, kind: str) -> None:
    name, text = SECRETS[kind]
    (tmp_path / name).write_text(text, "utf-8")
    done = run("deploy/find-secrets.sh", tmp_path / name)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{name}:" in done.stdout
    assert not any(secret in done.stdout for secret in (DIGITS, LETTERS, WORDS, "hunter2"))


def test_an_invented_key_that_says_so_is_none(tmp_path: Path) -> None:
    (tmp_path / "test_keys.py").write_text('PASSWORD = "password-of-the-tests"\nTOKEN = "an-invented-token"\n', "utf-8")
    assert run("deploy/find-secrets.sh", tmp_path / "test_keys.py").returncode == 0


@pytest.mark.parametrize("linter", BAD)
def test_a_linter_refuses_a_bad_file(tmp_path: Path, linter: str) -> None:
    name, text = BAD[linter]
    (tmp_path / name).write_text(text, "utf-8")
    options = {"hadolint": ["--config", ".hadolint.yaml"], "yamllint": ["--strict"]}.get(linter, [])
    done = run(BIN / linter, *options, tmp_path / name)
    assert done.returncode == 1, done.stdout + done.stderr
