"""What is known about a run at its end, as ``metrics.json``, the registry, the card and the report have it."""

from importlib.metadata import version
from typing import Any

from speechgrade_trainer.data.length_policy import FittedSplit
from speechgrade_trainer.data.preflight import Preflight
from speechgrade_trainer.data.tokenizer_pin import template_digest, tokenizer_digest
from speechgrade_trainer.evaluation.evaluation import Evaluation
from speechgrade_trainer.registry.gate import Thresholds, judge
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.train import Trained

_LENGTHS = ("shortest", "median", "p95", "longest", "tokens")
_VERSIONED = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "bitsandbytes",
    "accelerate",
    "datasets",
    "tokenizers",
    "llguidance",
)


def run_metrics(
    preflight: Preflight, trained: Trained, measured: Evaluation, *, base: Base, gate: Thresholds, attempts: int
) -> dict[str, Any]:
    """The facts of a run, JSON-able; ``test`` is a ``TestFigures``, ``gate`` what the gate said of it."""
    data = preflight.data
    return {
        "examples": data.examples(),
        "subjects": data.subjects(),
        "tokens": {split: {name: facts[name] for name in _LENGTHS} for split, facts in preflight.lengths.items()},
        "preflight": preflight_facts(preflight),
        "loss": trained.losses(),
        "run": dict(trained.run) | {"attempts": attempts},
        "test": measured.test.model_dump(mode="json"),
        "gate": judge(measured.test, gate, dataset=data.digest).as_dict(),
        "versions": {name: version(name) for name in _VERSIONED},
        "tokenizer_sha256": tokenizer_digest(base.folder),
        "template_sha256": template_digest(),
    }


def preflight_facts(preflight: Preflight) -> dict[str, Any]:
    """What was counted before the training; numbers and sentences, no pseudonyms."""
    return {
        "histogram": {split: _histogram(facts["buckets"]) for split, facts in preflight.lengths.items()},
        "shortened": {split.value: len(fitted.shortened) for split, fitted in preflight.fitted.items()},
        "excluded": {split.value: len(fitted.excluded) for split, fitted in preflight.fitted.items()},
        "words_left_out": {split.value: _left_out(fitted) for split, fitted in preflight.fitted.items()},
        "warnings": [warning.text for warning in preflight.warnings],
    }


def _left_out(fitted: FittedSplit) -> int:
    return sum(fitted.shortened.values())


def _histogram(buckets: dict[str, int]) -> list[dict[str, int]]:
    edges = [int(edge) for edge in buckets]
    return [
        {"from": low, "to": high, "count": count}
        for low, high, count in zip([0, *edges], edges, buckets.values(), strict=False)
    ]
