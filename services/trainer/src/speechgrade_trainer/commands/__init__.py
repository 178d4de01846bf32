"""``speechgrade-trainer``: train, evaluate, upload, promote, rollback, runs."""

from speechgrade_trainer.commands.app import app, main
from speechgrade_trainer.commands.measuring import evaluate
from speechgrade_trainer.commands.registry import promote, rollback
from speechgrade_trainer.commands.training import cancel, runs, train, upload

__all__ = ["app", "cancel", "evaluate", "main", "promote", "rollback", "runs", "train", "upload"]
