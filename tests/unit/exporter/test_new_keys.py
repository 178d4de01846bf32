"""``new-keys``: complete, accepted by the settings that read it, and never in place of a file that is there."""

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import jwt
import pytest
from pydantic import SecretStr
from speechgrade_exporter.commands import app
from speechgrade_exporter.errors import FileInTheWay
from speechgrade_exporter.new_keys import write_new
from speechgrade_exporter.settings import ExporterSettings
from typer.testing import CliRunner

REPO = Path(__file__).resolve().parents[3]


def lines_of(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value.strip("'") for name, value in pairs}


def printed(*arguments: str) -> dict[str, str]:
    result = CliRunner().invoke(app, ["new-keys", *arguments])
    assert result.exit_code == 0, result.output
    return lines_of(result.stdout)


def test_it_needs_no_setting_at_all(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    command = [sys.executable, "-m", "speechgrade_exporter", "new-keys", "--local"]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(lines_of(done.stdout).values())


def test_a_hosted_project_leaves_only_its_own_two_lines_to_fill_in() -> None:
    assert [name for name, value in printed().items() if not value] == ["SUPABASE_URL", "SUPABASE_SECRET_KEY"]


@pytest.mark.parametrize("arguments", [(), ("--local",)])
def test_the_exporter_accepts_what_it_makes(arguments: tuple[str, ...]) -> None:
    made = printed(*arguments)
    settings = ExporterSettings(
        supabase_url=made["SUPABASE_URL"] or "https://project.example",
        supabase_secret_key=SecretStr(made["SUPABASE_SECRET_KEY"] or "sb_secret_of_the_project"),
        subject_key=SecretStr(made["SPEECHGRADE_SUBJECT_KEY"]),
        webhook_secret=SecretStr(made["SPEECHGRADE_WEBHOOK_SECRET"]),
    )
    assert settings.webhook_secret is not None
    assert len(made["SPEECHGRADE_SCORER_TOKEN"]) >= 32


def test_no_secret_comes_twice() -> None:
    first, second = printed("--local"), printed("--local")
    same = {name for name in first if first[name] == second[name]}
    assert same == {"SUPABASE_URL", "SUPABASE_PUBLIC_URL"}
    assert len(set(first.values())) == len(first)


@pytest.mark.parametrize(
    ("name", "role"), [("SUPABASE_ANON_TOKEN", "anon"), ("SUPABASE_SERVICE_TOKEN", "service_role")]
)
def test_the_public_keys_verify_the_tokens_of_the_roles(name: str, role: str) -> None:
    made = printed("--local", "--public-url", "https://models.example.edu/")
    [public] = json.loads(made["SUPABASE_JWKS"])["keys"]
    claims = jwt.decode(made[name], jwt.PyJWK.from_dict(public), algorithms=["ES256"])
    assert (claims["role"], claims["iss"]) == (role, "https://models.example.edu/auth/v1")
    assert claims["exp"] - claims["iat"] >= 9 * 365 * 86400
    assert jwt.get_unverified_header(made[name])["kid"] == public["kid"]


def test_only_auth_gets_the_private_key() -> None:
    made = printed("--local")
    [private] = json.loads(made["SUPABASE_SIGNING_KEYS"])
    [public] = json.loads(made["SUPABASE_JWKS"])["keys"]
    assert "d" in private
    assert "d" not in public
    assert private["d"] not in made["SUPABASE_JWKS"]
    assert ("sign" in private["key_ops"], public["key_ops"]) == (True, ["verify"])


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    result = CliRunner().invoke(app, ["new-keys", "--into", str(path)])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lines_of(path.read_text("utf-8"))["SPEECHGRADE_SUBJECT_KEY"]


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SPEECHGRADE_SUBJECT_KEY=the only copy", "utf-8")
    with pytest.raises(FileInTheWay):
        write_new(path, "another")
    assert path.read_text("utf-8") == "SPEECHGRADE_SUBJECT_KEY=the only copy"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileInTheWay, match="cannot be written"):
        write_new(tmp_path / "absent" / ".env", "text")


def test_what_makes_the_keys_is_asked_for_by_name() -> None:
    # The image leaves out what nobody asks for; an extra of another package is nobody.
    project = tomllib.loads((REPO / "services/exporter/pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in project["dependencies"]}
    assert {"cryptography", "pyjwt"} <= names
