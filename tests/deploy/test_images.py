"""The Dockerfiles: small, unprivileged, pinned, and buildable where no front end can be fetched."""

import re
import tomllib
from pathlib import Path

import pytest

from .compose_file import REPO, is_pinned

pytestmark = pytest.mark.deploy
SERVICES = ("exporter", "scorer", "trainer")
EVERY = pytest.mark.parametrize("service", SERVICES)


def dockerfile(service: str) -> str:
    return (REPO / "services" / service / "Dockerfile").read_text("utf-8")


@EVERY
def test_it_runs_as_nobody(service: str) -> None:
    assert re.findall(r"^USER (.*)$", dockerfile(service), re.MULTILINE) == ["65532:65532"]


@EVERY
def test_its_base_is_a_pinned_argument(service: str) -> None:
    text = dockerfile(service)
    [default] = re.findall(r"^ARG BASE_IMAGE=(\S+)$", text, re.MULTILINE)
    assert is_pinned(default)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {"${BASE_IMAGE}", "python"}


@EVERY
def test_it_needs_no_front_end_and_no_path_of_one_base(service: str) -> None:
    assert "syntax=" not in dockerfile(service)
    assert "site-packages" not in dockerfile(service)


@EVERY
def test_it_installs_what_is_pinned(service: str) -> None:
    installs = [line for line in dockerfile(service).splitlines() if " install " in line and "pip" in line]
    assert len(installs) == 2
    assert all("-c constraints.txt" in line or "--no-deps --no-index" in line for line in installs)


@EVERY
def test_it_says_what_it_is_and_whether_it_is_well(service: str) -> None:
    text = dockerfile(service)
    assert f'org.opencontainers.image.title="speechgrade-{service}"' in text
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)
    assert f'ENTRYPOINT ["speechgrade-{service}"]' in text


@EVERY
def test_its_entry_point_is_a_script_of_the_package(service: str) -> None:
    project = tomllib.loads((REPO / "services" / service / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"speechgrade-{service}" in project["scripts"]


@EVERY
def test_what_it_copies_reaches_the_builder(service: str) -> None:
    lines = (REPO / ".dockerignore").read_text("utf-8").splitlines()
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert "*" in lines
    for source in re.findall(r"^COPY (?!--from)(\S+) ", dockerfile(service), re.MULTILINE):
        path = Path(source.rstrip("/"))
        assert any(path.full_match(a) if hasattr(path, "full_match") else path.match(a) for a in allowed) or any(
            Path(a).match(f"{path}/*") or a.startswith(f"{path.parent}/*/") for a in allowed
        ), source


@pytest.mark.parametrize("service", ["exporter", "scorer"])
def test_a_service_without_a_gpu_installs_no_torch(service: str) -> None:
    heavy = re.compile(r"^(torch|transformers|vllm|peft|trl|bitsandbytes|datasets|accelerate)\b")
    for path in (f"services/{service}", "shared"):
        project = tomllib.loads((REPO / path / "pyproject.toml").read_text("utf-8"))["project"]
        assert [name for name in project["dependencies"] if heavy.match(name)] == []
