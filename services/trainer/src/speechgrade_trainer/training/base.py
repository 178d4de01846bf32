"""The base model on this machine: found by its id, and named by its revision. Nothing is fetched."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from speechgrade_shared.digest import tree_digest

from speechgrade_trainer.errors import BaseUnavailable
from speechgrade_trainer.recipe import Recipe

CONTENT = "content"
_REVISION_DIGITS = 12


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
    digests = {path.name: _sha256(path) for path in sorted(folder.glob("*.safetensors"))}
    if not digests:
        raise BaseUnavailable("The base model's folder has no safetensors weights.")
    whole = next(iter(digests.values())) if len(digests) == 1 else tree_digest(digests)
    return whole[:_REVISION_DIGITS]


def _cached_snapshot(recipe: Recipe) -> Path:
    where = "Set SPEECHGRADE_MODEL_DIR to a folder that has it."
    missing = f"The base model {recipe.base_model} is not on this machine. {where}"
    if recipe.base_revision == CONTENT:
        raise BaseUnavailable(missing)
    try:
        folder = snapshot_download(recipe.base_model, revision=recipe.base_revision, local_files_only=True)
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise BaseUnavailable(missing) from error
    return Path(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
