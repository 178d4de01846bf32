"""Random adapters for the tiny base: stored, registered and promoted as a trainer's would be, without a training."""

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from safetensors.numpy import save
from speechgrade_shared.digest import sha256_hex, tree_digest
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

RANK = 8
_SCALE = 0.01
"""So weak that every adapter answers about as the base would, and as long."""
_ACTOR = "bench"
_BUCKET = "llm-adapters"


def register_adapter(
    project: SupabaseProject, database_url: str, base: tuple[str, str], config: Path, seed: int
) -> str:
    """Store and register a random LoRA for a base (name, revision) whose ``config.json`` is given; its digest."""
    contents = _adapter_files(base[0], config, seed)
    files = {path: sha256_hex(data) for path, data in contents.items()}
    digest = tree_digest(files)
    for path, data in contents.items():
        project.upload(_BUCKET, f"adapters/{digest}/{path}", data, "application/octet-stream")
    adapter = {
        "digest": digest,
        "name": adapter_name(digest),
        "run_id": _finished_run(project, database_url),
        "base_model": base[0],
        "base_revision": base[1],
        "renderer_version": RENDERER_VERSION,
        "lora_rank": RANK,
        "object_prefix": f"adapters/{digest}",
        "files": files,
        "metrics": {},
    }
    project.rpc("register_adapter", {"p_adapter": adapter})
    return digest


def promote_adapter(project: SupabaseProject, digest: str, scope: tuple[str, str] = ("default", "")) -> None:
    """Let it answer for a scope, whatever the gate would say of random weights."""
    request = {
        "p_digest": digest,
        "p_actor": _ACTOR,
        "p_reason": "measuring",
        "p_force": True,
        "p_scope_kind": scope[0],
        "p_scope_id": scope[1],
    }
    project.rpc("promote_adapter", request)


def _adapter_files(served_as: str, config: Path, seed: int) -> dict[str, bytes]:
    model = json.loads(config.read_text())
    shapes = _attention_shapes(model)
    described = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": served_as,
        "r": RANK,
        "lora_alpha": 2 * RANK,
        "target_modules": list(shapes),
        "bias": "none",
    }
    weights = _weights(int(model["num_hidden_layers"]), shapes, seed)
    return {
        "adapter_config.json": json.dumps(described).encode(),
        "adapter_model.safetensors": _as_safetensors(weights),
    }


def _attention_shapes(model: dict[str, Any]) -> dict[str, tuple[int, int]]:
    width, heads = int(model["hidden_size"]), int(model["num_attention_heads"])
    head = int(model.get("head_dim") or width // heads)
    keys = int(model["num_key_value_heads"]) * head
    return {
        "q_proj": (heads * head, width),
        "k_proj": (keys, width),
        "v_proj": (keys, width),
        "o_proj": (width, heads * head),
    }


def _weights(layers: int, shapes: dict[str, tuple[int, int]], seed: int) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    weights = {}
    for layer in range(layers):
        for name, (out, into) in shapes.items():
            prefix = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{prefix}.lora_A.weight"] = _normal(random, (RANK, into))
            weights[f"{prefix}.lora_B.weight"] = _normal(random, (out, RANK))
    return weights


def _normal(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    return (random.standard_normal(shape) * _SCALE).astype(np.float32)


def _as_safetensors(weights: dict[str, NDArray[np.float32]]) -> bytes:
    return bytes(save(weights, metadata={"format": "pt"}))


def _finished_run(project: SupabaseProject, database_url: str) -> str:
    """An adapter comes from a run on a dataset; these two are only rows."""
    dataset, run = sha256_hex(uuid.uuid4().bytes), str(uuid.uuid4())
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into llm.datasets (digest, manifest_path, examples, subjects, splits, excluded, renderer_version,"
            " anonymizer_version, consent_read_at, status) values (%s, 'bench', 1, 1, %s, %s, %s, 'bench', now(),"
            " 'superseded')",
            (dataset, Jsonb({}), Jsonb({}), RENDERER_VERSION),
        )
    request = {
        "id": run,
        "dataset_digest": dataset,
        "recipe": _ACTOR,
        "recipe_sha256": sha256_hex(b"bench"),
        "recipe_body": {},
        "worker": _ACTOR,
    }
    project.rpc("start_run", {"p_run": request})
    return run
