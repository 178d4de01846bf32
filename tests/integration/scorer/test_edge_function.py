"""The Edge Function: its own checks and tests in Deno."""

import os
import subprocess
from pathlib import Path

import pytest
from speechgrade_local.functions import deno_binary

from .conftest import REPO

FUNCTION = REPO / "supabase" / "functions" / "score"


@pytest.mark.parametrize(
    "arguments",
    [
        ("fmt", "--check"),
        ("lint",),
        ("check", "index.ts", "client.ts", "tests"),
        ("test", "--frozen", "--allow-env", "--allow-net=127.0.0.1"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_deno_is_content_with_it(arguments: tuple[str, ...]) -> None:
    done = deno(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_import_is_pinned_and_no_address_is_recorded() -> None:
    for name in ("deno.json", "deno.lock"):
        text = (FUNCTION / name).read_text("utf-8")
        assert not any(mark in text for mark in ("http://", "https://", "jsr:", "^", "~"))


def deno(*arguments: str, folder: Path = FUNCTION) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DENO_DIR": str(REPO / ".cache" / "deno"), "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"}
    command = [str(deno_binary()), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
