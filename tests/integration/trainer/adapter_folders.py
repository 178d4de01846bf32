"""Adapters that nobody had to train: the folder of a run, as a trainer leaves it."""

import json
from pathlib import Path
from random import Random
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from speechgrade_shared.digest import canonical_json, sha256_hex
from speechgrade_shared.manifests import AdapterManifest
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_trainer.registry.adapters import RUN_FILE
from speechgrade_trainer.registry.package import Package, read_package
from speechgrade_trainer.training.base import locate_base
from speechgrade_trainer.training.model import load_base

from tests.unit.trainer.material import BASE_MODEL, recipe

from .conftest import School

CARD = "---\nbase_model: x\nlibrary_name: peft\n---\n\n# A SpeechGradebook grading adapter\n"


def passed_gate(dataset: str, champion: str | None = None, **failed: bool) -> dict[str, Any]:
    outcomes = {"valid_answers": True, "better_than_mean": True, "better_than_champion": True} | failed
    checks = [{"name": name, "passed": passed, "text": "so"} for name, passed in outcomes.items()]
    return {"passed": all(outcomes.values()), "checks": checks, "champion": champion, "dataset": dataset}


def run_folder(school: School, dataset: str, seed: int, *, size: int = 200, **metrics: Any) -> tuple[Path, Package]:
    """A run that has trained and not uploaded; its weights are so many random bytes."""
    folder = begin(school, dataset)
    weights = Random(seed).randbytes(size)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(weights)
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps({"r": 4, "seed": seed}))
    return folder, seal(school, folder, dataset, metrics)


def peft_folder(school: School, dataset: str, seed: int) -> tuple[Path, Package]:
    """As ``run_folder``, with a real LoRA on the micro base that changes what it says."""
    folder = begin(school, dataset)
    torch.manual_seed(seed)
    base = load_base(locate_base(recipe(), school.folder / "models"), recipe())
    adapted: Any = get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"]))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    adapted.save_pretrained(str(folder / "adapter"))
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    return folder, seal(school, folder, dataset, {})


def begin(school: School, dataset: str) -> Path:
    body = {"recipe": "micro", "recipe_sha256": "f", "recipe_body": {}, "worker": "t", "dataset_digest": dataset}
    row = school.sql("select gen_random_uuid()::text as id")[0]["id"]
    run = str(school.project.rpc("start_run", {"p_run": body | {"id": row}}))
    folder = school.folder / "work" / "runs" / run
    (folder / "adapter").mkdir(parents=True)
    (folder / RUN_FILE).write_text(json.dumps({"run_id": run, "dataset": dataset}))
    return folder


def seal(school: School, folder: Path, dataset: str, metrics: dict[str, Any]) -> Package:
    adapter, base = folder / "adapter", locate_base(recipe(), school.folder / "models")
    (adapter / "README.md").write_text(CARD)
    (adapter / "recipe.json").write_bytes(canonical_json(recipe().body()))
    manifest = AdapterManifest(
        base_model=BASE_MODEL,
        base_revision=base.revision,
        renderer_version=RENDERER_VERSION,
        dataset_digest=dataset,
        recipe="micro",
        recipe_sha256=recipe().sha256(),
        lora_rank=4,
        files={path.name: sha256_hex(path.read_bytes()) for path in adapter.iterdir()},
        metrics=metrics,
    )
    (adapter / "manifest.json").write_bytes(manifest.to_bytes())
    return read_package(adapter)
