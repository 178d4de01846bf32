"""The base model on this machine: found by its id, and named by its revision. Nothing is fetched."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from speechgrade_trainer.errors import BaseUnavailable
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.weights.record import content_revision_of
from speechgrade_trainer.weights.selection import needed
from speechgrade_trainer.weights.verifying import other_sizes

CONTENT = "content"
_BRING_IT = (
    "With a network: speechgrade-trainer weights fetch; without one: speechgrade-trainer weights import. "
    "Or set SPEECHGRADE_MODEL_DIR to a folder that has it."
)


@dataclass(frozen=True, slots=True)
class Base:
    """A base model: the id it is served under, its exact revision, and its folder on this machine."""

    model: str
    revision: str
    folder: Path


def locate_base(recipe: Recipe, model_dir: Path | None) -> Base:
    """Find the base in the model folder, else in the hub's local cache.

    Raises:
        BaseUnavailable: it is in neither.
    """
    folder = model_dir / recipe.base_model if model_dir else None
    if folder is None or not (folder / "config.json").is_file():
        folder = _cached_snapshot(recipe)
    revision = content_revision(folder) if recipe.base_revision == CONTENT else recipe.base_revision
    return Base(recipe.base_model, revision, folder)


def content_revision(folder: Path) -> str:
    """The first digits of the SHA-256 of the weights, of their files' digests where there are several.

    Raises:
        BaseUnavailable: the folder has no weights.
    """
    digests = {path.name: _sha256(path) for path in sorted(folder.glob("*.safetensors")) if needed([path.name])}
    if not digests:
        raise BaseUnavailable("The base model's folder has no safetensors weights.")
    return content_revision_of(digests)


def _cached_snapshot(recipe: Recipe) -> Path:
    named = f"{recipe.base_model} at {recipe.base_revision}"
    try:
        # What the repository has besides is not needed: the patterns keep its listing from being asked for it.
        found = snapshot_download(
            recipe.base_model, revision=recipe.base_revision, local_files_only=True, ignore_patterns="*"
        )
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise BaseUnavailable(f"The base model {named} is not on this machine. {_BRING_IT}") from error
    folder = Path(found)
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise BaseUnavailable(f"The base model {named} is not whole on this machine. {_BRING_IT}")
    if other_sizes(folder):
        damaged = ", ".join(other_sizes(folder))
        raise BaseUnavailable(f"Files of the base model {named} are damaged: {damaged}. {_BRING_IT}")
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
