"""Predictions that were written before: they are the answer to the same question, so it need not be asked again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_shared.errors import SpeechgradeError

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.evaluation.evaluation import Evaluation, Prediction, accepted
from speechgrade_trainer.evaluation.figures import ADAPTER
from speechgrade_trainer.registry.package import Package, read_package
from speechgrade_trainer.settings import TrainerSettings

PREDICTIONS_FILE = "predictions.jsonl"
FACTS_FILE = "metrics.json"


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose predictions of what are sought. ``engine``: what decodes now, without its version."""

    package: Package
    dataset: str
    engine: str


def evaluation_folder(settings: TrainerSettings, package: Package, dataset: str) -> Path:
    """Where the evaluation of an adapter on a dataset lies."""
    return settings.work_dir / "evaluations" / f"{package.name}-{dataset[:12]}"


def write_evaluation(folder: Path, package: Package, dataset: str, evaluation: Evaluation) -> None:
    """Keep numbers and predictions, with the digests that they belong to."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in evaluation.rows())
    (folder / PREDICTIONS_FILE).write_text(rows, "utf-8")
    facts = {"adapter": package.digest, "dataset": dataset, "test": evaluation.test.model_dump(mode="json")}
    (folder / FACTS_FILE).write_text(json.dumps(facts, indent=2, ensure_ascii=False), "utf-8")


def stored(settings: TrainerSettings, sought: Sought, examples: Sequence[Example]) -> tuple[Prediction, ...] | None:
    """The adapter's predictions from an evaluation or from its run, if both digests and the engine are the same."""
    evaluated = evaluation_folder(settings, sought.package, sought.dataset)
    if _is_of(_facts(evaluated / FACTS_FILE), sought):
        return _read(evaluated / PREDICTIONS_FILE, examples)
    for folder in sorted(settings.runs_dir.glob("*")):
        if (folder / PREDICTIONS_FILE).is_file() and _is_of(_facts_of_run(folder), sought):
            return _read(folder / PREDICTIONS_FILE, examples)
    return None


def _is_of(facts: dict[str, Any] | None, sought: Sought) -> bool:
    if facts is None:
        return False
    same = (facts["adapter"], facts["dataset"]) == (sought.package.digest, sought.dataset)
    return same and str(facts["test"]["engine"]).split(" ")[0] == sought.engine


def _facts(path: Path) -> dict[str, Any] | None:
    try:
        facts = json.loads(path.read_bytes())
        return {"adapter": facts["adapter"], "dataset": facts["dataset"], "test": {"engine": facts["test"]["engine"]}}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _facts_of_run(folder: Path) -> dict[str, Any] | None:
    try:
        package = read_package(folder / "adapter")
        engine = package.manifest.metrics["test"]["engine"]
    except (SpeechgradeError, KeyError, TypeError):
        return None
    return {"adapter": package.digest, "dataset": package.manifest.dataset_digest, "test": {"engine": engine}}


def _read(path: Path, examples: Sequence[Example]) -> tuple[Prediction, ...] | None:
    try:
        rows = {row["example"]: row[ADAPTER] for row in map(json.loads, path.read_text("utf-8").splitlines())}
        return tuple(_prediction(rows[example.example], example) for example in examples)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _prediction(row: dict[str, Any], example: Example) -> Prediction:
    *earlier, text = row["texts"]
    if row["error_code"] is not None:
        return Prediction(text, None, row["error_code"], tuple(earlier))
    return accepted(text, example, tuple(earlier))
