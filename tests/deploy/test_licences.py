"""No dependency comes under a licence that deploy/licences.toml does not allow, or under none."""

from email.message import Message
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import pytest
from speechgrade_local.supply_chain.licences import Policy, unlicensed, unlicensed_in_lock

from .tools import REPO

pytestmark = pytest.mark.deploy
POLICY = Policy.read(REPO / "deploy" / "licences.toml")
ENGINE = sorted((REPO / ".venv-engine").glob("lib/python3*/site-packages"))


class Package(Distribution):
    """An installed package that says this about itself."""

    def __init__(self, name: str, **said: str) -> None:
        self.said = Message()
        for key, value in {"Name": name, "Version": "1.0", **said}.items():
            self.said[key.replace("_", "-")] = value

    @property
    def metadata(self) -> Any:
        return self.said

    def read_text(self, _filename: str) -> str | None:
        return None

    def locate_file(self, _path: Any) -> Any:
        raise NotImplementedError


def test_what_is_installed_here_is_allowed() -> None:
    assert list(unlicensed(distributions(), POLICY, as_tools=True)) == []


@pytest.mark.skipif(not ENGINE, reason="the engine's environment was not made on this machine")
def test_the_engine_is_allowed() -> None:
    assert list(unlicensed(distributions(path=[str(folder) for folder in ENGINE]), POLICY)) == []


def test_the_node_parts_are_allowed() -> None:
    assert list(unlicensed_in_lock(REPO / "local" / "package-lock.json", POLICY)) == []


@pytest.mark.parametrize(
    ("package", "sentence"),
    [
        (Package("a", License_Expression="AGPL-3.0-only"), "a 1.0 comes under AGPL-3.0-only"),
        (Package("b", License="GPLv3"), "b 1.0 comes under GPLv3"),
        (Package("c", License_Expression="MIT AND SSPL-1.0"), "c 1.0 comes under MIT AND SSPL-1.0"),
        (Package("d", License_Expression="(MIT OR GPL-2.0-only) AND MIT"), "d 1.0 comes under"),
        (Package("e"), "e 1.0 says no licence"),
        (Package("f", Classifier="License :: OSI Approved"), "f 1.0 says no licence"),
        (Package("yamllint", License="GPL-3.0-or-later"), "yamllint 1.0 comes under GPL-3.0-or-later"),
    ],
)
def test_what_is_not_allowed_is_named(package: Package, sentence: str) -> None:
    (found,) = unlicensed([package], POLICY)
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    "package",
    [
        Package("a", License_Expression="GPL-2.0-only OR MIT"),
        Package("b", License="MIT License\n\nPermission is hereby granted"),
        Package("c", Classifier="License :: OSI Approved :: Apache Software License"),
        Package("nvidia-cublas", License="Other"),
        Package("speechgrade-shared"),
    ],
)
def test_what_is_allowed_passes(package: Package) -> None:
    assert list(unlicensed([package], POLICY)) == []


def test_a_licence_in_a_lock_file_is_read(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text('{"packages": {"": {}, "node_modules/a": {"version": "2", "license": "SSPL-1.0"}}}', "utf-8")
    assert list(unlicensed_in_lock(lock, POLICY)) == ["a 2 comes under SSPL-1.0"]


def test_only_tools_that_are_used_are_excused() -> None:
    installed = {package.metadata["Name"].lower() for package in distributions()}
    assert installed >= POLICY.tools
