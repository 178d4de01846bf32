"""The long job: train an adapter from a published dataset, measure it, register it. Each stage can be gone on with."""

import json
import shutil
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_shared.command_line import console
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_shared.failpoints import TrainFailpoint, reach
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.data.dataset import TrainingData, read_dataset
from speechgrade_trainer.data.machine import present_machine
from speechgrade_trainer.data.preflight import Preflight, Site, check, inspect
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry import adapters
from speechgrade_trainer.registry.lineage import Lineage
from speechgrade_trainer.registry.package import Package, complete_package, read_package
from speechgrade_trainer.reporting.report import render_report
from speechgrade_trainer.running.checkpoint_store import CheckpointStore
from speechgrade_trainer.running.forgetting import forget_withdrawn
from speechgrade_trainer.running.heartbeat import beating, impatient_project
from speechgrade_trainer.running.interruption import Interruption
from speechgrade_trainer.running.measuring import measure, standing_champion
from speechgrade_trainer.running.progress import Watch, watching
from speechgrade_trainer.running.run_folder import RunFolder, RunState
from speechgrade_trainer.running.run_log import RunLog
from speechgrade_trainer.running.run_metrics import preflight_facts, run_metrics
from speechgrade_trainer.running.taking import TakenRun, published_dataset, take_run
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.checkpoints import newest_complete
from speechgrade_trainer.training.gpu_meter import Prices
from speechgrade_trainer.training.model import load_tokenizer
from speechgrade_trainer.training.ranks import Ranks
from speechgrade_trainer.training.train import Trained, Training, train_adapter

REPORT_FILE = "report.html"
_WEIGHTS = "adapter_model.safetensors"


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


@dataclass(frozen=True)
class Run:
    """One attempt at a run, and all that its stages need."""

    settings: TrainerSettings
    project: SupabaseProject
    named: NamedRecipe
    base: Base
    folder: RunFolder
    taken: TakenRun
    watch: Watch
    ranks: Ranks


def train(
    settings: TrainerSettings, named: NamedRecipe, digest: str | None, *, fresh: bool = False
) -> Registered | None:
    """Pull, check, train, measure, package, upload, register; or go on where an earlier attempt stopped.

    Whatever stops it is recorded with the run. None: this process only trained along with the main one.

    Raises:
        SpeechgradeError: its code is in the run's row.
    """
    began = time.monotonic()
    ranks = Ranks.join()
    with Interruption().heard() as interruption:
        if not ranks.is_main:
            _train_along(ranks, interruption)
            return None
        base = locate_base(named.recipe, settings.model_dir)
        with closing(SupabaseProject.from_settings(settings)) as project:
            _forget(settings, project)
            dataset = published_dataset(project, digest)
            taken = take_run(settings, project, named, dataset, base, fresh=fresh)
            folder = RunFolder(settings.runs_dir / taken.run_id)
            log = RunLog(taken.run_id, taken.attempt, project, impatient_project(settings))
            with ExitStack() as open_:
                open_.enter_context(closing(log))
                open_.enter_context(log.until_it_ends())
                open_.enter_context(folder.locked())
                open_.enter_context(beating(settings, taken.run_id, taken.attempt, interruption))
                watch = open_.enter_context(watching(log, interruption))
                folder.begin(RunState(run_id=taken.run_id, dataset=dataset, fingerprint=taken.fingerprint))
                run = Run(settings, project, named, base, folder, taken, watch, ranks)
                package = _packaged(run)
                status = adapters.publish(project, settings.adapter_bucket, package, taken.run_id, watch)
                seconds = time.monotonic() - began
                watch.say("finished", {"adapter": package.name, "status": status, "seconds": round(seconds, 1)}, 1.0)
                _store(run).forget()
                shutil.rmtree(folder.checkpoints, ignore_errors=True)
    return Registered(taken.run_id, package, status, folder.path / REPORT_FILE, seconds)


def check_only(settings: TrainerSettings, named: NamedRecipe, digest: str | None) -> Preflight:
    """Everything that is looked at before a weight is loaded, problems and all; no run begins."""
    base = locate_base(named.recipe, settings.model_dir)
    with closing(SupabaseProject.from_settings(settings)) as project:
        data = _pull(settings, project, published_dataset(project, digest))
    return inspect(data, load_tokenizer(base), named.recipe, _site(base, named))


def _forget(settings: TrainerSettings, project: SupabaseProject) -> None:
    done = forget_withdrawn(settings, project)
    if done.here:
        console.print(f"{done.here} folders of this machine were of people who have withdrawn, and are deleted.")
    done.refuse_rest()


def _packaged(run: Run) -> Package:
    folder = run.folder
    data = _pull(run.settings, run.project, folder.state().dataset)
    if folder.state().stage == "packaged":
        run.ranks.tell(None)
        return read_package(folder.adapter)
    tokenizer = load_tokenizer(run.base)
    preflight = check(data, tokenizer, run.named.recipe, _site(run.base, run.named))
    data = preflight.data
    kind = "resumed" if run.taken.is_resumed else "started"
    said = {"attempt": run.taken.attempt, "examples": data.examples(), "steps": preflight.steps}
    said |= {"cost": preflight.cost and preflight.cost.as_dict(), **preflight_facts(preflight)}
    run.watch.say(kind, said, None if run.taken.is_resumed else 0.0)
    trained = _trained(run, preflight)
    reach(TrainFailpoint.MEASURE_BEFORE)
    champion = standing_champion(run.project, run.settings, run.base)
    measured = measure(run.base, run.named, data, folder.adapter, run.watch, settings=run.settings, champion=champion)
    metrics = run_metrics(
        preflight, trained, measured, base=run.base, gate=run.settings.gate, attempts=run.taken.attempt
    )
    lineage = Lineage(run.base.model, run.base.revision, data.digest, run.named, metrics)
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in measured.rows())
    (folder.path / "predictions.jsonl").write_text(rows, "utf-8")
    (folder.path / REPORT_FILE).write_text(render_report(lineage, measured, quotes_speeches=True), "utf-8")
    package = complete_package(folder.adapter, tokenizer, lineage, measured)
    folder.update(stage="packaged")
    reach(TrainFailpoint.UPLOAD_BEFORE)
    return package


def _trained(run: Run, preflight: Preflight) -> Trained:
    state = run.folder.state()
    if state.stage != "begun" and state.trained and (run.folder.adapter / _WEIGHTS).is_file():
        run.ranks.tell(None)
        return Trained(**state.trained)
    with _store(run).open() as store:
        _find_checkpoints(run, store)
        run.ranks.tell((run.base, preflight.encoded, run.named.recipe, run.folder.path))
        trained = train_adapter(
            Training(
                base=run.base,
                tokenizer=load_tokenizer(run.base),
                encoded=preflight.encoded,
                recipe=run.named.recipe,
                folder=run.folder,
                watch=run.watch,
                interruption=run.watch.interruption,
                prices=_prices(run.settings),
                saved=store.push,
            )
        )
    run.ranks.part()
    run.folder.update(stage="trained", trained=trained.as_dict())
    return trained


def _find_checkpoints(run: Run, store: CheckpointStore) -> None:
    if not run.taken.is_resumed:
        return
    newest = newest_complete(run.folder.checkpoints)
    if newest is None and store.fetch(run.folder.checkpoints):
        newest = newest_complete(run.folder.checkpoints)
    run.watch.note(f"going on with run {run.taken.run_id} " + (f"after {newest.name}" if newest else "from the start"))


def _train_along(ranks: Ranks, interruption: Interruption) -> None:
    plan = ranks.hear()
    if plan is None:
        return
    base, encoded, recipe, path = plan
    with watching(None, interruption, silent=True) as watch:
        folder = RunFolder(path, is_mine=False)
        train_adapter(Training(base, load_tokenizer(base), encoded, recipe, folder, watch, interruption))
    ranks.part()


def _site(base: Base, named: NamedRecipe) -> Site:
    return Site(base.folder, present_machine(named.recipe))


def _store(run: Run) -> CheckpointStore:
    outbox = run.folder.path / "outbox"
    return CheckpointStore(run.project, run.settings.checkpoint_bucket, run.taken.run_id, outbox)


def _pull(settings: TrainerSettings, project: SupabaseProject, digest: str | None) -> TrainingData:
    return read_dataset(pull_dataset(project, digest, settings.datasets_dir, bucket=settings.dataset_bucket))


def _prices(settings: TrainerSettings) -> Prices:
    return Prices(settings.gpu_price_per_hour, settings.energy_price_per_kwh, settings.currency)
