"""The model of a training's memory, beside what autograd really saves for the way back."""

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from peft import get_peft_model
from speechgrade_trainer.bench.random_base import config_of
from speechgrade_trainer.data.architecture import Architecture
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.arguments import lora_config
from speechgrade_trainer.training.kernels import leave_inputs_as_they_are
from speechgrade_trainer.training.memory import estimated_memory, kept_per_layer
from speechgrade_trainer.training.model import hold_in_fp32
from transformers import MistralForCausalLM

from .material import recipe

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL = (*ATTENTION, "gate_proj", "up_proj", "down_proj")


def narrow(layers: int) -> Architecture:
    """Mistral's proportions, eight times as narrow."""
    return Architecture(
        hidden=512, layers=layers, heads=8, kv_heads=2, head_width=64, intermediate=1792, vocabulary=500
    )


def saved_bytes(rules: Recipe, layers: int, tokens: int) -> int:
    """Bytes of everything but weights that is kept between a pass forward and the way back."""
    dtype = torch.float32 if rules.dtype == "float32" else torch.bfloat16
    torch.manual_seed(0)
    model: Any = get_peft_model(MistralForCausalLM(config_of(narrow(layers))).to(dtype), lora_config(rules))
    hold_in_fp32(model)
    if dtype is not torch.float32:
        leave_inputs_as_they_are(model)
    model.train()
    model.config.use_cache = False
    model.enable_input_require_grads()
    weights = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        where = tensor.untyped_storage().data_ptr()
        if where not in weights:
            kept[where] = tensor
        return tensor

    computed = nullcontext() if dtype is torch.float32 else torch.autocast("cpu", dtype)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), computed:
        answer = model.model.model(torch.randint(0, 500, (1, tokens)))
    assert answer is not None
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def per_layer_and_token(rules: Recipe) -> float:
    """One layer more, and more tokens: what is kept once for the model, or once for a layer, falls out."""
    few, many = (saved_bytes(rules, 2, tokens) - saved_bytes(rules, 1, tokens) for tokens in (64, 192))
    return (many - few) / 128


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("dropout", [0.0, 0.05])
@pytest.mark.parametrize("targets", [ATTENTION, ALL], ids=["attention", "all"])
def test_a_layer_keeps_what_the_model_says(dtype: str, dropout: float, targets: tuple[str, ...]) -> None:
    lora = {"r": 4, "alpha": 8, "dropout": dropout, "target_modules": targets}
    rules = recipe(dtype=dtype, lora=lora)
    measured = per_layer_and_token(rules)
    estimated = kept_per_layer(rules, narrow(1), 4 if dtype == "float32" else 2, on_gpu=False)
    assert estimated == pytest.approx(measured, rel=0.01)


def test_what_saves_memory_is_estimated_to_do_so() -> None:
    plain = estimated_memory(recipe(max_length=4096)).total
    for saving in ({"activation_checkpointing": True}, {"quantization": "nf4"}, {"batch_size": 1}):
        assert estimated_memory(recipe(max_length=4096, **saving)).total < plain
    assert estimated_memory(recipe(max_length=4096), tokens=100).total < plain
    assert estimated_memory(recipe(max_length=4096, dtype="bfloat16"), is_fused=True).total < plain


def test_its_parts_are_the_whole() -> None:
    estimate = estimated_memory(recipe())
    assert sum(estimate.by_use().values()) == int(estimate.total)
