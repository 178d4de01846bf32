"""Fine-tuning: TRL's trainer on our own labels, LoRA on a frozen base, the best weights by validation loss kept."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from speechgrade_shared.subject import Split
from transformers import PreTrainedTokenizerFast, PrinterCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from speechgrade_trainer.data.tokens import Encoded
from speechgrade_trainer.errors import LossNotFinite, OutOfMemory
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.running.progress import Watch
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.fused_head import labelled_positions_only
from speechgrade_trainer.training.model import load_base
from speechgrade_trainer.training.trainer_callback import Told


@dataclass(frozen=True, slots=True)
class Trained:
    """The best weights of a training, saved, and how their loss came about."""

    folder: Path
    loss_before: float
    loss_after: float
    best_step: int
    steps: int
    curve: tuple[Mapping[str, float], ...]

    def losses(self) -> dict[str, Any]:
        """Validation losses of the base and of the best weights."""
        return {"before": self.loss_before, "after": self.loss_after, "best_step": self.best_step, "steps": self.steps}


def train_adapter(
    base: Base,
    tokenizer: PreTrainedTokenizerFast,
    encoded: Mapping[Split, Sequence[Encoded]],
    recipe: Recipe,
    *,
    folder: Path,
    watch: Watch,
) -> Trained:
    """Train, and save the best adapter to ``folder/adapter``.

    Raises:
        LossNotFinite: the recipe diverges.
        OutOfMemory: the recipe does not fit the device.
    """
    try:
        trainer = build_trainer(base, tokenizer, encoded, recipe, checkpoints=folder / "checkpoints", watch=watch)
        with labelled_positions_only(on_cpu=not torch.cuda.is_available()):
            before = _validation_loss(trainer)
            watch.stage("training", trainer.state.max_steps or None)
            trainer.train()
    except torch.OutOfMemoryError as error:
        raise OutOfMemory("The device's memory is too small: lower batch_size or max_length, or use nf4.") from error
    model: Any = trainer.model
    model.save_pretrained(str(folder / "adapter"))
    state = trainer.state
    return Trained(
        folder=folder / "adapter",
        loss_before=before,
        loss_after=float(state.best_metric if state.best_metric is not None else before),
        best_step=int(state.best_global_step or state.global_step),
        steps=int(state.global_step),
        curve=tuple(_curve(state.log_history, before)),
    )


def build_trainer(
    base: Base,
    tokenizer: PreTrainedTokenizerFast,
    encoded: Mapping[Split, Sequence[Encoded]],
    recipe: Recipe,
    *,
    checkpoints: Path,
    watch: Watch,
) -> SFTTrainer:
    """TRL's trainer with a LoRA whose weights are fp32, whatever the base is."""
    lora = LoraConfig(
        r=recipe.lora.r,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules=list(recipe.lora.target_modules),
        bias="none",
        task_type="CAUSAL_LM",
    )
    trainer = SFTTrainer(
        model=load_base(base, recipe),
        args=_arguments(recipe, checkpoints),
        train_dataset=_rows(encoded[Split.TRAIN]),
        eval_dataset=_rows(encoded[Split.VALIDATION]),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Told(watch)],
    )
    trainer.remove_callback(PrinterCallback)
    model: Any = trainer.model
    # TRL casts the LoRA of a quantized model to bf16 while loading the best one brings back fp32: keep to fp32.
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return trainer


def _arguments(recipe: Recipe, checkpoints: Path) -> SFTConfig:
    on_gpu = torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.gradient_accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.scheduler,
        warmup_steps=recipe.warmup,
        max_grad_norm=recipe.max_grad_norm,
        weight_decay=recipe.weight_decay,
        # There is nothing to page to on a CPU; the optimizer is otherwise the same.
        optim=recipe.optimizer if on_gpu else recipe.optimizer.removeprefix("paged_"),
        activation_checkpointing=recipe.activation_checkpointing,
        bf16=recipe.dtype == "bfloat16",
        fp16=recipe.dtype == "float16" and on_gpu,
        use_cpu=not on_gpu,
        max_length=None,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=1,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        dataloader_pin_memory=on_gpu,
        seed=recipe.seed,
        data_seed=recipe.seed,
    )


def _rows(encoded: Sequence[Encoded]) -> Any:
    return Dataset.from_list([{"input_ids": list(one.input_ids), "labels": list(one.labels)} for one in encoded])


def _validation_loss(trainer: SFTTrainer) -> float:
    loss = float(trainer.evaluate()["eval_loss"])
    if not math.isfinite(loss):
        raise LossNotFinite("The validation loss is not a number.")
    return loss


def _curve(history: Sequence[Mapping[str, Any]], before: float) -> list[dict[str, float]]:
    points = [{"epoch": 0.0, "validation": before}]
    for entry in history:
        if "eval_loss" in entry and entry["epoch"] > points[-1]["epoch"]:
            points.append({"epoch": float(entry["epoch"]), "validation": float(entry["eval_loss"])})
    return points
