"""The arguments of a training, made in one place from the recipe, the device and the plan of its batches."""

from math import ceil
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig
from trl.trainer.sft_config import SFTConfig

from speechgrade_trainer.errors import RecipeInvalid
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.batch_plan import BatchPlan
from speechgrade_trainer.training.device import Device

Precision = Literal["float32", "bfloat16", "float16"]


def precision(recipe: Recipe, device: Device) -> Precision:
    """The type of the weights that are not quantized, and of what is computed with them.

    Raises:
        RecipeInvalid: the recipe wants bf16, and the card has none.
    """
    if recipe.dtype == "auto":
        if not device.is_gpu:
            return "float32"
        return "bfloat16" if device.has_bf16 else "float16"
    if recipe.dtype == "bfloat16" and not device.has_bf16:
        raise RecipeInvalid(f"dtype: {device.name} has no bf16; use auto, which takes fp16 there.")
    return recipe.dtype


def torch_dtype(recipe: Recipe, device: Device) -> torch.dtype:
    dtype: torch.dtype = getattr(torch, precision(recipe, device))
    return dtype


def lora_config(recipe: Recipe) -> LoraConfig:
    """The adapter; explicit module names, because vLLM reads them from its configuration."""
    return LoraConfig(
        r=recipe.lora.r,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        use_rslora=recipe.lora.rslora,
        target_modules=list(recipe.lora.target_modules),
        bias="none",
        task_type="CAUSAL_LM",
    )


def sft_arguments(recipe: Recipe, device: Device, plan: BatchPlan, *, output_dir: Path, rows: int) -> SFTConfig:
    """Every argument of TRL's trainer.

    Args:
        rows: of the training split, after packing; they decide after how many steps is evaluated.

    Raises:
        RecipeInvalid: the device cannot compute as the recipe wants.
    """
    return SFTConfig(
        output_dir=str(output_dir),
        num_train_epochs=recipe.epochs,
        **_steps(recipe, plan, rows),
        **_optimization(recipe, device),
        **_memory(recipe, device),
        # Nothing is cut, packed or masked by TRL: the rows are complete.
        max_length=None,
        packing=False,
        padding_free=_is_flat(recipe),
        dataset_kwargs={"skip_prepare_dataset": True},
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        # Early stopping counts on after a resume, and a resumed epoch goes on where it was.
        restore_callback_states_from_checkpoint=True,
        ignore_data_skip=False,
        logging_steps=1,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        seed=recipe.seed,
        data_seed=recipe.seed,
    )


def _is_flat(recipe: Recipe) -> bool:
    return recipe.batching in ("padding_free", "packed")


def _steps(recipe: Recipe, plan: BatchPlan, rows: int) -> dict[str, Any]:
    sizes = {
        "per_device_train_batch_size": plan.batch_size,
        # Not the plan's: what counts as the best loss must not change when a batch had to be halved. A batch end to end
        # is one row to transformers, which weighs rows alike: one speech in each makes that the mean over speeches.
        "per_device_eval_batch_size": 1 if _is_flat(recipe) else recipe.batch_size,
        "gradient_accumulation_steps": plan.accumulation,
    }
    if recipe.evaluations_per_epoch == 1:
        return sizes | {"eval_strategy": "epoch", "save_strategy": "epoch"}
    every = ceil(plan.steps_per_epoch(rows) / recipe.evaluations_per_epoch)
    return sizes | {"eval_strategy": "steps", "eval_steps": every, "save_strategy": "steps", "save_steps": every}


def _optimization(recipe: Recipe, device: Device) -> dict[str, Any]:
    return {
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": recipe.scheduler,
        "warmup_steps": recipe.warmup,
        "max_grad_norm": recipe.max_grad_norm,
        "weight_decay": recipe.weight_decay,
        # There is nothing to page to on a CPU; the optimizer is otherwise the same.
        "optim": recipe.optimizer if device.is_gpu else recipe.optimizer.removeprefix("paged_"),
        # Every adapter weight takes part in every step: looking for others would cost a pass over the graph.
        "ddp_find_unused_parameters": False,
    }


def _memory(recipe: Recipe, device: Device) -> dict[str, Any]:
    computed = precision(recipe, device)
    # Without reentry: the reentrant kind neither works with DDP's hooks nor lets a frozen input through.
    layers = {"use_reentrant": False, "every_n_layers": recipe.checkpoint_every}
    return {
        "activation_checkpointing": recipe.activation_checkpointing,
        "activation_checkpointing_kwargs": layers if recipe.activation_checkpointing else None,
        "bf16": computed == "bfloat16",
        "fp16": computed == "float16" and device.is_gpu,
        "use_cpu": not device.is_gpu,
        "dataloader_pin_memory": device.is_gpu,
    }
