"""``speechgrade-trainer``: train, evaluate, compare, upload, promote, rollback, runs."""

from speechgrade_trainer.commands.app import app, main
from speechgrade_trainer.commands.measuring import compare, evaluate
from speechgrade_trainer.commands.registry import promote, rollback
from speechgrade_trainer.commands.training import cancel, runs, train, upload

__all__ = ["app", "cancel", "compare", "evaluate", "main", "promote", "rollback", "runs", "train", "upload"]
