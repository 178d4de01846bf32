"""Tokenizer and weights of the base, loaded as the recipe says."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from speechgrade_shared.prompt import CHAT_TEMPLATE
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils.logging import disable_progress_bar

from speechgrade_trainer.data.tokenizer_pin import TOKENIZER_FILE, prove_tokenizer
from speechgrade_trainer.errors import TokenizerMismatch
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.arguments import torch_dtype
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.device import Device, read_device
from speechgrade_trainer.training.kernels import Kernels, fuse


def load_tokenizer(base: Base) -> PreTrainedTokenizerFast:
    """The base's tokenizer with our template. It pads with ``<unk>``: an end of sequence must never be padding.

    Raises:
        TokenizerMismatch: there is none, or not the one that the base was made with.
    """
    if not (base.folder / TOKENIZER_FILE).is_file():
        # From a tokenizer.model alone transformers makes a tokenizer with other ids, or with next to none.
        raise TokenizerMismatch(f"The folder of {base.model} has no {TOKENIZER_FILE}. Add that of its revision.")
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(base.folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise TokenizerMismatch(f"The tokenizer of {base.model} cannot be read.") from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise TokenizerMismatch(f"The tokenizer of {base.model} is not a fast one.")
    tokenizer.chat_template = CHAT_TEMPLATE
    if tokenizer.pad_token is None or tokenizer.pad_token == tokenizer.eos_token:
        tokenizer.pad_token = tokenizer.unk_token
    tokenizer.padding_side = "right"
    prove_tokenizer(tokenizer, base.folder, base.model)
    return tokenizer


def load_base(base: Base, recipe: Recipe, *, kernels: Kernels | None = None) -> PreTrainedModel:
    """The base's weights, on the card of this process if there is one.

    Args:
        kernels: for a training; without them the model takes batches as they are generated from, padded on the left.

    Raises:
        RecipeInvalid: the device cannot compute as the recipe wants.
    """
    # What was trained before leaves cycles behind, and a card has no room for two bases.
    gc.collect()
    torch.cuda.empty_cache()
    disable_progress_bar()  # type: ignore[no-untyped-call]
    if recipe.cpu_threads is not None:
        torch.set_num_threads(recipe.cpu_threads)
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        base.folder, local_files_only=True, **loading_options(recipe, read_device(), kernels)
    )
    _keep_differentiable(model)
    if kernels is not None and kernels.fused:
        fuse(model)
    return model


def loading_options(recipe: Recipe, device: Device, kernels: Kernels | None = None) -> dict[str, Any]:
    """How ``from_pretrained`` is to load: precision, quantization, device and attention."""
    options: dict[str, Any] = {"dtype": torch_dtype(recipe, device)}
    if recipe.quantization == "nf4":
        options["quantization_config"] = nf4(options["dtype"])
    if device.is_gpu:
        # Every process of a distributed training has a whole copy on its own card.
        options["device_map"] = {"": device.index}
    if kernels is not None:
        options["attn_implementation"] = kernels.attention
    return options


def hold_in_fp32(model: torch.nn.Module) -> None:
    """Keep the adapter in fp32: TRL casts that of a quantized model to bf16, while a loaded checkpoint is fp32."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def load_adapted(base: Base, recipe: Recipe, adapter: Path) -> PeftModel:
    """The base with an adapter from its folder, ready to answer."""
    adapted: PeftModel = PeftModel.from_pretrained(load_base(base, recipe), str(adapter), is_trainable=False)
    adapted.train(mode=False)
    return adapted


def _keep_differentiable(model: PreTrainedModel) -> None:
    # On CPUs with AVX512-BF16, bitsandbytes 0.50 repacks a 4-bit layer at its first evaluation for a kernel without a
    # gradient, and keeps using it: what is trained after that would learn nothing through the layer.
    layers: Iterator[Any] = model.modules()
    for layer in layers:
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            layer.support_avx512bf16_for_cpu = False


def nf4(compute: torch.dtype) -> BitsAndBytesConfig:
    """4-bit NormalFloat with double quantization (Dettmers et al. 2023)."""
    options: dict[str, Any] = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=compute, **options)  # type: ignore[no-untyped-call]
