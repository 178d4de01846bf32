"""A deployment's choices before anything is asked: where to, with which secrets, and what of it may be seen."""

import re
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import SecretStr
from speechgrade_local.deploy_supabase.function_secrets import (
    differing,
    function_digest,
    read_env_file,
    wanted_secrets,
    write_secrets,
)
from speechgrade_local.deploy_supabase.target import DeploySettings, database_of, refuse_anothers
from speechgrade_local.errors import DeployRefused

MAKEFILE = Path(__file__).resolve().parents[3] / "Makefile"
URL = "SPEECHGRADE_SCORER_URL=https://scorer.example.org"
TOKEN = f"SPEECHGRADE_SCORER_TOKEN={'t' * 40}"


def settings(**values: str) -> DeploySettings:
    secret = {"access_token", "database_url", "database_password"}
    default = {"access_token": "sbp_x", "project_ref": "a" * 20, "database_url": "", "database_password": ""}
    return DeploySettings(**{n: SecretStr(v) if n in secret else v for n, v in (default | values).items()})  # type: ignore[arg-type]


def test_a_password_never_stands_in_an_argument() -> None:
    # pragma: allowlist nextline secret
    database = database_of(settings(), "postgresql://postgres:p%40ss@db.example.org:5432/postgres?application_name=x")
    assert database.remote == "postgresql://postgres@db.example.org:5432/postgres?application_name=x"
    assert database.environment == {"PGPASSWORD": "p@ss", "PGSSLMODE": "require"}


def test_the_password_of_an_address_without_one_comes_from_the_environment() -> None:
    database = database_of(settings(database_url="postgresql://postgres@127.0.0.1/postgres", database_password="x"), "")
    assert database.environment == {"PGPASSWORD": "x", "PGSSLMODE": "prefer"}


def test_without_an_address_the_project_is_reached_by_its_reference_and_no_password() -> None:
    database = database_of(settings(), "")
    assert (database.remote, database.environment) == ("a" * 20, {})


def test_an_address_of_another_project_is_not_taken_for_this_one() -> None:
    own = f"postgresql://postgres.{'a' * 20}@pooler.example.org:5432/postgres"
    refuse_anothers(database_of(settings(), own), "a" * 20)
    refuse_anothers(database_of(settings(), ""), "a" * 20)
    refuse_anothers(database_of(settings(), "postgresql://postgres@127.0.0.1:5432/postgres"), "a" * 20)
    with pytest.raises(DeployRefused, match="not an address of the project"):
        refuse_anothers(database_of(settings(), own), "b" * 20)


def test_an_env_file_of_another_project_is_not_taken_for_this_ones() -> None:
    database = database_of(settings(), "")
    for address in ("", f"https://{'a' * 20}.supabase.co", "https://api.school.example", "http://gateway:8000"):
        refuse_anothers(database, "a" * 20, address)
    with pytest.raises(DeployRefused, match="make them the same"):
        refuse_anothers(database, "a" * 20, f"https://{'b' * 20}.supabase.co")


def test_address_and_key_of_the_services_are_the_projects_where_nothing_else_is_said() -> None:
    held = {"SUPABASE_URL": "https://api.school.example", "SUPABASE_SECRET_KEY": "sb_secret_of_the_file"}
    completed = settings().completed_by(held)
    assert completed.function_url == "https://api.school.example"
    assert completed.secret_key.get_secret_value() == "sb_secret_of_the_file"
    said = settings(project_url="https://other.example").completed_by(held)
    assert said.function_url == "https://other.example"
    inside = settings().completed_by({"SUPABASE_URL": "http://gateway:8000"})
    assert inside.function_url == f"https://{'a' * 20}.supabase.co"


def test_an_env_file_is_read_as_compose_reads_it_with_secrets_in_files_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(f"\ufeff{URL}\r\nSPEECHGRADE_SCORER_TOKEN=file\r\nSUPABASE_SECRET_KEY=file\r\n".encode())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "SPEECHGRADE_SCORER_TOKEN").write_text("t" * 40 + "\n")
    assert wanted_secrets(file) == dict(line.split("=") for line in (URL, TOKEN))
    assert read_env_file(file)["SUPABASE_SECRET_KEY"] == "file"
    assert read_env_file(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((TOKEN,), "SPEECHGRADE_SCORER_URL: is not set"),
        ((URL,), "SPEECHGRADE_SCORER_TOKEN: is not set"),
        ((URL, "SPEECHGRADE_SCORER_TOKEN=short"), "at least 32 bytes"),
        ((TOKEN, "SPEECHGRADE_SCORER_URL=http://scorer.example.org"), "must begin with https://"),
        (
            (URL, TOKEN, 'SPEECHGRADE_ALLOWED_ORIGINS="it\'s"'),
            "SPEECHGRADE_ALLOWED_ORIGINS: holds a line break, a quote or a backslash",
        ),
    ],
)
def test_secrets_that_cannot_be_are_named_and_not_shown(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    file = tmp_path / ".env"
    file.write_text("\n".join(lines))
    with pytest.raises(DeployRefused, match=said) as refused:
        wanted_secrets(file)
    assert "short" not in str(refused.value)
    assert "it's" not in str(refused.value)


def test_only_what_is_the_functions_is_taken_from_the_file_and_written_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        f"{URL}\n{TOKEN}\nSUPABASE_SECRET_KEY=no\nSPEECHGRADE_OTLP_ENDPOINT=\nSPEECHGRADE_SCORER_TIMEOUT_MS=5$x\n"
    )
    wanted = wanted_secrets(file)
    assert set(wanted) == {"SPEECHGRADE_SCORER_URL", "SPEECHGRADE_SCORER_TOKEN", "SPEECHGRADE_SCORER_TIMEOUT_MS"}
    write_secrets(tmp_path / "out", wanted)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    assert wanted_secrets(tmp_path / "out") == wanted


def test_what_the_project_holds_already_is_known_by_its_digest() -> None:
    # pragma: allowlist nextline secret
    held = {"A": "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd", "B": "other"}
    assert differing({"A": "A", "B": "B", "C": "C"}, held) == ["B", "C"]


def test_the_digest_of_the_function_is_of_what_is_deployed(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "index.ts").write_text("1")
    before = function_digest(tmp_path)
    (tmp_path / "tests" / "a_test.ts").write_text("2")
    assert function_digest(tmp_path) == before
    (tmp_path / "index.ts").write_text("2")
    assert function_digest(tmp_path) != before


def needed_by(names: set[str]) -> set[str]:
    """These distributions with all that they require on this machine."""
    reached, ahead = set[str](), {canonicalize_name(name) for name in names}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        wanted = map(Requirement, distribution(name).requires or ())
        needed = {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate()}
        ahead |= needed - reached
    return reached


LONELY = """
import sys
blocked = set(sys.argv[1].split(","))
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in blocked: raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import speechgrade_local.cli, speechgrade_local.commands, speechgrade_local.deploy_supabase.command
"""


def test_a_deployment_needs_no_more_than_make_installs_for_it() -> None:
    [named] = re.findall(r"^DEPLOYMENT := (.*)$", MAKEFILE.read_text("utf-8"), re.MULTILINE)
    there = needed_by(set(named.split())) | {"speechgrade-shared", "speechgrade-local"}
    blocked = {
        top for top, owners in packages_distributions().items() if not there & set(map(canonicalize_name, owners))
    }
    assert {"torch", "supabase"} <= blocked
    blocked |= {f"speechgrade_{service}" for service in ("exporter", "trainer", "scorer")}
    command = [sys.executable, "-c", LONELY, ",".join(blocked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
