"""Which run this process is at: a new one, or an unfinished one of the same training."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.command_line import console
from speechgrade_shared.digest import canonical_json, sha256_hex
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_trainer.errors import DatasetUnfit, RunBusy
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.running.run_folder import dead_runs
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base

_DEAD_AFTER_S = 130.0
_LOOK_EVERY_S = 5.0
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class TakenRun:
    """A run that this process may work at."""

    run_id: str
    attempt: int
    fingerprint: str

    @property
    def is_resumed(self) -> bool:
        return self.attempt > 1


def published_dataset(project: SupabaseProject, digest: str | None) -> str:
    """The digest of the dataset that is current now, or the given one if it is still published.

    Raises:
        DatasetUnfit: ``dataset_missing``.
    """
    where = {"status": "current"} if digest is None else {"digest": digest}
    row = next(project.rows("datasets", "digest,status", key="digest", where=where), None)
    if row is None or row["status"] == "erased":
        raise DatasetUnfit("There is no such dataset. Run the exporter first.", code="dataset_missing")
    return str(row["digest"])


def fingerprint(dataset: str, named: NamedRecipe, base: Base) -> str:
    """What must be equal for checkpoints to be gone on with."""
    same = [dataset, named.recipe.sha256(), base.model, base.revision, RENDERER_VERSION]
    return sha256_hex(canonical_json(same))


def take_run(
    settings: TrainerSettings,
    project: SupabaseProject,
    named: NamedRecipe,
    dataset: str,
    base: Base,
    *,
    fresh: bool,
    sleep: Sleep = time.sleep,
) -> TakenRun:
    """Go on with the unfinished run of this very training, or begin one.

    A run whose process died on this machine is taken over at once; one of another machine as soon as it has been
    silent for two minutes, for which this waits.

    Raises:
        RunBusy: another process is at the same training, and alive.
    """
    print_ = fingerprint(dataset, named, base)
    run = {
        "id": str(uuid.uuid4()),
        "dataset_digest": dataset,
        "recipe": named.name,
        "recipe_sha256": named.recipe.sha256(),
        "recipe_body": named.recipe.body(),
        "fingerprint": print_,
        "worker": settings.worker,
    }
    taken = _ask(project, settings, run, fresh)
    silent, waited = float(taken.get("silent_s", 0.0)), 0.0
    while taken["busy"]:
        if float(taken["silent_s"]) < silent or waited > _DEAD_AFTER_S:
            raise RunBusy(
                f"{taken['worker']} is at the same training (run {taken['run_id']}). To train twice: --fresh."
            )
        if not waited:
            console.print(f"{taken['worker']} has this training and is silent; waiting until it answers or is dead.")
        silent = float(taken["silent_s"])
        sleep(_LOOK_EVERY_S)
        waited += _LOOK_EVERY_S
        taken = _ask(project, settings, run, fresh)
    return TakenRun(str(taken["run_id"]), int(taken["attempt"]), print_)


def _ask(project: SupabaseProject, settings: TrainerSettings, run: dict[str, Any], fresh: bool) -> dict[str, Any]:
    dead = dead_runs(settings.runs_dir, str(run["fingerprint"]))
    answer: dict[str, Any] = project.rpc("take_run", {"p_run": run, "p_known_dead": dead, "p_fresh": fresh})
    return answer
