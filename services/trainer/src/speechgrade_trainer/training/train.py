"""Fine-tuning: TRL's trainer on our own labels, LoRA on a frozen base, the best weights by validation loss kept.

It goes on from the newest whole checkpoint in the run's folder, if there is one: optimizer, schedule, random numbers
and the order of the examples are restored, so an interrupted training ends with the weights of an uninterrupted one.
"""

import gc
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from speechgrade_shared.command_line import console
from speechgrade_shared.failpoints import TrainFailpoint, reach
from speechgrade_shared.subject import Split
from transformers import EarlyStoppingCallback, PreTrainedTokenizerFast, PrinterCallback

from speechgrade_trainer.data.tokens import Encoded
from speechgrade_trainer.errors import LossNotFinite, OutOfMemory
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.running.interruption import Interruption
from speechgrade_trainer.running.progress import Watch
from speechgrade_trainer.running.run_folder import RunFolder
from speechgrade_trainer.training.arguments import lora_config, sft_arguments
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.batch_plan import BatchPlan, batch_plan
from speechgrade_trainer.training.batches import SpeechTrainer, rows, validation_rows
from speechgrade_trainer.training.checkpoints import newest_complete
from speechgrade_trainer.training.device import read_device
from speechgrade_trainer.training.fused_head import labelled_positions_only
from speechgrade_trainer.training.gpu_meter import UNKNOWN, Meter, Prices, Reading
from speechgrade_trainer.training.kernels import kernels_for
from speechgrade_trainer.training.model import load_base
from speechgrade_trainer.training.trainer_callback import Stops, Told


@dataclass(frozen=True, slots=True)
class Trained:
    """The best weights of a training, saved, and how their loss came about."""

    loss_before: float
    loss_after: float
    best_step: int
    steps: int
    curve: tuple[Mapping[str, float], ...]
    """Validation losses by epoch."""
    train: tuple[Mapping[str, float], ...]
    """Training losses and learning rates by step."""
    run: Mapping[str, Any]
    """What it took: time, energy and cost of all attempts together, the rest of the last one."""

    def losses(self) -> dict[str, Any]:
        """Validation losses of the base and of the best weights, and both curves."""
        ends = {"before": self.loss_before, "after": self.loss_after, "best_step": self.best_step, "steps": self.steps}
        return ends | {"curve": [dict(point) for point in self.curve], "train": [dict(point) for point in self.train]}

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Training:
    """Everything that a training needs, whichever attempt it is."""

    base: Base
    tokenizer: PreTrainedTokenizerFast
    encoded: Mapping[Split, Sequence[Encoded]]
    recipe: Recipe
    folder: RunFolder
    watch: Watch
    interruption: Interruption
    prices: Prices = UNKNOWN
    saved: Callable[[Path], None] = lambda _checkpoint: None
    """Is told of every sealed checkpoint."""

    def plan(self) -> BatchPlan:
        """The recipe's batches, or the smaller ones that an earlier attempt found to fit."""
        state, plan = self.folder.state(), batch_plan(self.recipe, read_device().processes)
        if state.batch_size is None or state.gradient_accumulation is None:
            return plan
        return BatchPlan(state.batch_size, state.gradient_accumulation, plan.processes)


def train_adapter(training: Training) -> Trained:
    """Train, and save the best adapter to the run folder's ``adapter``.

    When the device runs out of memory, the batch is halved and accumulation doubled, once.

    Raises:
        LossNotFinite: the recipe diverges.
        OutOfMemory: the recipe does not fit the device.
        Interrupted: the process was asked to stop; the last checkpoint has everything.
    """
    plan = training.plan()
    try:
        return _attempt(training, plan)
    except torch.OutOfMemoryError as error:
        smaller = _smaller(training, plan)
        if smaller is None:
            raise OutOfMemory(_TOO_SMALL) from error
    # Outside the handler: its traceback would hold what has just filled the memory.
    gc.collect()
    torch.cuda.empty_cache()
    training.folder.update(batch_size=smaller.batch_size, gradient_accumulation=smaller.accumulation)
    said = {"batch_size": smaller.batch_size, "gradient_accumulation": smaller.accumulation}
    console.print(
        f"[yellow]Out of memory with {plan.batch_size} x {plan.accumulation} speeches a step; going on with "
        f"{smaller.batch_size} x {smaller.accumulation}, which takes longer and learns the same.[/]"
    )
    training.watch.say("out_of_memory", said)
    try:
        return _attempt(training, smaller)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(_TOO_SMALL) from error


_TOO_SMALL = "The device's memory is too small: lower batch_size or max_length, or use a recipe for a smaller card."


def build_trainer(training: Training, plan: BatchPlan, meter: Meter) -> SpeechTrainer:
    """TRL's trainer with our order of speeches, and a LoRA whose weights are fp32, whatever the base is."""
    recipe, device = training.recipe, read_device()
    kernels = kernels_for(recipe, device)
    training.watch.say("kernels", {"device": device.name, "processes": device.processes, **kernels.as_dict()})
    for remark in kernels.remarks:
        training.watch.note(remark)
    taught = rows(training.encoded[Split.TRAIN], recipe)
    trainer = SpeechTrainer(
        model=load_base(training.base, recipe, kernels=kernels),
        args=sft_arguments(recipe, device, plan, output_dir=training.folder.checkpoints, rows=len(taught)),
        train_dataset=taught,
        eval_dataset=validation_rows(training.encoded[Split.VALIDATION]),
        processing_class=training.tokenizer,
        peft_config=lora_config(recipe),
        callbacks=_callbacks(training, meter),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.make_ready(recipe)
    trainer.meter = meter
    return trainer


def _callbacks(training: Training, meter: Meter) -> list[Any]:
    recipe, earlier = training.recipe, training.folder.state().spent

    def saved(checkpoint: Path) -> None:
        training.folder.update(spent=_spent(earlier, meter.reading()))
        training.saved(checkpoint)

    told = Told(training.watch, meter, saved)
    callbacks: list[Any] = [told, Stops(training.interruption, recipe.checkpoint_minutes)]
    if recipe.early_stopping_patience is not None:
        callbacks.append(EarlyStoppingCallback(early_stopping_patience=recipe.early_stopping_patience))
    return callbacks


def _attempt(training: Training, plan: BatchPlan) -> Trained:
    folder, earlier = training.folder, training.folder.state()
    start = newest_complete(folder.checkpoints)
    device = read_device()
    meter = Meter.of(device, training.prices)
    trainer = build_trainer(training, plan, meter)
    compiles = kernels_for(training.recipe, device).compiles or not device.is_gpu
    with labelled_positions_only(on_cpu=not device.is_gpu, compiles=compiles):
        before = earlier.loss_before
        if before is None:
            before = _validation_loss(trainer)
            folder.update(loss_before=before)
        reach(TrainFailpoint.TRAIN_BEFORE_STEPS)
        with training.interruption.at_the_next_step():
            trainer.train(resume_from_checkpoint=str(start) if start else None)
    training.interruption.check()
    if folder.is_mine:
        model: Any = trainer.model
        model.save_pretrained(str(folder.adapter))
    reading = meter.reading()
    sizes = {"batch_size": plan.batch_size, "gradient_accumulation": plan.accumulation, "processes": plan.processes}
    return _trained(trainer, before, reading.as_dict() | _spent(earlier.spent, reading) | sizes)


def _spent(earlier: Mapping[str, float | None], reading: Reading) -> dict[str, float | None]:
    """What all attempts took; unknown in one of them is unknown in the whole."""
    now = {"seconds": reading.seconds, "energy_kwh": reading.energy_kwh, "cost": reading.cost}
    return {
        name: None if value is None or earlier.get(name, 0.0) is None else value + (earlier.get(name) or 0.0)
        for name, value in now.items()
    }


def _trained(trainer: SpeechTrainer, before: float, run: Mapping[str, Any]) -> Trained:
    state = trainer.state
    return Trained(
        loss_before=before,
        loss_after=float(state.best_metric if state.best_metric is not None else before),
        best_step=int(state.best_global_step or state.global_step),
        steps=int(state.global_step),
        curve=tuple(_curve(state.log_history, before)),
        train=tuple(
            {"step": float(entry["step"]), "loss": float(entry["loss"]), "lr": float(entry.get("learning_rate") or 0.0)}
            for entry in state.log_history
            if "loss" in entry
        ),
        run=run,
    )


def _validation_loss(trainer: SpeechTrainer) -> float:
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


def _smaller(training: Training, plan: BatchPlan) -> BatchPlan | None:
    # Once, and alone: with several processes the others would wait for one that begins again.
    is_first = training.folder.state().batch_size is None
    return plan.halved() if is_first and plan.processes == 1 else None
