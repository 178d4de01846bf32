"""vLLM gets the same arguments everywhere, and those without which it is silently wrong."""

import json
import re
from typing import Any

import pytest
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_trainer.recipe import load_recipe

from . import compose_file
from .manifests import container, environment, find, rendered

pytestmark = pytest.mark.deploy


def flags(arguments: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (argument.partition("=") for argument in arguments)}


def in_compose() -> dict[str, str]:
    return flags([compose_file.filled(part) for part in compose_file.read()["services"]["engine"]["command"]])


def in_the_cluster() -> dict[str, str]:
    documents = rendered("base")
    engine = find(documents, "Deployment", "engine")
    settings = find(documents, "ConfigMap", "speechgrade-settings")["data"]
    return flags([re.sub(r"\$\((\w+)\)", lambda match: settings[match[1]], part) for part in container(engine)["args"]])


EVERYWHERE = pytest.mark.parametrize("arguments", [in_compose(), in_the_cluster()], ids=["compose", "cluster"])


@EVERYWHERE
def test_one_grammar_backend_is_pinned(arguments: dict[str, str]) -> None:
    grammar = json.loads(arguments["--structured-outputs-config"])
    assert grammar == {"backend": "guidance", "disable_any_whitespace": True}


@EVERYWHERE
def test_adapters_of_every_rank_that_the_scorer_accepts_fit(arguments: dict[str, str]) -> None:
    assert "--enable-lora" in arguments
    assert int(arguments["--max-lora-rank"]) == ScorerSettings.model_fields["max_lora_rank"].default


@EVERYWHERE
@pytest.mark.parametrize("recipe", ["mistral-7b-lora", "mistral-7b-qlora"])
def test_the_base_is_the_one_that_the_recipes_train_on(arguments: dict[str, str], recipe: str) -> None:
    trained = load_recipe(recipe).recipe
    assert (arguments["--model"], arguments["--revision"]) == (trained.base_model, trained.base_revision)
    assert arguments["--served-model-name"] == arguments["--model"]


def test_both_deployments_say_the_same() -> None:
    assert in_compose() == in_the_cluster()


def test_both_deployments_use_one_version() -> None:
    documents = rendered("base")
    image = container(find(documents, "Deployment", "engine"))["image"]
    assert compose_file.filled(compose_file.read()["services"]["engine"]["image"]) == image
    assert container(find(rendered("weights-job"), "Job", "weights"))["image"] == image


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
