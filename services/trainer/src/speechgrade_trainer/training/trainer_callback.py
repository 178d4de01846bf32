"""What transformers' trainer tells while it trains, passed on; and where it is told to save or to stop."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from speechgrade_trainer.errors import LossNotFinite
from speechgrade_trainer.running.interruption import Interruption
from speechgrade_trainer.running.progress import Watch
from speechgrade_trainer.training.checkpoints import seal


class Told(TrainerCallback):
    """Passes steps, validation losses and checkpoints on, and stops at a loss that is no number."""

    def __init__(self, watch: Watch, saved: Callable[[Path], None]) -> None:
        self._watch, self._saved = watch, saved

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        self._watch.training(state.global_step, state.max_steps)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        # The trainer hands over its numbers as text, and keeps the real ones in its history.
        entry = state.log_history[-1] if state.log_history else {}
        for name in ("loss", "eval_loss"):
            if name in entry and not math.isfinite(float(entry[name])):
                raise LossNotFinite(f"The loss is not a number any more at step {state.global_step}.")
        if "loss" in entry:
            rate = float(entry.get("learning_rate") or 0.0)
            self._watch.step(state.global_step, state.max_steps, float(entry["loss"]), rate)

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **told: Any) -> None:  # noqa: ARG002
        metrics = told.get("metrics") or {}
        if "eval_loss" in metrics:
            self._watch.evaluated(state.epoch or 0.0, float(metrics["eval_loss"]))

    def on_prediction_step(self, *_: Any, **__: Any) -> None:
        self._watch.alive("validating")

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        checkpoint = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero:
            seal(checkpoint)
            self._watch.say("saved", {"step": state.global_step})
            self._saved(checkpoint)


class Stops(TrainerCallback):
    """Saves every so often, and saves and stops when somebody wants the process to stop."""

    def __init__(self, interruption: Interruption, checkpoint_minutes: float) -> None:
        self._interruption, self._every_s = interruption, 60 * checkpoint_minutes
        self._saved_at = time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        due = time.monotonic() - self._saved_at >= self._every_s
        wanted, due = _agreed(self._interruption.is_wanted, due, device=args.device)
        if wanted:
            self._interruption.is_wanted = True
            control.should_training_stop = True
        if wanted or due:
            control.should_save = True

    def on_save(self, *_: Any, **__: Any) -> None:
        self._saved_at = time.monotonic()


def _agreed(*wishes: bool, device: torch.device) -> list[bool]:
    # Every process must leave the loop at the same step, or the others wait for its gradients for ever.
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return list(wishes)
    votes = torch.tensor([int(wish) for wish in wishes], device=device)
    torch.distributed.all_reduce(votes, op=torch.distributed.ReduceOp.MAX)
    return [bool(vote) for vote in votes.tolist()]
