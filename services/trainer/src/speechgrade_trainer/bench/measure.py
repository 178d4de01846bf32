"""One measurement, in a process of its own: ``python -m speechgrade_trainer.bench.measure JOB FOLDER``."""

import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback
from trl.trainer.sft_trainer import SFTTrainer

from speechgrade_trainer.bench.cases import Job, recipe_of
from speechgrade_trainer.bench.random_base import random_base
from speechgrade_trainer.bench.speeches import draw_speeches, drawn_tokenizer
from speechgrade_trainer.bench.trainers import Given, our_trainer, plain_trainer
from speechgrade_trainer.training.arithmetic import Workload, needed_flops, peak_tflops, utilization
from speechgrade_trainer.training.device import Device, read_device
from speechgrade_trainer.training.fused_head import labelled_positions_only
from speechgrade_trainer.training.gpu_meter import Meter, Prices, peak_memory_bytes, tokens_of
from speechgrade_trainer.training.kernels import kernels_for
from speechgrade_trainer.training.memory import estimated_memory

_WARM_AFTER = 1
"""Optimizer steps that are not counted: kernels are compiled in them."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What came out. Rates and shares are of what followed the first optimizer step, peaks of the whole training.

    ``batch`` is rows per pass; ``mfu`` is by the work that LoRA needs, ``mfu_six_n`` by PaLM's convention, both
    ``None`` without a card whose peak is known; ``error`` is ``out_of_memory``, or ``None``.
    """

    job: dict[str, Any]
    error: str | None = None
    batch: int | None = None
    accumulation: int | None = None
    steps: int | None = None
    seconds: float | None = None
    tokens: int | None = None
    tokens_per_s: float | None = None
    supervised_tokens: int | None = None
    padding_share: float | None = None
    mfu: float | None = None
    mfu_six_n: float | None = None
    peak_memory_bytes: int | None = None
    peak_reserved_bytes: int | None = None
    estimated_memory_bytes: int | None = None
    energy_kwh: float | None = None
    attention: str | None = None
    fused: bool | None = None
    remarks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class _Stopwatch(TrainerCallback):
    """Counts what a trainer computes once it is warm."""

    def __init__(self, trainer: SFTTrainer, device: Device) -> None:
        self.device, self.meter, self.squares, self.peak = device, Meter.of(device, Prices()), 0, 0
        self.meter.start()
        self._step: Any = trainer.training_step
        anything: Any = trainer
        anything.training_step = self._counted
        trainer.add_callback(self)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        if state.global_step == _WARM_AFTER:
            self.wait()
            self.peak = peak_memory_bytes(self.device)
            self.meter.start()
            self.squares = 0

    def wait(self) -> None:
        if self.device.is_gpu:
            torch.cuda.synchronize(self.device.index)

    def _counted(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        self.meter.add_tokens(*tokens_of(inputs))
        self.squares += _squares(inputs)
        return self._step(model, inputs, *others, **named)


def measure(job: Job, folder: Path) -> Measurement:
    """Train on the job's speeches and say how fast that was. A card that is too small is a result."""
    device = read_device()
    recipe = recipe_of(job, device)
    with tempfile.TemporaryDirectory() as out:
        given = Given(
            job=job,
            base=random_base(folder, job.shape, device),
            speeches=draw_speeches(job.speeches, job.max_length, job.shape.vocabulary),
            tokenizer=drawn_tokenizer(job.shape.vocabulary),
            recipe=recipe,
            device=device,
            kernels=kernels_for(recipe, device),
            folder=Path(out),
        )
        try:
            return _trained(given)
        except torch.OutOfMemoryError:
            return Measurement(job.as_dict(), error="out_of_memory")


def _trained(given: Given) -> Measurement:
    is_ours, device = given.job.variant == "ours", given.device
    trainer = our_trainer(given) if is_ours else plain_trainer(given)
    watch = _Stopwatch(trainer, device)
    # Without a compiler TRL's output layer would fail on a GPU: both get what makes it run.
    compiles = given.kernels.compiles or not device.is_gpu
    with labelled_positions_only(on_cpu=is_ours and not device.is_gpu, compiles=compiles):
        trainer.train()
    watch.wait()
    return _measurement(given, trainer, watch)


def _measurement(given: Given, trainer: SFTTrainer, watch: _Stopwatch) -> Measurement:
    job, device, taken = given.job, given.device, watch.meter.reading()
    work = Workload(taken.tokens, taken.supervised_tokens, watch.squares)
    adapter = job.shape.lora(given.recipe.lora.r, given.recipe.lora.target_modules)
    flops, peak = needed_flops(work, adapter, job.shape), peak_tflops(device.name)
    model: Any = trainer.model
    is_ours = job.variant == "ours"
    estimate = estimated_memory(given.recipe, job.shape, is_fused=given.kernels.fused).total
    return Measurement(
        job.as_dict(),
        batch=trainer.args.per_device_train_batch_size,
        accumulation=trainer.args.gradient_accumulation_steps,
        steps=trainer.state.global_step,
        seconds=taken.seconds,
        tokens=taken.tokens,
        tokens_per_s=taken.tokens_per_s,
        supervised_tokens=taken.supervised_tokens,
        padding_share=taken.padding_share,
        mfu=utilization(flops.four_n, taken.seconds, peak),
        mfu_six_n=utilization(flops.six_n, taken.seconds, peak),
        peak_memory_bytes=max(watch.peak, taken.peak_memory_bytes),
        peak_reserved_bytes=int(torch.cuda.max_memory_reserved(device.index)) if device.is_gpu else None,
        estimated_memory_bytes=int(estimate) if is_ours else None,
        energy_kwh=taken.energy_kwh,
        attention=str(model.config._attn_implementation),
        fused=is_ours and given.kernels.fused,
        remarks=given.kernels.remarks if is_ours else (),
    )


def _squares(batch: dict[str, Any]) -> int:
    """The sum of the squares of a batch's lengths, padded or end to end."""
    mask = batch.get("attention_mask")
    lengths = batch["cu_seq_lens_q"].diff() if mask is None else mask.sum(dim=1)
    return int((lengths.long() ** 2).sum())


if __name__ == "__main__":
    print(json.dumps(measure(Job.of(json.loads(sys.argv[1])), Path(sys.argv[2])).as_dict()))  # noqa: T201
