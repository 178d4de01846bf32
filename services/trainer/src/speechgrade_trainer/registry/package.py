"""An adapter as a folder: everything that serving, checking and tracing it needs, named by the digest of its files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from speechgrade_shared.digest import canonical_json, tree_digest
from speechgrade_shared.errors import ManifestInvalid
from speechgrade_shared.manifests import AdapterManifest, adapter_name

from speechgrade_trainer.errors import AdapterInvalid
from speechgrade_trainer.evaluation.evaluation import Evaluation
from speechgrade_trainer.recipe import NamedRecipe, Recipe
from speechgrade_trainer.registry.card import render_card
from speechgrade_trainer.registry.lineage import Lineage
from speechgrade_trainer.reporting.report import render_report

MANIFEST_FILE = "manifest.json"
RECIPE_FILE = "recipe.json"
_NEEDED = ("adapter_config.json", "adapter_model.safetensors", RECIPE_FILE)


class Tokenizer(Protocol):
    """All that a package needs of a tokenizer."""

    def save_pretrained(self, save_directory: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Package:
    """A complete, verified adapter folder."""

    folder: Path
    manifest: AdapterManifest

    @property
    def digest(self) -> str:
        return tree_digest(self.manifest.files)

    @property
    def name(self) -> str:
        return adapter_name(self.digest)

    def recipe(self) -> NamedRecipe:
        """The recipe that it was trained with."""
        body = json.loads((self.folder / RECIPE_FILE).read_bytes())
        return NamedRecipe(name=self.manifest.recipe, recipe=Recipe.model_validate(body))

    def lineage(self) -> Lineage:
        """What it was made of, and how it did."""
        manifest = self.manifest
        return Lineage(
            base_model=manifest.base_model,
            base_revision=manifest.base_revision,
            dataset_digest=manifest.dataset_digest,
            named=self.recipe(),
            metrics=manifest.metrics,
            renderer_version=manifest.renderer_version,
        )


def complete_package(folder: Path, tokenizer: Tokenizer, lineage: Lineage, evaluation: Evaluation) -> Package:
    """Add to the saved weights what belongs to them, and seal the folder with its manifest."""
    tokenizer.save_pretrained(str(folder))
    _name_base(folder / "adapter_config.json", lineage)
    recipe = lineage.named.recipe
    _write(folder, "README.md", render_card(lineage))
    _write(folder, "report.html", render_report(lineage, evaluation, quotes_speeches=False))
    _write(folder, "metrics.json", json.dumps(lineage.metrics, indent=2, ensure_ascii=False))
    _write(folder, RECIPE_FILE, canonical_json(recipe.body()).decode())
    manifest = AdapterManifest(
        base_model=lineage.base_model,
        base_revision=lineage.base_revision,
        renderer_version=lineage.renderer_version,
        dataset_digest=lineage.dataset_digest,
        recipe=lineage.named.name,
        recipe_sha256=recipe.sha256(),
        lora_rank=recipe.lora.r,
        files=_digests(folder),
        metrics=lineage.metrics,
    )
    (folder / MANIFEST_FILE).write_bytes(manifest.to_bytes())
    return read_package(folder)


def read_package(folder: Path) -> Package:
    """Open an adapter's folder and prove that it is whole.

    Raises:
        AdapterInvalid: a file is missing, changed or not in the manifest.
    """
    try:
        manifest = AdapterManifest.from_bytes((folder / MANIFEST_FILE).read_bytes())
    except (OSError, ManifestInvalid) as error:
        raise AdapterInvalid(f"{folder} is not an adapter's folder: it has no readable {MANIFEST_FILE}.") from error
    found = _digests(folder)
    wrong = sorted(path for path in {*found, *manifest.files} if found.get(path) != manifest.files.get(path))
    missing = [name for name in _NEEDED if name not in manifest.files]
    if wrong or missing:
        raise AdapterInvalid(f"These files are not what the manifest says: {', '.join([*wrong, *missing])}.")
    return Package(folder, manifest)


def _name_base(config: Path, lineage: Lineage) -> None:
    # PEFT writes the folder that the base was loaded from; whoever serves the adapter knows the base by its id.
    body = json.loads(config.read_bytes())
    body["base_model_name_or_path"] = lineage.base_model
    body["revision"] = lineage.base_revision
    body["target_modules"] = sorted(body["target_modules"])
    config.write_text(json.dumps(body, indent=2, sort_keys=True) + "\n", "utf-8")


def _digests(folder: Path) -> Mapping[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST_FILE)
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in sorted(paths)}


def _sha256(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")
