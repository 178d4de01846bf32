"""The Dockerfiles: small, unprivileged, pinned, and buildable where no front end can be fetched."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest

from .compose_file import REPO, is_pinned

pytestmark = pytest.mark.deploy
SERVICES = ("exporter", "scorer", "trainer")
SMALL = ("exporter", "scorer")
EVERY = pytest.mark.parametrize("service", SERVICES)
EVERY_IMAGE = pytest.mark.parametrize("service", [*SERVICES, "engine-cpu"])
IMAGE = REPO / "deploy/image"
CERTIFICATES = {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}


def dockerfile(service: str) -> str:
    folder = "local/engine" if service == "engine-cpu" else f"services/{service}"
    return (REPO / folder / "Dockerfile").read_text("utf-8")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, IMAGE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@EVERY_IMAGE
def test_it_runs_as_nobody(service: str) -> None:
    assert re.findall(r"^USER (.*)$", dockerfile(service), re.MULTILINE) == ["65532:65532"]


@EVERY_IMAGE
def test_its_base_is_a_pinned_argument(service: str) -> None:
    text = dockerfile(service)
    [default] = re.findall(r"^ARG BASE_IMAGE=(\S+)$", text, re.MULTILINE)
    assert is_pinned(default)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {"${BASE_IMAGE}", "python", "scratch"}


@EVERY_IMAGE
def test_it_needs_no_front_end_and_no_path_of_one_base(service: str) -> None:
    text = dockerfile(service)
    assert "syntax=" not in text
    assert text.count("site-packages") == text.count("/opt/venv/lib/python3*/site-packages")


@EVERY
def test_it_installs_what_is_pinned(service: str) -> None:
    installs = [line for line in dockerfile(service).splitlines() if " install " in line and "pip" in line]
    assert len(installs) == 2
    assert all("-c constraints.txt" in line or "--no-deps --no-index" in line for line in installs)


@EVERY_IMAGE
def test_it_says_what_it_is_and_whether_it_is_well(service: str) -> None:
    text = dockerfile(service)
    assert f'org.opencontainers.image.title="speechgrade-{service}"' in text
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)


@EVERY_IMAGE
def test_another_revision_makes_no_layer_anew(service: str) -> None:
    after = dockerfile(service).partition("ARG REVISION=unknown\n")[2]
    assert 'image.revision="${REVISION}"' in after
    assert not re.search(r"^(?:RUN|COPY|ADD|FROM) ", after, re.MULTILINE)


@EVERY
def test_its_command_is_the_service(service: str) -> None:
    assert f'ENTRYPOINT ["speechgrade-{service}"]' in dockerfile(service)


@pytest.mark.parametrize("service", SMALL)
def test_a_small_image_has_no_shell_and_no_package_manager(service: str) -> None:
    """Its last stage begins with nothing, runs nothing, and takes two folders from the build."""
    last = dockerfile(service).partition("FROM scratch\n")[2]
    assert re.findall(r"^COPY (.*)$", last, re.MULTILINE) == [
        "--from=build /image/ /",
        "--from=build /opt/venv /opt/venv",
    ]
    assert not re.search(r"^RUN ", last, re.MULTILINE)


@EVERY
def test_its_entry_point_is_a_script_of_the_package(service: str) -> None:
    project = tomllib.loads((REPO / "services" / service / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"speechgrade-{service}" in project["scripts"]


@EVERY_IMAGE
def test_what_it_copies_reaches_the_builder(service: str) -> None:
    lines = (REPO / ".dockerignore").read_text("utf-8").splitlines()
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert "*" in lines
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile(service), re.MULTILINE):
        for source in sources.split():
            path = source.rstrip("/")
            assert any(
                fnmatch(path, part) or path.startswith(f"{part}/") or fnmatch(part, f"{path}/*") or reaches(part, path)
                for part in allowed
            ), source


def reaches(allowed: str, folder: str) -> bool:
    """Is something in the folder allowed, where a part of the pattern stands for any name?"""
    return fnmatch(folder, "/".join(allowed.split("/")[: folder.count("/") + 1]))


@pytest.mark.parametrize("service", SMALL)
def test_a_service_without_a_gpu_installs_no_torch(service: str) -> None:
    heavy = re.compile(r"^(torch|transformers|vllm|peft|trl|bitsandbytes|datasets|accelerate)\b")
    for path in (f"services/{service}", "shared"):
        project = tomllib.loads((REPO / path / "pyproject.toml").read_text("utf-8"))["project"]
        assert [name for name in project["dependencies"] if heavy.match(name)] == []


def test_what_only_a_left_out_package_needs_is_unneeded() -> None:
    installed = {
        "service": frozenset({"patterns", "http"}),
        "patterns": frozenset({"language", "numbers"}),
        "language": frozenset({"arrays", "http", "patterns"}),
        "arrays": frozenset[str](),
        "numbers": frozenset[str](),
        "http": frozenset({"not-installed"}),
    }
    unneeded = script("unneeded").unneeded
    assert unneeded(installed, ["service"], ["language"]) == ["arrays", "language"]
    assert unneeded(installed, ["service"], []) == []
    assert unneeded(installed, ["service"], ["service"]) == sorted(installed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder its root")
def test_the_folder_that_becomes_an_image_runs_python_and_nothing_else(tmp_path: Path) -> None:
    venv, root = tmp_path / "venv", tmp_path / "root"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=60)
    subprocess.run([sys.executable, str(IMAGE / "assemble.py"), str(venv), str(root)], check=True, timeout=120)
    for package in (root / "var/lib/dpkg/status.d").glob("*"):
        licence = Path("usr/share/doc", package.name, "copyright")
        assert (root / licence).exists() == (Path("/") / licence).exists(), licence
    inside = root / str(venv).lstrip("/")
    inside.parent.mkdir(parents=True)
    venv.rename(inside)
    said = "import ssl, sqlite3, os; print(len(ssl.create_default_context().get_ca_certs()) > 0, os.path.exists('/bin/sh'))"
    command = [shutil.which("chroot") or "chroot", str(root), f"{venv}/bin/python", "-c", said]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=CERTIFICATES)
    assert (done.stdout, done.stderr) == ("True False\n", "")
