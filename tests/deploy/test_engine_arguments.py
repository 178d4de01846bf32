"""vLLM gets the same arguments everywhere, and those without which it is silently wrong."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from speechgrade_local.engine import EngineSettings, engine_spec
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_trainer.recipe import load_recipe

from . import compose_file
from .manifests import container, containers, environment, find, rendered

pytestmark = pytest.mark.deploy


def flags(arguments: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (argument.partition("=") for argument in arguments)}


def in_compose() -> dict[str, str]:
    return flags([compose_file.filled(part) for part in compose_file.read()["services"]["engine"]["command"]])


def in_the_cluster(folder: str = "base") -> dict[str, str]:
    documents = rendered(folder)
    engine = find(documents, "Deployment", "engine")
    settings = find(documents, "ConfigMap", "speechgrade-settings")["data"]
    return flags([re.sub(r"\$\((\w+)\)", lambda match: settings[match[1]], part) for part in container(engine)["args"]])


def on_kind() -> dict[str, str]:
    return in_the_cluster("overlays/kind-cpu")


Arguments = Callable[[], dict[str, str]]
ON_A_GPU = pytest.mark.parametrize("told", [in_compose, in_the_cluster], ids=["compose", "cluster"])
EVERYWHERE = pytest.mark.parametrize("told", [in_compose, in_the_cluster, on_kind], ids=["compose", "cluster", "kind"])


@EVERYWHERE
def test_one_grammar_backend_is_pinned(told: Arguments) -> None:
    grammar = json.loads(told()["--structured-outputs-config"])
    assert grammar == {"backend": "guidance", "disable_any_whitespace": True}


@EVERYWHERE
def test_adapters_of_every_rank_that_the_scorer_accepts_fit(told: Arguments) -> None:
    assert "--enable-lora" in told()
    assert int(told()["--max-lora-rank"]) == ScorerSettings.model_fields["max_lora_rank"].default


@EVERYWHERE
def test_as_many_adapters_fit_as_the_scorer_loads(told: Arguments) -> None:
    assert int(told()["--max-cpu-loras"]) >= ScorerSettings.model_fields["max_loaded_adapters"].default


@EVERYWHERE
def test_the_engine_is_not_told_to_log_what_it_is_asked_or_answers(told: Arguments) -> None:
    assert [name for name in told() if "log" in name] == []


@pytest.mark.parametrize("service", ["engine", "engine-cpu"])
def test_no_variable_makes_the_engine_log_what_it_answers(service: str) -> None:
    documents = rendered("base")
    variables = environment(documents, find(documents, "Deployment", "engine"))
    variables |= compose_file.environment(compose_file.read()["services"][service])
    assert [name for name in variables if "LOG" in name] == []


@EVERYWHERE
def test_what_is_loaded_answers_by_its_id(told: Arguments) -> None:
    assert told()["--served-model-name"] == told()["--model"]


@ON_A_GPU
@pytest.mark.parametrize("recipe", ["mistral-7b-lora", "mistral-7b-qlora"])
def test_the_base_is_the_one_that_the_recipes_train_on(told: Arguments, recipe: str) -> None:
    trained = load_recipe(recipe).recipe
    assert (told()["--model"], told()["--revision"]) == (trained.base_model, trained.base_revision)


def test_both_deployments_say_the_same() -> None:
    assert in_compose() == in_the_cluster()


def test_on_a_cpu_it_is_told_what_the_embedded_stack_has_proved(tmp_path: Path) -> None:
    vllm = tmp_path / ".venv-engine/bin/vllm"
    vllm.parent.mkdir(parents=True)
    vllm.touch()
    spec = engine_spec(tmp_path, EngineSettings(model_dir=tmp_path, served_name="", port=8000))
    *_, caching = (part for part in spec.argv if "prefix-caching" in part)
    names = [name for name in spec.argv if name.startswith("--") and name not in {caching, "--enable-lora"}]
    proved = {name: spec.argv[spec.argv.index(name) + 1] for name in names} | {caching: "", "--enable-lora": ""}
    elsewhere = {"--host", "--served-model-name"}
    assert {name: on_kind().get(name) for name in proved.keys() - elsewhere} == {
        name: value for name, value in proved.items() if name not in elsewhere
    }


def test_on_a_cpu_it_asks_for_no_card() -> None:
    engine = find(rendered("overlays/kind-cpu"), "Deployment", "engine")
    assert "nvidia" not in json.dumps(engine)
    assert {own["image"] for own in containers(engine)} == {"speechgrade/engine-cpu:0.1.0"}


def test_both_deployments_use_one_version() -> None:
    engine = find(rendered("base"), "Deployment", "engine")
    images = {own["image"] for own in containers(engine)}
    assert images == {compose_file.filled(compose_file.read()["services"]["engine"]["image"])}


@pytest.mark.parametrize("where", ["compose", "cluster"])
def test_it_calls_nobody_and_loads_adapters_at_run_time(where: str) -> None:
    documents = rendered("base")
    variables: dict[str, Any] = (
        compose_file.environment(compose_file.read()["services"]["engine"])
        if where == "compose"
        else environment(documents, find(documents, "Deployment", "engine"))
    )
    wanted = {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }
    assert variables.items() >= wanted.items()


def test_the_scorer_asks_for_the_base_under_the_name_that_is_served() -> None:
    scorer = compose_file.environment(compose_file.read()["services"]["scorer"])
    assert compose_file.filled(str(scorer["SPEECHGRADE_BASE_MODEL"])) == in_compose()["--served-model-name"]
    assert compose_file.filled(str(scorer["SPEECHGRADE_BASE_REVISION"])) == in_compose()["--revision"]
