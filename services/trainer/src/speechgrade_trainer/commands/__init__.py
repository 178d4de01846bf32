"""``speechgrade-trainer``: train, evaluate, compare, and what becomes of runs, adapters and their aliases."""

from speechgrade_trainer.commands.adapters import export, gate, list_adapters, purge, retire
from speechgrade_trainer.commands.app import app, main
from speechgrade_trainer.commands.measuring import compare, evaluate
from speechgrade_trainer.commands.registry import demote, list_aliases, promote, rollback
from speechgrade_trainer.commands.sweeping import sweep
from speechgrade_trainer.commands.training import cancel, recipes, runs, train, upload
from speechgrade_trainer.commands.weights import weights_app

__all__ = [
    "app",
    "cancel",
    "compare",
    "demote",
    "evaluate",
    "export",
    "gate",
    "list_adapters",
    "list_aliases",
    "main",
    "promote",
    "purge",
    "recipes",
    "retire",
    "rollback",
    "runs",
    "sweep",
    "train",
    "upload",
    "weights_app",
]
