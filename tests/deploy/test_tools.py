"""deploy/tools.sh: it fetches what is missing and nothing else, and says plainly when it cannot."""

import os
import subprocess
from pathlib import Path

import pytest

from . import tools
from .tools import REPO, compose, has_compose, kubectl, needs, promtool, run

pytestmark = pytest.mark.deploy
SCRIPT = REPO / "deploy" / "tools.sh"
GOOD = {
    "docker": "echo 2.24.1",
    "kubectl": "echo 'Kustomize Version: v5.5.0'",
    "promtool": "echo 'promtool, version 2.53.3'",
}


def run_script(folder: Path, programs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """On a machine that has these programs on PATH, and no apt."""
    path = folder / "path"
    path.mkdir()
    for name, body in programs.items():
        (path / name).write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        (path / name).chmod(0o755)
    for name in ("grep", "head", "sort", "cat", "sed", "tr"):
        (path / name).symlink_to(next(p for f in os.get_exec_path() if (p := Path(f) / name).exists()))
    command = ["/bin/sh", SCRIPT, folder / "tools"]
    return subprocess.run(command, env={"PATH": str(path)}, capture_output=True, text=True, timeout=60, check=False)


def test_nothing_is_fetched_where_the_machine_has_all(tmp_path: Path) -> None:
    done = run_script(tmp_path, GOOD)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "tools").exists()


@pytest.mark.parametrize(
    ("tool", "old"),
    [
        ("docker", "exit 1"),
        ("docker", "echo 1.29.2"),
        ("docker", "echo 2.3.4"),
        ("kubectl", "echo 'Client Version: v1.20.2'"),
        ("kubectl", "echo 'Kustomize Version: v4.5.7'"),
        ("promtool", "echo 'promtool, version 2.9.0'"),
    ],
)
def test_what_is_too_old_is_missing(tmp_path: Path, tool: str, old: str) -> None:
    done = run_script(tmp_path, GOOD | {tool: old})
    assert done.returncode == 3
    assert done.stderr.startswith(f"Missing: {'compose' if tool == 'docker' else tool} ")


@needs(has_compose)
def test_compose_is_found_and_answers() -> None:
    assert compose("version", "--short").returncode == 0


@needs(kubectl)
def test_kubectl_is_found_and_answers() -> None:
    assert run(kubectl(), "version", "--client").returncode == 0


@needs(promtool)
def test_promtool_is_found_and_answers() -> None:
    assert run(promtool(), "--version").returncode == 0


def test_what_was_fetched_comes_before_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "bin" / "promtool"
    mine.parent.mkdir()
    mine.touch(0o755)
    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    assert promtool.__wrapped__() == mine


def test_a_program_that_is_missing_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kubectl.__wrapped__() is None
