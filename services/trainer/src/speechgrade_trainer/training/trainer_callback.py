"""What transformers' trainer tells while it trains, passed on to the watch."""

import math
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from speechgrade_trainer.errors import LossNotFinite
from speechgrade_trainer.running.progress import Watch


class Told(TrainerCallback):
    """Passes steps, validation losses and checkpoints on, and stops at a loss that is no number."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        # The trainer hands over its numbers as text, and keeps the real ones in its history.
        entry = state.log_history[-1] if state.log_history else {}
        for name in ("loss", "eval_loss"):
            if name in entry and not math.isfinite(float(entry[name])):
                raise LossNotFinite(f"The loss is not a number any more at step {state.global_step}.")
        if "loss" in entry:
            self._watch.step(state.global_step, state.max_steps, float(entry["loss"]))

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **told: Any) -> None:  # noqa: ARG002
        metrics = told.get("metrics") or {}
        if "eval_loss" in metrics:
            self._watch.evaluated(state.epoch or 0.0, float(metrics["eval_loss"]))

    def on_prediction_step(self, *_: Any, **__: Any) -> None:
        self._watch.alive("validating")

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        self._watch.say("saved", {"step": state.global_step})
