"""What the guides tell an operator to type works: programs, profiles, services and volumes are there."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from . import compose_file, guides
from .guides import GUIDES, REPO
from .test_command_lines import unknown

pytestmark = pytest.mark.deploy


def not_understood(service: str, arguments: list[str]) -> list[str]:
    told = [part.strip("[]") for part in arguments if part.strip("[]")]
    return unknown(service, told) if told and re.match(r"[a-z]", told[0]) else []


@pytest.mark.parametrize("guide", GUIDES)
def test_our_programs_understand_what_is_typed(guide: str) -> None:
    calls = list(guides.program_calls(guides.read(guide)))
    assert [(service, told) for service, told in calls if not_understood(service, told)] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_compose_has_the_profiles_and_services_that_are_typed(guide: str) -> None:
    calls = list(guides.compose_calls(guides.read(guide)))
    assert [call for call in calls if guides.strangers(call)] == []


def test_the_operators_guide_is_read() -> None:
    text = guides.read("docs/operations.md")
    assert ("trainer", ["promote", "latest", "--reason", "first model, report read by …"]) in guides.program_calls(text)
    assert len(list(guides.compose_calls(text))) > 30


@pytest.mark.parametrize(
    "text",
    [
        "`speechgrade-exporter forget`",
        "```sh\ndocker compose --profile train run --rm \\\n  trainer train --recipee x\n```",
        "`docker compose run --rm exporter sweep --restore -`",
    ],
)
def test_a_command_that_is_none_is_noticed(text: str) -> None:
    assert any(not_understood(*call) for call in guides.program_calls(text))


@pytest.mark.parametrize("text", ["`docker compose --profile tpu up -d`", "`docker compose exec scorers ls`"])
def test_a_profile_or_service_that_is_none_is_noticed(text: str) -> None:
    assert any(guides.strangers(call) for call in guides.compose_calls(text))


def test_volumes_and_images_that_are_copied_by_hand_are_those_of_the_file() -> None:
    text = guides.read("docs/operations.md")
    document = compose_file.read()
    volumes = set(re.findall(r"-v speechgrade_([a-z-]+):", text))
    assert volumes
    assert volumes <= set(document["volumes"])
    assert f"--entrypoint tar {compose_file.filled(document['services']['db']['image'])} " in text


def test_images_have_the_version_of_the_project_wherever_they_are_named() -> None:
    project = tomllib.loads((REPO / "services/exporter/pyproject.toml").read_text("utf-8"))["project"]
    named = re.compile(
        r"speechgrade/(?:exporter|scorer|trainer|engine-cpu):(?:\$\{IMAGE_TAG:-)?(\d[\w.]*\w)|^ARG VERSION=(.*)$", re.M
    )
    manifests = [path for path in (REPO / "k8s").rglob("*") if path.suffix in {".yaml", ".md"}]
    dockerfiles = [*REPO.glob("services/*/Dockerfile"), REPO / "local/engine/Dockerfile"]
    texts = [*map(guides.read, GUIDES), *(path.read_text("utf-8") for path in (*manifests, *dockerfiles))]
    found = {version for text in texts for one in named.finditer(text) for version in one.groups() if version}
    assert found == {project["version"]}


@pytest.mark.parametrize("guide", ["docs/operations.md", ".env.example"])
def test_keys_are_made_once_and_a_failure_leaves_nothing_in_the_way(guide: str, tmp_path: Path) -> None:
    lines = [
        line.strip("# ") for line in guides.read(guide).splitlines() if "new-keys" in line and "docker run" in line
    ]
    docker = tmp_path / "docker"
    for line in lines:
        file = tmp_path / ".env"
        file.unlink(missing_ok=True)
        assert typed(line, docker, "exit 125") != 0
        assert not file.exists()
        assert typed(line, docker, "echo SPEECHGRADE_SUBJECT_KEY=invented") == 0
        assert file.stat().st_mode & 0o777 == 0o600
        assert typed(line, docker, "echo SPEECHGRADE_SUBJECT_KEY=another") == 0
        assert file.read_text("utf-8").endswith("=invented\n")
    assert lines


def typed(line: str, docker: Path, does: str) -> int:
    """The exit code of a line in a shell whose ``docker`` does something else."""
    docker.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
    docker.chmod(0o755)
    env = {"PATH": f"{docker.parent}:/usr/bin:/bin"}
    return subprocess.run(["sh", "-c", line], cwd=docker.parent, env=env, timeout=10, check=False).returncode
