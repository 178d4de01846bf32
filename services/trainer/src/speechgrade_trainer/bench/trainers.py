"""The two trainers that are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import BitsAndBytesConfig, PreTrainedTokenizerFast, PrinterCallback
from transformers.trainer_utils import IntervalStrategy, SaveStrategy
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from speechgrade_trainer.bench.cases import Job
from speechgrade_trainer.data.tokens import Encoded
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.arguments import lora_config, sft_arguments
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.batch_plan import batch_plan
from speechgrade_trainer.training.batches import SpeechTrainer, rows, validation_rows
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.kernels import Kernels
from speechgrade_trainer.training.model import load_base


@dataclass(frozen=True, slots=True)
class Given:
    """What both trainers are given alike."""

    job: Job
    base: Base
    speeches: Sequence[Encoded]
    tokenizer: PreTrainedTokenizerFast
    recipe: Recipe
    device: Device
    kernels: Kernels
    folder: Path


def our_trainer(given: Given) -> SFTTrainer:
    """As ``train`` builds it, without validation and checkpoints."""
    recipe = given.recipe
    plan, made = batch_plan(recipe), rows(given.speeches, recipe)
    arguments = sft_arguments(recipe, given.device, plan, output_dir=given.folder, rows=len(made))
    arguments.eval_strategy, arguments.save_strategy = IntervalStrategy.NO, SaveStrategy.NO
    arguments.load_best_model_at_end = False
    trainer = SpeechTrainer(
        model=load_base(given.base, recipe, kernels=given.kernels),
        args=arguments,
        train_dataset=made,
        processing_class=given.tokenizer,
        peft_config=lora_config(recipe),
    )
    trainer.make_ready(recipe)
    return _silent(trainer)


def plain_trainer(given: Given) -> SFTTrainer:
    """What TRL's own script (``trl sft --use_peft``, with ``--load_in_4bit`` for QLoRA) does by default.

    Set are only the data, their length, and the same adapter as ours; the rest is TRL's: batches of 8 in random order,
    padded, fp32 weights under bf16 autocast, checkpointed activations, no double quantization.
    """
    job = given.job
    weights = "float32" if job.variant == "plain" else "bfloat16"
    options: dict[str, Any] = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
    quantized = None
    if job.kind == "qlora":
        quantized = BitsAndBytesConfig(**options, bnb_4bit_compute_dtype=getattr(torch, weights))  # type: ignore[no-untyped-call]
    arguments = SFTConfig(
        output_dir=str(given.folder),
        max_length=job.max_length,
        per_device_train_batch_size=job.plain_batch,
        num_train_epochs=1,
        save_strategy="no",
        disable_tqdm=True,
        use_cpu=not given.device.is_gpu,
        model_init_kwargs={"dtype": weights},
    )
    trainer = SFTTrainer(
        model=str(given.base.folder),
        args=arguments,
        train_dataset=validation_rows(given.speeches),
        processing_class=given.tokenizer,
        peft_config=lora_config(given.recipe),
        quantization_config=quantized,
    )
    return _silent(trainer)


def _silent(trainer: SFTTrainer) -> SFTTrainer:
    trainer.remove_callback(PrinterCallback)
    return trainer
