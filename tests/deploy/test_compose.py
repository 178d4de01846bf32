"""compose.yaml: valid for Compose, confined, and with an engine that only the scorer reaches."""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from . import compose_file
from .compose_file import FILE, NEEDED, PROFILES, REPO, RULES, Rule, docker_compose, has_docker_compose, read

pytestmark = pytest.mark.deploy
GIVEN = dict.fromkeys(NEEDED, "https://project.invalid")

# Each breaks one thing of the good file, and only its own rule may notice.
BROKEN: list[tuple[Rule, str, Any]] = [
    (compose_file.confined, "services.scorer.read_only", False),
    (compose_file.confined, "services.engine.cap_drop", ["NET_RAW"]),
    (compose_file.confined, "services.exporter.security_opt", []),
    (compose_file.unprivileged, "services.engine.user", "0:0"),
    (compose_file.unprivileged, "services.scorer.user", "root"),
    (compose_file.bounded, "services.exporter.deploy.resources.limits", {"memory": "1g"}),
    (compose_file.bounded, "services.engine.logging", {"driver": "json-file"}),
    (compose_file.pinned, "services.engine.image", "${VLLM_IMAGE:-vllm/vllm-openai:latest}"),
    (compose_file.pinned, "services.engine.image", "registry.invalid:5000/vllm-openai"),
    (compose_file.engine_is_private, "services.engine.ports", ["8000:8000"]),
    (compose_file.engine_is_private, "networks.engine", {}),
    (compose_file.engine_is_private, "services.exporter.networks", ["engine"]),
    (
        compose_file.without_secrets,
        "services.exporter.environment.SPEECHGRADE_SUBJECT_KEY",
        "${SPEECHGRADE_SUBJECT_KEY:-x}",
    ),
    (compose_file.without_secrets, "services.scorer.environment.SPEECHGRADE_SCORER_TOKEN", "a token"),
    (compose_file.references_exist, "services.scorer.networks", ["outside", "inside"]),
    (compose_file.references_exist, "services.scorer.depends_on", {"gateway": {"condition": "service_healthy"}}),
    (compose_file.references_exist, "services.trainer.volumes", ["weights:/models:ro"]),
    (
        compose_file.references_exist,
        "services.engine.volumes",
        ["./no-such-template:/etc/speechgrade/chat_template.jinja:ro"],
    ),
    (compose_file.references_exist, "services.trainer.build.dockerfile", "services/trainer/Containerfile"),
]


def check_schema(path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_it_follows_the_schema_of_compose() -> None:
    done = check_schema(str(FILE))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_is_really_checked(tmp_path: Any) -> None:
    wrong = read()
    wrong["services"]["scorer"]["read_onIy"] = True
    path = tmp_path / "compose.yaml"
    path.write_text(yaml.safe_dump(wrong), "utf-8")
    assert check_schema(str(path)).returncode == 1


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile or "default")
def test_compose_accepts_it(profile: str) -> None:
    if not has_docker_compose():
        pytest.skip("no Compose v2 on this machine; the schema and our own rules were checked")
    done = docker_compose(*(["--profile", profile] if profile else []), "config", "--quiet", given=GIVEN)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NEEDED)
def test_compose_names_the_setting_that_is_missing(name: str) -> None:
    if not has_docker_compose():
        pytest.skip("no Compose v2 on this machine")
    done = docker_compose("config", "--quiet", given=GIVEN | {name: ""})
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_it_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(read())) == []


@pytest.mark.parametrize(("rule", "place", "value"), BROKEN, ids=lambda part: getattr(part, "__name__", None))
def test_a_breach_is_noticed_by_its_rule_alone(rule: Rule, place: str, value: Any) -> None:
    broken = read()
    *parents, last = place.split(".")
    target = broken
    for part in parents:
        target = target[part]
    target[last] = value
    assert {other.__name__ for other in RULES if list(other(broken))} == {rule.__name__}


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_every_variable_is_explained() -> None:
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (REPO / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert explained == compose_file.variables()


def test_the_example_holds_no_secret() -> None:
    for line in (REPO / ".env.example").read_text("utf-8").splitlines():
        name, _, value = line.removeprefix("#").partition("=")
        assert not (compose_file.SECRET.search(name) and value), name


def test_the_scorer_waits_for_an_engine_of_this_machine_only() -> None:
    waits = read()["services"]["scorer"]["depends_on"]
    assert waits == {"engine": {"condition": "service_healthy", "required": False}}


def test_engine_and_scorer_see_the_adapters_under_one_path() -> None:
    services = read()["services"]
    path, read_only = compose_file.mounts(services["scorer"])["adapters"]
    assert compose_file.mounts(services["engine"])["adapters"] == (path, True)
    assert services["scorer"]["environment"]["SPEECHGRADE_ADAPTER_CACHE"] == path
    assert not read_only
