"""A tiny Mistral with random weights and random adapters for it, written by hand: no training library is loaded."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

RANK = 8
_WIDTH, _INNER, _LAYERS, _HEADS, _KEY_HEADS, _HEAD_WIDTH, _VOCABULARY = 128, 256, 2, 4, 2, 32, 32_000
_ATTENTION = {
    "q_proj": (_HEADS * _HEAD_WIDTH, _WIDTH),
    "k_proj": (_KEY_HEADS * _HEAD_WIDTH, _WIDTH),
    "v_proj": (_KEY_HEADS * _HEAD_WIDTH, _WIDTH),
    "o_proj": (_WIDTH, _HEADS * _HEAD_WIDTH),
}
_MLP = {"gate_proj": (_INNER, _WIDTH), "up_proj": (_INNER, _WIDTH), "down_proj": (_WIDTH, _INNER)}


def write_base(folder: Path) -> None:
    """Save a random base of about 8 million parameters with the real Mistral tokenizer."""
    from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer

    mistral_tokenizer().save_pretrained(folder)
    random = np.random.default_rng(7)
    shapes = {"model.embed_tokens": (_VOCABULARY, _WIDTH), "lm_head": (_VOCABULARY, _WIDTH)}
    for layer in range(_LAYERS):
        shapes |= {f"model.layers.{layer}.self_attn.{name}": shape for name, shape in _ATTENTION.items()}
        shapes |= {f"model.layers.{layer}.mlp.{name}": shape for name, shape in _MLP.items()}
    weights = {f"{name}.weight": _normal(random, shape) for name, shape in shapes.items()}
    norms = ["model.norm"]
    for layer in range(_LAYERS):
        norms += [f"model.layers.{layer}.{name}_layernorm" for name in ("input", "post_attention")]
    weights |= {f"{name}.weight": np.ones(_WIDTH, np.float32) for name in norms}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(_config()))


def write_adapter(folder: Path, served_as: str, seed: int) -> None:
    """Save a random LoRA on q, k, v and o, strong enough to change every answer."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    weights = {}
    for layer in range(_LAYERS):
        for name, (out, into) in _ATTENTION.items():
            prefix = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{prefix}.lora_A.weight"] = _normal(random, (RANK, into), 0.2)
            weights[f"{prefix}.lora_B.weight"] = _normal(random, (out, RANK), 0.2)
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": served_as,
        "r": RANK,
        "lora_alpha": 32,
        "target_modules": list(_ATTENTION),
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))


def _normal(random: np.random.Generator, shape: tuple[int, ...], scale: float = 0.05) -> NDArray[np.float32]:
    return (random.standard_normal(shape) * scale).astype(np.float32)


def _config() -> dict[str, object]:
    return {
        "architectures": ["MistralForCausalLM"],
        "model_type": "mistral",
        "hidden_size": _WIDTH,
        "intermediate_size": _INNER,
        "num_hidden_layers": _LAYERS,
        "num_attention_heads": _HEADS,
        "num_key_value_heads": _KEY_HEADS,
        "head_dim": _HEAD_WIDTH,
        "vocab_size": _VOCABULARY,
        "max_position_embeddings": 4096,
        "sliding_window": None,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "float32",
    }
