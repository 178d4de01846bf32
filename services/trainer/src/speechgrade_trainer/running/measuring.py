"""Measuring an adapter on the frozen test split, at the end of a run or by itself."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.errors import ProjectError
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_trainer.data.dataset import TrainingData, read_dataset
from speechgrade_trainer.data.length_policy import fit, fitted_data
from speechgrade_trainer.data.tokenizer_pin import refuse_other_tokenizer
from speechgrade_trainer.errors import AdapterInvalid, TokenizerMismatch
from speechgrade_trainer.evaluation.evaluate import Asking, Standing, evaluate
from speechgrade_trainer.evaluation.evaluation import Evaluation
from speechgrade_trainer.evaluation.groups import Known, read_groups
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry import adapters
from speechgrade_trainer.registry.gate import judge
from speechgrade_trainer.registry.package import Package, read_package
from speechgrade_trainer.reporting.report import render_report
from speechgrade_trainer.running.predictions import evaluation_folder, write_evaluation
from speechgrade_trainer.running.progress import Watch, watching
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.model import load_tokenizer

CHAMPION = "champion"
REPORT_FILE = "report.html"
_MAY_ANSWER = ("candidate", "approved")


def measure(
    base: Base,
    named: NamedRecipe,
    data: TrainingData,
    adapter: Path,
    watch: Watch,
    *,
    settings: TrainerSettings,
    champion: Standing | None = None,
    asks_base: bool = True,
    known_groups: Known | None = None,
) -> Evaluation:
    """Ask about the test split. From the saved files rather than from memory: what is measured is what will be served.

    Raises:
        EngineFailed: the engine that the settings name does not start or does not answer.
    """
    asking = asking_with(settings, base, named)
    return evaluate(asking, data, adapter, watch, champion=champion, asks_base=asks_base, known_groups=known_groups)


def asking_with(settings: TrainerSettings, base: Base, named: NamedRecipe) -> Asking:
    """How models are asked on this machine."""
    return Asking(base, named.recipe, settings.vllm, settings.work_dir / "engine")


def standing_champion(
    project: SupabaseProject, settings: TrainerSettings, base: Base, *, besides: str | None = None
) -> Standing:
    """The adapter that answers by default, fetched; or why it is not compared: that never fails a run.

    ``besides``: the digest of the adapter that is measured.
    """
    try:
        digest = champion_digest(project)
        if digest is None:
            return Standing(absent="No adapter is the champion yet.")
        if digest == besides:
            return Standing(digest, absent="This adapter is the champion itself.")
        status = adapters.find(project, digest)["status"]
        if status not in _MAY_ANSWER:
            return Standing(digest, absent=f"The champion is {status}.")
        package = adapters.fetch(project, settings.adapter_bucket, digest, settings.adapters_dir)
        refuse_mismatch(package, base)
    except ProjectError as error:
        return Standing(absent=f"The champion could not be fetched ({error.code}).")
    except (AdapterInvalid, TokenizerMismatch) as error:
        return Standing(absent=f"The champion cannot be asked here ({error.code}).")
    return Standing(digest, package.folder)


def champion_digest(project: SupabaseProject) -> str | None:
    """The digest of the adapter that answers by default."""
    where = {"scope_kind": "default", "alias": CHAMPION}
    row = next(project.rows("aliases", "adapter_digest", key="adapter_digest", where=where), None)
    return None if row is None else str(row["adapter_digest"])


def evaluate_adapter(
    settings: TrainerSettings,
    wanted: str,
    digest: str | None,
    *,
    groups: Path | None = None,
    asks_base: bool = True,
    records: bool = False,
) -> dict[str, Any]:
    """Measure an adapter on the test split of a dataset, by default the current one.

    ``wanted``: its folder, name or digest, or ``champion``. ``groups``: a file as ``read_groups`` reads it.
    ``records``: keep what the gate says of it with the adapter.

    Raises:
        SpeechgradeError: something that is needed is missing or does not belong together.
    """
    known = read_groups(groups) if groups else None
    with closing(SupabaseProject.from_settings(settings)) as project:
        package = find_package(settings, project, wanted)
        named = package.recipe()
        base = locate_base(named.recipe, settings.model_dir)
        refuse_mismatch(package, base)
        data = as_trained(base, named, pull(settings, project, digest))
        champion = standing_champion(project, settings, base, besides=package.digest)
    with watching(None) as watch:
        measured = measure(
            base,
            named,
            data,
            package.folder,
            watch,
            settings=settings,
            champion=champion,
            asks_base=asks_base,
            known_groups=known,
        )
    folder = evaluation_folder(settings, package, data.digest)
    write_evaluation(folder, package, data.digest, measured)
    test = measured.test.model_dump(mode="json")
    outcome = judge(measured.test, settings.gate, dataset=data.digest, adapter=package.digest)
    if records:
        with closing(SupabaseProject.from_settings(settings)) as project:
            adapters.record_gate(project, package.digest, outcome, settings.worker)
    metrics = package.manifest.metrics | {"test": test, "gate": outcome.as_dict()}
    tested_on = None if data.digest == package.manifest.dataset_digest else data.digest
    lineage = replace(package.lineage(), metrics=metrics, tested_on=tested_on)
    report = folder / REPORT_FILE
    report.write_text(render_report(lineage, measured, quotes_speeches=True), "utf-8")
    return {
        "name": package.name,
        "dataset": data.digest,
        "test": test,
        "gate": outcome.as_dict(),
        "report": str(report),
    }


def pull(settings: TrainerSettings, project: SupabaseProject, digest: str | None) -> TrainingData:
    """A published dataset, verified and parsed."""
    return read_dataset(pull_dataset(project, digest, settings.datasets_dir, bucket=settings.dataset_bucket))


def as_trained(base: Base, named: NamedRecipe, data: TrainingData) -> TrainingData:
    """The examples as a run of this recipe uses them: what is too long is shortened or left out the same way."""
    return fitted_data(data, fit(data, load_tokenizer(base), named.recipe))


def find_package(settings: TrainerSettings, project: SupabaseProject, wanted: str) -> Package:
    """An adapter from its folder, by name or digest, or the one that answers now.

    Raises:
        AdapterInvalid: there is none, or it is not whole.
    """
    folder = Path(wanted)
    if folder.is_dir():
        return read_package(folder)
    if wanted == CHAMPION:
        champion = champion_digest(project)
        if champion is None:
            raise AdapterInvalid("No adapter is the champion yet.", code="adapter_unknown")
        wanted = champion
    return adapters.fetch(project, settings.adapter_bucket, wanted, settings.adapters_dir)


def refuse_mismatch(package: Package, base: Base) -> None:
    """An adapter is asked with its own base and renderer or not at all.

    Raises:
        AdapterInvalid: ``base_mismatch`` or ``renderer_mismatch``.
    """
    manifest = package.manifest
    if (base.model, base.revision) != (manifest.base_model, manifest.base_revision):
        raise AdapterInvalid(f"The adapter belongs to another revision of {base.model}.", code="base_mismatch")
    if manifest.renderer_version != RENDERER_VERSION:
        raise AdapterInvalid("The adapter was trained with another renderer.", code="renderer_mismatch")
    refuse_other_tokenizer(base.folder, package.folder)
