"""The bill of an image: everything that is in it, nothing that changes from day to day, valid CycloneDX."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from speechgrade_local import errors
from speechgrade_local.supply_chain import image_contents, materials
from speechgrade_local.supply_chain.image_contents import (
    Contents,
    contents,
    distribution,
    images,
    system_packages,
    unpacked,
)
from speechgrade_local.supply_chain.licences import Policy
from speechgrade_local.supply_chain.sbom_command import write_bills

from .tools import REPO

pytestmark = pytest.mark.deploy
POLICY = Policy.read(REPO / "deploy" / "licences.toml")
STATUS = """Package: libssl3
Status: install ok installed
Architecture: amd64
Version: 3.0.17-1~deb12u3
Description: libraries
 of several lines

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1.0

Package: zlib1g
Architecture: amd64
Version: 1:1.2.13
"""
PACKAGES = {
    "Alpha_One": ("2.0", "License-Expression: MIT\nRequires-Dist: beta>=1\nRequires-Dist: gone; extra == 'x'\n"),
    "beta": (
        "1.5",
        "Classifier: License :: OSI Approved :: Apache Software License\nHome-page: https://beta.invalid\n",
    ),
    "silent": ("0.1", ""),
}


def image_folder(folder: Path) -> Contents:
    for name, (version, more) in PACKAGES.items():
        metadata = folder / "site-packages" / f"{name}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{more}", "utf-8")
    (folder / "dpkg").mkdir()
    (folder / "dpkg" / "status").write_text(STATUS, "utf-8")
    (folder / "python").write_text("3.11.9", "utf-8")
    (folder / "os-release").write_text('ID=debian\nVERSION_ID="12"\n', "utf-8")
    return unpacked(folder)


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> materials.Bill:
    return materials.of_image("speechgrade/exporter:0.1.0", image_folder(tmp_path_factory.mktemp("image")), POLICY)


def test_every_package_is_in_the_bill_with_its_licence(bill: materials.Bill) -> None:
    assert materials.lines(bill).splitlines() == [
        "pkg:deb/debian/libssl3@3.0.17-1~deb12u3?arch=amd64&distro=debian-12\t-",
        "pkg:deb/debian/zlib1g@1:1.2.13?arch=amd64&distro=debian-12\t-",
        "pkg:generic/python@3.11.9\tPSF-2.0",
        "pkg:pypi/alpha-one@2.0\tMIT",
        "pkg:pypi/beta@1.5\tApache-2.0",
        "pkg:pypi/silent@0.1\t-",
    ]


def test_the_bill_says_who_needs_whom(bill: materials.Bill) -> None:
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert needs["Alpha_One==2.0"] == ["beta==1.5"]


def test_the_same_contents_give_the_same_bytes(bill: materials.Bill, tmp_path: Path) -> None:
    again = materials.of_image("speechgrade/exporter:0.1.0", image_folder(tmp_path), POLICY)
    assert materials.written(again) == materials.written(bill)
    assert not {"timestamp", "serialNumber", "externalReferences", "invalid"} & set(materials.written(bill).split('"'))


def test_the_function_is_in_its_bill_with_digests() -> None:
    lock = REPO / "supabase/functions/score/deno.lock"
    bill = materials.of_function(lock, Path("no-cache"), POLICY)
    assert {each["name"] for each in bill["components"]} >= {"@supabase/server", "jose"}
    assert all(len(each["hashes"][0]["content"]) == 128 for each in bill["components"])
    assert len(bill["components"]) == len(json.loads(lock.read_text("utf-8"))["npm"])


def test_the_function_comes_under_licences_that_are_allowed_and_silence_is_none() -> None:
    lock = REPO / "supabase/functions/score/deno.lock"
    said = materials.of_function(lock, REPO / ".cache" / "deno", POLICY)
    assert list(materials.unlicensed_in_bill(said, POLICY)) == []
    silent = materials.of_function(lock, Path("no-cache"), POLICY)
    assert len(list(materials.unlicensed_in_bill(silent, POLICY))) == len(silent["components"])


def test_a_bill_that_breaks_the_schema_is_refused() -> None:
    with pytest.raises(errors.InvalidMaterials, match="schema"):
        materials._bill({"name": "x", "type": "no such type"}, [], [])


def test_removed_packages_are_not_in_the_image() -> None:
    assert [each.name for each in system_packages(STATUS)] == ["libssl3", "zlib1g"]


def test_a_distribution_that_is_not_named_is_left_out() -> None:
    assert distribution("NAME=scratch\n") == distribution("") == ""


def test_what_runs_in_the_image_packs_the_packages_of_its_python(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", image_contents._PACK], capture_output=True, timeout=60, check=True
    )
    (tmp_path / "packed.tar").write_bytes(done.stdout)
    with tarfile.open(tmp_path / "packed.tar") as tar:
        names = tar.getnames()
    assert any(name.startswith("site-packages/httpx-") for name in names)
    assert {"python", "os-release"} <= set(names)


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    (folder / "docker").write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


@pytest.mark.parametrize(
    ("body", "error", "exit_code"),
    [
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", errors.NoContainerEngine, 2),
        ("echo postgres:16; echo 'speechgrade/x:<none>'", errors.NoImages, 3),
        ("[ $1 = image ] && echo speechgrade/x:1 && exit; echo no python >&2; exit 127", errors.UnreadableImage, 1),
    ],
)
def test_what_is_missing_is_said_with_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, error: type[errors.StackError], exit_code: int
) -> None:
    stand_in(tmp_path, monkeypatch, body)
    with pytest.raises(error) as caught:
        write_bills(REPO, tmp_path / "out", [], console=None)  # type: ignore[arg-type]  # nothing is printed before
    assert caught.value.exit_code == exit_code


def test_no_docker_at_all_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.NoContainerEngine):
        images()


def test_a_built_image_can_be_read(tmp_path: Path) -> None:
    try:
        scorer = next((image for image in images() if image.startswith("speechgrade/scorer:")), None)
    except errors.NoContainerEngine:
        scorer = None
    if scorer is None:
        pytest.skip("no container engine here has speechgrade/scorer")
    lines = materials.lines(materials.of_image(scorer, contents(scorer, tmp_path), POLICY))
    assert "pkg:pypi/fastapi@" in lines
    assert "pkg:deb/debian/libc6@" in lines
    assert "/torch@" not in lines
