"""Every setting in the deployment is one that a service reads, and every one that it needs is there."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_trainer.settings import TrainerSettings

from . import compose_file, manifests
from .compose_file import REPO

pytestmark = pytest.mark.deploy
SETTINGS: dict[str, type[BaseSettings]] = {
    "exporter": ExporterSettings,
    "scorer": ScorerSettings,
    "trainer": TrainerSettings,
}
NAME = re.compile(r"\bSPEECHGRADE_[A-Z0-9_]*[A-Z0-9]\b")
# Read by the Edge Function `score`, and said in .env.example.
OF_THE_FUNCTION = {"SPEECHGRADE_SCORER_URL", "SPEECHGRADE_ALLOWED_ORIGINS"}
FILES = [
    *compose_file.files(),
    *compose_file.OVERRIDES,
    REPO / ".env.example",
    *sorted(REPO.glob("services/*/Dockerfile")),
    *sorted(path for path in (REPO / "k8s").rglob("*") if path.is_file()),
]
EVERY = pytest.mark.parametrize("service", SETTINGS)


def names(kind: type[BaseSettings]) -> dict[str, str]:
    """The variables that a settings class reads, by field."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    found = {}
    for field, details in kind.model_fields.items():
        alias = details.validation_alias
        found[field] = alias if isinstance(alias, str) else f"{prefix}{field}".upper()
    return found


def needed(kind: type[BaseSettings]) -> set[str]:
    return {name for field, name in names(kind).items() if kind.model_fields[field].is_required()}


def in_compose(service: str) -> set[str]:
    return set(compose_file.environment(compose_file.read()["services"][service]))


def in_the_cluster(service: str) -> set[str]:
    documents = manifests.rendered("overlays/single-gpu") + manifests.rendered("trainer-job")
    kind = "Job" if service == "trainer" else "Deployment"
    return set(manifests.environment(documents, manifests.find(documents, kind, service)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPO)))
def test_every_setting_is_read_by_a_service(path: Path) -> None:
    known = {name for kind in SETTINGS.values() for name in names(kind).values()} | OF_THE_FUNCTION
    assert set(NAME.findall(path.read_text("utf-8"))) - known == set()


@EVERY
def test_compose_gives_a_service_what_it_needs_and_nothing_else(service: str) -> None:
    given = in_compose(service)
    assert needed(SETTINGS[service]) <= given
    assert {name for name in given if NAME.match(name)} <= set(names(SETTINGS[service]).values())


@EVERY
def test_the_cluster_gives_a_service_what_it_needs(service: str) -> None:
    assert needed(SETTINGS[service]) <= in_the_cluster(service)


def test_only_the_exporter_knows_the_key_of_the_pseudonyms() -> None:
    for given in (in_compose, in_the_cluster):
        assert [service for service in SETTINGS if "SPEECHGRADE_SUBJECT_KEY" in given(service)] == ["exporter"]


def spelled(value: object) -> str:
    """A setting as the environment spells it; a list is separated by commas."""
    if isinstance(value, tuple | frozenset):
        return ",".join(sorted(map(str, value)) if isinstance(value, frozenset) else map(str, value)) or "none"
    return str(value)


def test_the_defaults_in_the_example_are_the_real_ones() -> None:
    example = dict(re.findall(r"^#(SPEECHGRADE_\w+)=(.+)$", (REPO / ".env.example").read_text("utf-8"), re.MULTILINE))
    for kind in SETTINGS.values():
        for field, name in names(kind).items():
            default = kind.model_fields[field].default
            if name in example and not kind.model_fields[field].is_required():
                is_same = spelled(default) == example[name] or type(default)(example[name]) == default
                assert is_same, name


def test_the_function_reads_its_setting() -> None:
    sources = (REPO / "supabase/functions").rglob("*.ts")
    assert set(NAME.findall("".join(path.read_text("utf-8") for path in sources))) >= OF_THE_FUNCTION
