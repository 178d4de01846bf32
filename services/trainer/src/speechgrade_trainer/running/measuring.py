"""Measuring an adapter on the frozen test split, at the end of a run or by itself."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_trainer.data.dataset import TrainingData, read_dataset
from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.evaluation.evaluate import evaluate
from speechgrade_trainer.evaluation.evaluation import Evaluation
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry import adapters
from speechgrade_trainer.registry.package import Package, read_package
from speechgrade_trainer.reporting.report import render_report
from speechgrade_trainer.running.progress import Watch, watching
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.model import load_adapted, load_tokenizer


def measure(
    base: Base, named: NamedRecipe, data: TrainingData, adapter: Path, watch: Watch, settings: TrainerSettings
) -> Evaluation:
    """Ask about the test split. From the saved files rather than from memory: what is measured is what will be served."""
    del settings
    tokenizer = load_tokenizer(base)
    return evaluate(load_adapted(base, named.recipe, adapter), tokenizer, data, named.recipe, watch)


def evaluate_adapter(settings: TrainerSettings, wanted: str, digest: str | None) -> dict[str, Any]:
    """Measure an adapter, from its folder or by name, on the test split of a dataset; by default the current one."""
    with closing(SupabaseProject.from_settings(settings)) as project:
        package = _package(settings, project, wanted)
        data = _pull(settings, project, digest)
    named = package.recipe()
    base = locate_base(named.recipe, settings.model_dir)
    _refuse_mismatch(package, base)
    with watching(None) as watch:
        measured = measure(base, named, data, package.folder, watch, settings)
    report = settings.work_dir / "evaluations" / f"{package.name}-{data.digest[:12]}.html"
    report.parent.mkdir(parents=True, exist_ok=True)
    lineage = replace(package.lineage(), metrics=package.manifest.metrics | {"test": measured.test.model_dump(mode="json")})
    report.write_text(render_report(lineage, measured, quotes_speeches=True), "utf-8")
    return {"name": package.name, "dataset": data.digest, "test": measured.test, "report": str(report)}


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
