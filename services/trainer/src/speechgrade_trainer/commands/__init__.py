"""``speechgrade-trainer``: train, evaluate, upload, runs, and what becomes of adapters and of their aliases."""

from speechgrade_trainer.commands.adapters import export, gate, list_adapters, purge, retire
from speechgrade_trainer.commands.app import app, main
from speechgrade_trainer.commands.measuring import evaluate
from speechgrade_trainer.commands.registry import demote, list_aliases, promote, rollback
from speechgrade_trainer.commands.training import runs, train, upload

__all__ = [
    "app",
    "demote",
    "evaluate",
    "export",
    "gate",
    "list_adapters",
    "list_aliases",
    "main",
    "promote",
    "purge",
    "retire",
    "rollback",
    "runs",
    "train",
    "upload",
]
