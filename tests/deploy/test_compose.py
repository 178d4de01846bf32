"""compose.yaml: valid for Compose, confined, and with an engine that only the scorer reaches."""

import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from speechgrade_exporter.commands import app
from speechgrade_exporter.new_keys import local_project, own_secrets
from speechgrade_scorer.settings import ScorerSettings
from typer.testing import CliRunner

from . import compose_file, compose_rules, tools
from .compose_file import NEEDED, OVERRIDES, REPO, SECRET, docker_compose, has_docker_compose, read
from .compose_rules import RULES, Rule

pytestmark = pytest.mark.deploy
GIVEN = dict.fromkeys(NEEDED, "https://project.invalid")
needs_compose = pytest.mark.skipif(
    not has_docker_compose(), reason="no Compose 2.24 on this machine; the schema and our own rules were checked"
)
PROFILES = compose_file.profiles()
ALONE_AND_TOGETHER = [
    *(chosen for count in range(3) for chosen in itertools.combinations(PROFILES, count)),
    tuple(PROFILES),
]

# Each breaks one thing of the good file, and only its own rule may notice.
BROKEN: list[tuple[Rule, str, Any]] = [
    (compose_rules.confined, "services.scorer.read_only", False),
    (compose_rules.confined, "services.engine.cap_drop", ["NET_RAW"]),
    (compose_rules.confined, "services.exporter.security_opt", []),
    (compose_rules.confined, "services.gateway.cap_add", ["NET_BIND_SERVICE"]),
    (compose_rules.confined, "services.db.cap_add", ["SYS_ADMIN"]),
    (compose_rules.confined, "services.rest.pid", "host"),
    (compose_rules.unprivileged, "services.engine.user", "0:0"),
    (compose_rules.unprivileged, "services.scorer.user", "root"),
    (compose_rules.unprivileged, "services.storage.user", "0"),
    (compose_rules.bounded, "services.exporter.deploy.resources.limits", {"memory": "1g"}),
    (compose_rules.bounded, "services.engine.logging", {"driver": "json-file"}),
    (compose_rules.bounded, "services.auth.deploy.resources.limits", {"pids": 64}),
    (compose_rules.bounded, "services.db.ulimits", {"nofile": 1048576}),
    (compose_rules.pinned, "services.engine.image", "${VLLM_IMAGE:-vllm/vllm-openai:latest}"),
    (compose_rules.pinned, "services.engine.image", "registry.invalid:5000/vllm-openai"),
    (compose_rules.pinned, "services.rest.image", "postgrest/postgrest"),
    (compose_rules.engine_is_private, "networks.engine", {}),
    (compose_rules.engine_is_private, "services.exporter.networks", ["outside", "engine"]),
    (compose_rules.engine_is_private, "services.gateway.networks", ["outside", "supabase", "engine"]),
    (compose_rules.engine_is_private, "services.engine-cpu.networks", {"engine": {}, "outside": {}}),
    (compose_rules.published_on_loopback_alone, "services.engine.ports", ["127.0.0.1:8000:8000"]),
    (compose_rules.published_on_loopback_alone, "services.db.ports", ["127.0.0.1:5432:5432"]),
    (compose_rules.published_on_loopback_alone, "services.gateway.ports", ["${GATEWAY_PUBLISH:-8000}:8000"]),
    (compose_rules.local_is_closed, "services.db.networks", ["outside", "supabase"]),
    (compose_rules.local_is_closed, "networks.supabase", {}),
    (
        compose_rules.without_secrets,
        "services.exporter.environment.SPEECHGRADE_SUBJECT_KEY",
        "${SPEECHGRADE_SUBJECT_KEY:-x}",
    ),
    (compose_rules.without_secrets, "services.scorer.environment.SPEECHGRADE_SCORER_TOKEN", "a token"),
    (compose_rules.without_secrets, "services.db.environment.POSTGRES_PASSWORD", "postgres"),
    (
        compose_rules.without_secrets,
        "services.rest.environment.PGRST_DB_URI",
        "postgres://authenticator:${SUPABASE_REST_PASSWORD:-postgres}@db:5432/postgres",
    ),
    (compose_rules.waits_for_health, "services.rest.depends_on.migrate.condition", "service_started"),
    (compose_rules.waits_for_health, "services.gateway.depends_on.rest.condition", "service_started"),
    (compose_rules.waits_for_health, "services.scorer.depends_on.engine-cpu.required", True),
    (compose_rules.waits_for_health, "services.auth.healthcheck", None),
    (compose_rules.references_exist, "services.scorer.networks", ["engine", "inside"]),
    (compose_rules.references_exist, "services.scorer.depends_on", {"door": {"condition": "service_healthy"}}),
    (compose_rules.references_exist, "services.trainer.volumes", ["weights:/models:ro"]),
    (
        compose_rules.references_exist,
        "services.engine.volumes",
        ["./no-such-template:/etc/speechgrade/chat_template.jinja:ro"],
    ),
    (compose_rules.references_exist, "services.db.volumes", ["./deploy/supabase/no.sql:/etc/postgresql.schema.sql:ro"]),
    (compose_rules.references_exist, "services.trainer.build.dockerfile", "services/trainer/Containerfile"),
]


def check_schema(path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("path", [*compose_file.files(), *OVERRIDES], ids=lambda path: str(path.relative_to(REPO)))
def test_it_follows_the_schema_of_compose(path: Path, tmp_path: Path) -> None:
    # The checker knows no tags: what an override takes away is empty for it.
    plain = tmp_path / "compose.yaml"
    plain.write_text(path.read_text("utf-8").replace("!reset", ""), "utf-8")
    done = check_schema(str(plain))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_is_really_checked(tmp_path: Any) -> None:
    wrong = read()
    wrong["services"]["scorer"]["read_onIy"] = True
    path = tmp_path / "compose.yaml"
    path.write_text(yaml.safe_dump(wrong), "utf-8")
    assert check_schema(str(path)).returncode == 1


@needs_compose
@pytest.mark.parametrize("chosen", ALONE_AND_TOGETHER, ids=lambda chosen: "+".join(chosen) or "default")
@pytest.mark.parametrize("overrides", [(), OVERRIDES], ids=["variables", "files"])
def test_compose_accepts_it(chosen: tuple[str, ...], overrides: tuple[Path, ...]) -> None:
    named = [part for profile in chosen for part in ("--profile", profile)]
    done = docker_compose(*named, "config", "--quiet", given=GIVEN, overrides=overrides)
    assert done.returncode == 0, done.stderr


@needs_compose
@pytest.mark.parametrize("name", NEEDED)
def test_compose_names_the_setting_that_is_missing(name: str) -> None:
    done = docker_compose("config", "--quiet", given=GIVEN | {name: ""})
    assert done.returncode != 0
    assert name in done.stderr


def configured(*arguments: str, overrides: tuple[Path, ...] = ()) -> dict[str, Any]:
    done = docker_compose(*arguments, "config", "--format", "json", given=GIVEN, overrides=overrides)
    assert done.returncode == 0, done.stderr
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    return services


@needs_compose
@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ((), {"exporter", "scorer"}),
        (("gpu",), {"exporter", "scorer", "engine", "trainer-sweep"}),
        (("cpu",), {"exporter", "scorer", "engine-cpu"}),
        (
            ("local",),
            {"exporter", "scorer", "db", "auth", "storage", "migrate", "rest", "functions", "gateway"},
        ),
    ],
)
def test_a_profile_starts_its_own_services(chosen: tuple[str, ...], wanted: set[str]) -> None:
    assert set(configured(*[part for profile in chosen for part in ("--profile", profile)])) == wanted


@needs_compose
def test_a_secret_that_is_a_file_is_no_variable() -> None:
    services = configured("--profile", "train", overrides=OVERRIDES)
    files = {"SUPABASE_SECRET_KEY", "SPEECHGRADE_SUBJECT_KEY", "SPEECHGRADE_SCORER_TOKEN", "SPEECHGRADE_WEBHOOK_SECRET"}
    for name in ("exporter", "scorer", "trainer"):
        mounted = {secret["source"]: secret["target"] for secret in services[name]["secrets"]}
        assert mounted == {secret: f"/run/secrets/{secret}" for secret in mounted}
        assert set(mounted) == files & set(compose_file.environment(read()["services"][name]))
        assert not files & set(services[name]["environment"])


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
    # For `make deploy-supabase`, which reads the same file.
    of_the_function = {"SPEECHGRADE_SCORER_URL"}
    assert explained - of_the_function == compose_file.variables()


def test_the_example_names_the_defaults_of_the_file() -> None:
    example = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.+)$", (REPO / ".env.example").read_text("utf-8"), re.MULTILINE))
    different = [
        (name, default)
        for service in read()["services"].values()
        for name, default in compose_file.defaults(service)
        if default and example.get(name) != default
    ]
    assert different == []


def test_every_secret_of_the_file_is_made_by_one_command() -> None:
    made = own_secrets() | local_project("http://127.0.0.1:8000")
    of_others = {"HF_TOKEN", "SPEECHGRADE_EXTERNAL_API_KEY"}
    assert {name for name in compose_file.variables() if SECRET.search(name)} - of_others <= set(made)
    assert set(made) <= compose_file.variables()


@needs_compose
def test_compose_reads_what_the_command_makes(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    done = CliRunner().invoke(app, ["new-keys", "--local", "--into", str(path)])
    assert done.exit_code == 0, done.output
    environment = {name: value for name, value in os.environ.items() if name not in compose_file.variables()}
    arguments = ("--file", str(REPO / "compose.yaml"), "--env-file", str(path), "--profile", "local", "config")
    read_back = tools.compose(*arguments, "--format", "json", env=environment)
    assert read_back.returncode == 0, read_back.stderr
    services = json.loads(read_back.stdout)["services"]
    [signing] = json.loads(services["auth"]["environment"]["GOTRUE_JWT_KEYS"])
    for verifies in (
        services["rest"]["environment"]["PGRST_JWT_SECRET"],
        services["storage"]["environment"]["JWT_JWKS"],
    ):
        [public] = json.loads(verifies)["keys"]
        assert public["kid"] == signing["kid"]
        assert "d" not in public
    of_function = services["functions"]["environment"]
    assert json.loads(of_function["SUPABASE_PUBLISHABLE_KEYS"])["default"].startswith("sb_publishable_")
    assert of_function["SPEECHGRADE_SCORER_TOKEN"] == services["scorer"]["environment"]["SPEECHGRADE_SCORER_TOKEN"]
    assert services["exporter"]["environment"]["SUPABASE_URL"] == "http://gateway:8000"


def test_the_example_holds_no_secret() -> None:
    for line in (REPO / ".env.example").read_text("utf-8").splitlines():
        name, _, value = line.removeprefix("#").partition("=")
        assert not (SECRET.search(name) and value), name


def test_the_scorer_waits_for_an_engine_of_this_machine_only() -> None:
    waits = read()["services"]["scorer"]["depends_on"]
    for engine in compose_rules.ENGINES:
        assert waits[engine] == {"condition": "service_healthy", "required": False}


def test_each_engine_answers_under_one_name() -> None:
    services = read()["services"]
    assert services["engine-cpu"]["networks"] == {"engine": {"aliases": ["engine"]}}
    assert compose_file.filled(services["scorer"]["environment"]["SPEECHGRADE_ENGINE_URL"]) == "http://engine:8000"


@pytest.mark.parametrize("engine", sorted(compose_rules.ENGINES))
def test_engine_and_scorer_see_the_adapters_under_one_path(engine: str) -> None:
    services = read()["services"]
    path, read_only = compose_file.mounts(services["scorer"])["adapters"]
    assert compose_file.mounts(services[engine])["adapters"] == (path, True)
    assert services["scorer"]["environment"]["SPEECHGRADE_ADAPTER_CACHE"] == path
    assert not read_only


def test_the_engine_on_a_processor_is_told_what_the_one_on_a_gpu_is() -> None:
    services = read()["services"]
    of_gpu, of_cpu = (
        dict(compose_file.filled(part).partition("=")[::2] for part in services[name]["command"])
        for name in ("engine", "engine-cpu")
    )
    differing = {name for name in of_gpu if of_cpu.get(name) != of_gpu[name]}
    assert differing == {"--gpu-memory-utilization", "--max-model-len", "--max-loras"}
    assert of_cpu["--dtype"] == "float32"
    # A slot more: there, rows without an adapter are computed with the last one.
    assert int(of_cpu["--max-loras"]) == int(of_gpu["--max-loras"]) + 1


def test_a_scorer_that_stops_has_time_for_its_callers_and_its_scores() -> None:
    fields = ScorerSettings.model_fields
    needed = fields["answer_within_s"].default + 1 + fields["drain_s"].default
    assert compose_file.seconds(read()["services"]["scorer"]["stop_grace_period"]) >= needed + 10


def test_only_one_service_asks_the_model_hub() -> None:
    asking = [
        name
        for name, service in read()["services"].items()
        if compose_file.environment(service).get("HF_HUB_OFFLINE", "1") != "1"
    ]
    assert asking == ["weights"]
    writers = {
        name
        for name, service in read()["services"].items()
        if compose_file.mounts(service).get("models") == ("/models", False)
    }
    assert writers == {"weights"}


def test_what_may_do_more_than_others_is_there_and_has_a_reason() -> None:
    services = read()["services"]
    for exempt in (compose_rules.MAY_BE_ROOT, compose_rules.MAY_WRITE_ITS_ROOT, compose_rules.NEEDS_THE_OUTSIDE):
        assert set(exempt) <= set(services)
        assert all(exempt.values())


def test_the_project_of_its_own_is_set_up_as_a_hosted_one() -> None:
    services = read()["services"]
    config = tomllib.loads((REPO / "supabase/config.toml").read_text("utf-8"))
    rest, storage = compose_file.environment(services["rest"]), compose_file.environment(services["storage"])
    assert rest["PGRST_DB_SCHEMAS"] == ",".join(config["api"]["schemas"])
    assert rest["PGRST_DB_EXTRA_SEARCH_PATH"] == ",".join(config["api"]["extra_search_path"])
    assert rest["PGRST_DB_MAX_ROWS"] == str(config["api"]["max_rows"])
    assert config["storage"]["file_size_limit"] == "1GiB"
    assert storage["UPLOAD_FILE_SIZE_LIMIT"] == storage["UPLOAD_FILE_SIZE_LIMIT_STANDARD"] == str(1 << 30)
    assert f":{config['db']['major_version']}." in compose_file.filled(services["db"]["image"])


def test_no_training_begins_because_somebody_started_every_service() -> None:
    trainer = read()["services"]["trainer"]
    assert "command" not in trainer
    assert 'CMD ["--help"]' in (REPO / trainer["build"]["dockerfile"]).read_text("utf-8")


def test_users_tokens_have_one_issuer() -> None:
    services = read()["services"]
    given = {"SUPABASE_PUBLIC_URL": "https://models.example.edu"}
    issuer = compose_file.filled(str(services["auth"]["environment"]["GOTRUE_JWT_ISSUER"]), given)
    public = compose_file.filled(str(services["functions"]["environment"]["SUPABASE_PUBLIC_URL"]), given)
    assert issuer == f"{public}/auth/v1"
