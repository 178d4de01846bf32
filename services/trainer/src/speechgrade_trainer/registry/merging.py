"""An adapter merged into its base: one model that needs no PEFT, for engines that know nothing of adapters."""

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from peft import PeftModel
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import AdapterInvalid, ExportRefused
from speechgrade_trainer.registry.adapters import fetch
from speechgrade_trainer.registry.package import MANIFEST_FILE, Package
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base, locate_base
from speechgrade_trainer.training.model import load_base, load_tokenizer

_TAKEN_ALONG = ("README.md", MANIFEST_FILE)


def export_merged(settings: TrainerSettings, wanted: str, into: Path) -> dict[str, Any]:
    """Merge a registered adapter into its base, in bf16 and never into a quantized one, and write the whole model.

    Raises:
        ExportRefused: ``folder_not_empty``, or ``disk_error``; nothing is left behind.
        AdapterInvalid: it is unknown, tainted, or belongs to another revision of the base.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ExportRefused(f"{into} is not an empty folder.", code="folder_not_empty")
    with closing(SupabaseProject.from_settings(settings)) as project:
        package = fetch(project, settings.adapter_bucket, wanted, settings.adapters_dir)
    base = _base_of(package, settings)
    into.parent.mkdir(parents=True, exist_ok=True)
    draft = into.parent / f".{into.name}-{uuid4().hex}"
    try:
        _write_merged(package, base, draft)
        # An empty folder gives way; one that has got something in it meanwhile does not.
        draft.replace(into)
    except OSError as error:
        raise ExportRefused("The merged model could not be written.", code="disk_error") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {"name": package.name, "digest": package.digest, "folder": str(into)}


def _base_of(package: Package, settings: TrainerSettings) -> Base:
    base = locate_base(package.recipe().recipe, settings.model_dir)
    if (base.model, base.revision) != (package.manifest.base_model, package.manifest.base_revision):
        raise AdapterInvalid(f"The adapter belongs to another revision of {base.model}.", code="base_mismatch")
    return base


def _write_merged(package: Package, base: Base, draft: Path) -> None:
    whole = package.recipe().recipe.model_copy(update={"quantization": "none", "dtype": "bfloat16"})
    adapted: Any = PeftModel.from_pretrained(load_base(base, whole), str(package.folder), is_trainable=False)
    with torch.inference_mode():
        merged = adapted.merge_and_unload(safe_merge=True)
    merged.save_pretrained(str(draft), max_shard_size="4GB")
    load_tokenizer(base).save_pretrained(str(draft))
    for name in _TAKEN_ALONG:
        shutil.copyfile(package.folder / name, draft / (name if name != MANIFEST_FILE else "adapter-manifest.json"))
    _say_that_it_is_merged(draft / "README.md", package)


def _say_that_it_is_merged(card: Path, package: Package) -> None:
    note = (
        f"> This is the adapter `{package.name}` merged into `{package.manifest.base_model}` at revision "
        f"`{package.manifest.base_revision}`, in bf16; it needs no PEFT. If somebody whose speech it learned from "
        "withdraws consent, this copy has to be deleted by whoever has it: the registry does not reach it."
    )
    front, mark, body = card.read_text("utf-8").partition("\n---\n\n")
    front = front.replace("library_name: peft", "library_name: transformers")
    card.write_text(f"{front}{mark}{note}\n\n{body}" if mark else f"{note}\n\n{front}", "utf-8")
