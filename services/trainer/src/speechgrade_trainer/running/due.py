"""Whether a training on a schedule has anything to learn that its last run has not learned. Loads no model library."""

from dataclasses import dataclass
from typing import Any

from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import DatasetUnfit
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.running.taking import fingerprint, published_dataset
from speechgrade_trainer.training.base import Base

_USABLE = frozenset({"candidate", "approved", "retired"})
_RUN = "id,dataset_id,recipe_sha256,fingerprint,created_at"


@dataclass(frozen=True, slots=True)
class Due:
    """The decision, its stable code, and a sentence for the operator."""

    is_due: bool
    code: str
    sentence: str


def due(project: SupabaseProject, named: NamedRecipe, base: Base, wanted: str | None = None) -> Due:
    """Compare what would be learned now with what the last succeeded run of the recipe has learned.

    Args:
        wanted: the digest of a dataset; the current one by default.

    Raises:
        ProjectError: the project could not be asked.
    """
    try:
        dataset = published_dataset(project, wanted)
    except DatasetUnfit as error:
        return Due(False, error.code, f"There is nothing to learn from yet. {error.public}")
    last = _last_succeeded(project, named.name)
    if last is None:
        return Due(True, "never_trained", f"No run of {named.name} has succeeded yet.")
    if last["fingerprint"] != fingerprint(dataset, named, base):
        return _difference(project, named, dataset, last)
    learned = _adapter_of(project, last["id"])
    if learned is not None and learned["status"] not in _USABLE:
        return Due(True, "adapter_withdrawn", f"{learned['name']} of the last run may not answer any more.")
    name = "Its adapter" if learned is None else learned["name"]
    same = f"{name} has learned from this dataset with this recipe already"
    if _is_champion_tainted(project):
        return Due(False, "unchanged", f"The champion is tainted. {same}: promote it; a training would give it again.")
    return Due(False, "unchanged", f"Nothing has changed. {same}.")


def _adapter_of(project: SupabaseProject, run: str) -> dict[str, Any] | None:
    return next(iter(project.rows("adapters", "digest,name,status", key="digest", where={"run_id": run})), None)


def _last_succeeded(project: SupabaseProject, recipe: str) -> dict[str, Any] | None:
    rows = project.rows("training_runs", _RUN, key="id", where={"recipe": recipe, "status": "succeeded"})
    return max(rows, key=lambda row: str(row["created_at"]), default=None)


def _difference(project: SupabaseProject, named: NamedRecipe, dataset: str, last: dict[str, Any]) -> Due:
    learned = next(iter(project.rows("datasets", "id,digest", key="id", where={"id": last["dataset_id"]})), None)
    if learned is None or learned["digest"] != dataset:
        why = "The champion is tainted, and the" if _is_champion_tainted(project) else "The"
        return Due(
            True, "dataset_changed", f"{why} dataset is another one than the last run of {named.name} learned from."
        )
    if last["recipe_sha256"] != named.recipe.sha256():
        return Due(True, "recipe_changed", f"{named.name} is another recipe than it was at its last run.")
    return Due(True, "base_changed", "Base or prompt are others than at the last run.")


def _is_champion_tainted(project: SupabaseProject) -> bool:
    found = project.rpc("alias_overview")
    return any(row["alias"] == "champion" and row["status"] == "tainted" for row in found)
