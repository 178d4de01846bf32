"""The two long jobs: train an adapter from a published dataset, and measure one."""

import json
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_trainer.data.dataset import TrainingData, read_dataset
from speechgrade_trainer.data.preflight import check
from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.evaluation.evaluate import evaluate
from speechgrade_trainer.evaluation.evaluation import Evaluation
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry import adapters
from speechgrade_trainer.registry.lineage import Lineage
from speechgrade_trainer.registry.package import Package, complete_package, read_package
from speechgrade_trainer.reporting.report import render_report
from speechgrade_trainer.running.progress import Watch, watching
from speechgrade_trainer.running.run_log import begin_run, published_dataset
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.model import load_adapted, load_tokenizer
from speechgrade_trainer.training.train import Trained, train_adapter

REPORT_FILE = "report.html"


@dataclass(frozen=True, slots=True)
class Registered:
    """A run that succeeded."""

    run_id: str
    package: Package
    status: str
    report: Path
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """What ``train --json`` prints."""
        metrics = self.package.manifest.metrics
        return {
            "run_id": self.run_id,
            "adapter_digest": self.package.digest,
            "name": self.package.name,
            "status": self.status,
            "dataset": self.package.manifest.dataset_digest,
            "loss_before": metrics["loss"]["before"],
            "loss_after": metrics["loss"]["after"],
            "metrics": metrics,
            "report": str(self.report),
            "folder": str(self.report.parent),
            "seconds": round(self.seconds, 1),
        }


def train(settings: TrainerSettings, named: NamedRecipe, digest: str | None) -> Registered:
    """Pull, check, train, measure, package, upload, register. Whatever stops it is recorded with the run."""
    began = time.monotonic()
    base = locate_base(named.recipe, settings.model_dir)
    with closing(SupabaseProject.from_settings(settings)) as project:
        log = begin_run(settings, project, named, published_dataset(project, digest))
        folder = settings.runs_dir / log.run_id
        with closing(log), log.until_it_ends(), watching(log) as watch:
            data = _pull(settings, project, log.dataset_digest)
            folder.mkdir(parents=True)
            (folder / adapters.RUN_FILE).write_text(json.dumps({"run_id": log.run_id, "dataset": data.digest}), "utf-8")
            package = _trained_package(base, named, data, folder, watch)
            status = adapters.publish(project, settings.adapter_bucket, package, log.run_id, watch)
            seconds = time.monotonic() - began
            watch.say("finished", {"adapter": package.name, "status": status, "seconds": round(seconds, 1)}, 1.0)
    return Registered(log.run_id, package, status, folder / REPORT_FILE, seconds)


def evaluate_adapter(settings: TrainerSettings, wanted: str, digest: str | None) -> dict[str, Any]:
    """Measure an adapter, from its folder or by name, on the test split of a dataset; by default the current one."""
    with closing(SupabaseProject.from_settings(settings)) as project:
        package = _package(settings, project, wanted)
        data = _pull(settings, project, digest)
    named = package.recipe()
    base = locate_base(named.recipe, settings.model_dir)
    _refuse_mismatch(package, base)
    with watching(None) as watch:
        measured = _measure(base, named, data, package.folder, watch)
    report = settings.work_dir / "evaluations" / f"{package.name}-{data.digest[:12]}.html"
    report.parent.mkdir(parents=True, exist_ok=True)
    lineage = replace(
        package.lineage(), metrics=package.manifest.metrics | {"test": measured.test.model_dump(mode="json")}
    )
    report.write_text(render_report(lineage, measured, quotes_speeches=True), "utf-8")
    return {
        "name": package.name,
        "dataset": data.digest,
        "test": measured.test.model_dump(mode="json"),
        "report": str(report),
    }


def _pull(settings: TrainerSettings, project: SupabaseProject, digest: str | None) -> TrainingData:
    return read_dataset(pull_dataset(project, digest, settings.datasets_dir, bucket=settings.dataset_bucket))


def _package(settings: TrainerSettings, project: SupabaseProject, wanted: str) -> Package:
    folder = Path(wanted)
    if folder.is_dir():
        return read_package(folder)
    return adapters.fetch(project, settings.adapter_bucket, wanted, settings.adapters_dir)


def _refuse_mismatch(package: Package, base: Base) -> None:
    manifest = package.manifest
    if (base.model, base.revision) != (manifest.base_model, manifest.base_revision):
        raise AdapterInvalid(f"The adapter belongs to another revision of {base.model}.", code="base_mismatch")
    if manifest.renderer_version != RENDERER_VERSION:
        raise AdapterInvalid("The adapter was trained with another renderer.", code="renderer_mismatch")


def _trained_package(base: Base, named: NamedRecipe, data: TrainingData, folder: Path, watch: Watch) -> Package:
    tokenizer = load_tokenizer(base)
    preflight = check(data, tokenizer, named.recipe)
    watch.say("started", {"examples": data.examples(), **preflight.as_dict()}, 0.0)
    watch.stage("training", preflight.steps)
    trained = train_adapter(base, tokenizer, preflight.encoded, named.recipe, folder=folder, watch=watch)
    measured = _measure(base, named, data, trained.folder, watch)
    lineage = Lineage(
        base.model, base.revision, data.digest, named, _metrics(data, trained, measured, preflight.lengths)
    )
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in measured.rows())
    (folder / "predictions.jsonl").write_text(rows, "utf-8")
    (folder / REPORT_FILE).write_text(render_report(lineage, measured, quotes_speeches=True), "utf-8")
    return complete_package(trained.folder, tokenizer, lineage, measured)


def _measure(base: Base, named: NamedRecipe, data: TrainingData, adapter: Path, watch: Watch) -> Evaluation:
    # From the saved files rather than from memory: what is measured is what will be served.
    tokenizer = load_tokenizer(base)
    return evaluate(load_adapted(base, named.recipe, adapter), tokenizer, data, named.recipe, watch)


def _metrics(data: TrainingData, trained: Trained, measured: Evaluation, lengths: Any) -> dict[str, Any]:
    return {
        "examples": data.examples(),
        "subjects": data.subjects(),
        "tokens": {split: dict(numbers) for split, numbers in lengths.items()},
        "loss": trained.losses() | {"curve": [dict(point) for point in trained.curve]},
        "test": measured.test.model_dump(mode="json"),
    }
