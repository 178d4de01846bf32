"""What the manifests tell our programs to do, they understand: every command and option exists."""

import importlib
import re
from typing import Any

import pytest
import typer

from .manifests import COMPONENTS, JOBS, K8S, REPO, containers, rendered, workloads

pytestmark = pytest.mark.deploy
OURS = ("exporter", "scorer", "trainer")
GUIDE = (K8S / "README.md").read_text("utf-8")


def told(service: str) -> list[list[str]]:
    """The arguments of every container that runs a service's image."""
    documents = rendered("base", *COMPONENTS) + [document for folder in JOBS for document in rendered(folder)]
    found = [
        own.get("args", []) for w in workloads(documents) for own in containers(w) if f"/{service}:" in own["image"]
    ]
    return [arguments for arguments in found if arguments]


def unknown(service: str, arguments: list[str]) -> list[str]:
    """The parts of a command line that a service's program does not have."""
    command: Any = typer.main.get_command(importlib.import_module(f"speechgrade_{service}.commands").app)
    rest = list(arguments)
    while hasattr(command, "commands") and rest:
        name = rest.pop(0)
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts}
    return [part for part in rest if part.startswith("--") and part.partition("=")[0] not in options]


@pytest.mark.parametrize("service", OURS)
def test_our_programs_understand_what_they_are_told(service: str) -> None:
    assert [unknown(service, arguments) for arguments in told(service)] == [[]] * len(told(service))


def test_every_job_tells_its_program_what_to_do() -> None:
    assert sorted(arguments[0] for arguments in told("exporter")) == ["sweep"]
    commands = ["sweep", "train", "train", "train", "train", "weights", "weights"]
    assert sorted(arguments[0] for arguments in told("trainer")) == commands


def test_what_a_program_lacks_is_noticed() -> None:
    assert unknown("exporter", ["sweep", "--scheduld"]) == ["--scheduld"]
    assert unknown("exporter", ["swep"]) == ["swep"]
    assert unknown("trainer", ["weights", "import", "/import", "--digest=sha256:0", "--forced"]) == ["--forced"]


def test_the_guide_applies_folders_that_exist() -> None:
    given = re.findall(r"kubectl (?:apply|create|delete) -[fk]\s+(k8s/[\w./-]+)", GUIDE)
    assert {folder for folder in given if not (REPO / folder).exists()} == set()
    assert {f"k8s/{folder}" for folder in JOBS} <= set(given)
