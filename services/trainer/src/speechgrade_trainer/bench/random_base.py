"""A base with random weights of Mistral-7B-Instruct-v0.2's architecture, saved as a base on a disk is."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import MistralConfig, MistralForCausalLM

from speechgrade_trainer.data.architecture import Architecture
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.device import Device

TINY = Architecture(hidden=64, layers=2, heads=4, kv_heads=2, head_width=16, intermediate=128, vocabulary=512)
_STANDARD_DEVIATION = 0.02


def config_of(model: Architecture) -> MistralConfig:
    """As v0.2 has it: no sliding window, a rotation of base 1,000,000, positions up to 32,768."""
    return MistralConfig(
        vocab_size=model.vocabulary,
        hidden_size=model.hidden,
        intermediate_size=model.intermediate,
        num_hidden_layers=model.layers,
        num_attention_heads=model.heads,
        num_key_value_heads=model.kv_heads,
        head_dim=model.head_width,
        max_position_embeddings=32_768,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        sliding_window=None,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        architectures=["MistralForCausalLM"],
    )


def random_base(folder: Path, model: Architecture, device: Device) -> Base:
    """Write the base in bf16 unless it is there: 14.5 GB for a 7B."""
    target = folder / "-".join(str(number) for number in asdict(model).values())
    if not (target / "complete").is_file():
        _write(target, model, torch.device("cuda", device.index) if device.is_gpu else torch.device("cpu"))
        (target / "complete").touch()
    return Base("speechgrade/random-mistral", "random", target)


def _write(target: Path, model: Architecture, where: torch.device) -> None:
    torch.manual_seed(17)
    with torch.device("meta"):
        made: Any = MistralForCausalLM(config_of(model)).bfloat16()
    # Made where there is most memory bandwidth, and without an initialization that would be drawn twice.
    made.to_empty(device=where)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "norm" in name:
                parameter.fill_(1.0)
            else:
                parameter.normal_(std=_STANDARD_DEVIATION)
    made.save_pretrained(target, max_shard_size="4GB")
