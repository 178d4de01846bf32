"""Adapters in the project: their objects in Storage and their row, which is written when every object is proved."""

import json
import shutil
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from speechgrade_shared.digest import tree_digest
from speechgrade_shared.errors import ProjectError
from speechgrade_shared.failpoints import TrainFailpoint, reach
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import AdapterInvalid, PromotionRefused, UploadFailed
from speechgrade_trainer.registry.gate import GateOutcome
from speechgrade_trainer.registry.package import MANIFEST_FILE, Package, read_package
from speechgrade_trainer.registry.storing import store_package
from speechgrade_trainer.running.progress import Watch

LATEST = "latest"
RUN_FILE = "run.json"
_ROW = "digest,name,status,object_prefix,files,gate,created_at"
_WITHDRAWN = ("tainted", "purged")


def publish(project: SupabaseProject, bucket: str, package: Package, run_id: str, watch: Watch) -> str:
    """Store every file, read it back, and only then write the row. Returns the adapter's status.

    Done again after any failure it completes what is missing, and changes nothing that is there.

    Raises:
        UploadFailed: the project did not take it; it can be tried again with the same folder.
        AdapterInvalid: ``object_altered``, ``adapter_tainted`` or ``adapter_purged``: trying again does not help.
    """
    try:
        _refuse_withdrawn(project, package)
        store_package(project, bucket, package, watch)
        reach(TrainFailpoint.ADAPTER_BEFORE_ROW)
        answer = project.rpc("register_adapter", {"p_adapter": _registration(package, run_id)})
        reach(TrainFailpoint.ADAPTER_AFTER_ROW)
    except UploadFailed as error:
        raise UploadFailed(f"{error.public} {_kept(package)}") from error
    except (ProjectError, OSError) as error:
        reason = error.code if isinstance(error, ProjectError) else "disk_error"
        text = f"The adapter is trained, but the project did not take it ({reason}). {_kept(package)}"
        raise UploadFailed(text) from error
    return str(answer["status"])


def publish_again(project: SupabaseProject, bucket: str, folder: Path, watch: Watch) -> dict[str, Any]:
    """Store and register the adapter of an earlier run from the run's folder.

    Raises:
        AdapterInvalid: the folder is not that of a run, or its adapter is not whole.
        UploadFailed: as in ``publish``.
    """
    try:
        run_id = str(json.loads((folder / RUN_FILE).read_bytes())["run_id"])
    except (OSError, ValueError, KeyError) as error:
        raise AdapterInvalid(f"{folder} is not the folder of a run.") from error
    package = read_package(folder / "adapter")
    status = publish(project, bucket, package, run_id, watch)
    return {"run_id": run_id, "adapter_digest": package.digest, "name": package.name, "status": status}


def find(project: SupabaseProject, wanted: str) -> dict[str, Any]:
    """The row of an adapter by digest, by name, or ``latest``: the newest that may be promoted.

    Raises:
        AdapterInvalid: ``adapter_unknown``.
    """
    where = {} if wanted == LATEST else {"digest" if len(wanted) == 64 else "name": wanted}
    rows = list(project.rows("adapters", _ROW, key="digest", where=where))
    if wanted == LATEST:
        rows = [row for row in rows if row["status"] in ("candidate", "approved")]
    if not rows:
        raise AdapterInvalid(f"The registry has no adapter {wanted}.", code="adapter_unknown")
    return max(rows, key=lambda row: str(row["created_at"]))


def fetch(project: SupabaseProject, bucket: str, wanted: str, into: Path) -> Package:
    """Bring an adapter's folder from Storage, and prove every file by its digest. What is here already stays.

    Raises:
        AdapterInvalid: there is none, it may not be used, or its objects are not what its digest names.
    """
    row = find(project, wanted)
    if row["status"] in _WITHDRAWN:
        raise AdapterInvalid(
            f"Somebody that {row['name']} learned from has withdrawn.", code=f"adapter_{row['status']}"
        )
    folder = into / row["name"]
    if folder.is_dir() and (known := _intact(folder, row["digest"])):
        return known
    draft = into / f".{row['name']}-{uuid4().hex}"
    try:
        _download(project, bucket, row, draft)
        if tree_digest(read_package(draft).manifest.files) != row["digest"]:
            raise AdapterInvalid("The objects are not those of the adapter's digest.")
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return read_package(folder)


def overview(project: SupabaseProject) -> list[dict[str, Any]]:
    """Every adapter, newest first, with its numbers, its gate and its aliases."""
    return list(project.rpc("adapter_overview"))


def record_gate(project: SupabaseProject, wanted: str, outcome: GateOutcome, actor: str) -> dict[str, Any]:
    """Keep what a later evaluation found; it takes the place of the gate that the adapter was registered with.

    Raises:
        AdapterInvalid: ``adapter_unknown``, or ``dataset_unknown``.
    """
    row = find(project, wanted)
    answer = project.rpc("record_gate", {"p_digest": row["digest"], "p_gate": outcome.as_dict(), "p_actor": actor})
    if not answer["recorded"]:
        raise AdapterInvalid(f"The registry does not keep this gate of {row['name']}.", code=answer["reason"])
    return {"digest": row["digest"], "name": row["name"], "gate": outcome.as_dict()}


def retire(project: SupabaseProject, wanted: str, actor: str, reason: str) -> dict[str, Any]:
    """Take an adapter out of use for good.

    Raises:
        PromotionRefused: ``alias_points_to_it``, or ``adapter_tainted``.
    """
    row = find(project, wanted)
    answer = project.rpc("retire_adapter", {"p_digest": row["digest"], "p_actor": actor, "p_reason": reason})
    if not answer["retired"]:
        raise PromotionRefused(f"The registry does not retire {row['name']}.", code=answer["reason"])
    return {"digest": row["digest"], "name": row["name"], "status": "retired"}


def _refuse_withdrawn(project: SupabaseProject, package: Package) -> None:
    rows = project.rows("adapters", "digest,status", key="digest", where={"digest": package.digest})
    status = next((row["status"] for row in rows), None)
    if status in _WITHDRAWN:
        raise AdapterInvalid(
            f"Somebody that {package.name} learned from has withdrawn; it stays where it is.", code=f"adapter_{status}"
        )


def _kept(package: Package) -> str:
    return f"It is kept: speechgrade-trainer upload {package.folder.parent}"


def _intact(folder: Path, digest: str) -> Package | None:
    try:
        package = read_package(folder)
    except AdapterInvalid:
        return None
    return package if package.digest == digest else None


def _download(project: SupabaseProject, bucket: str, row: dict[str, Any], draft: Path) -> None:
    draft.mkdir(parents=True)
    project.download_to(bucket, f"{row['object_prefix']}/{MANIFEST_FILE}", draft / MANIFEST_FILE)
    for name, sha256 in sorted(row["files"].items()):
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise AdapterInvalid("A file of the adapter lies outside of its folder.")
        target = draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if project.download_to(bucket, f"{row['object_prefix']}/{name}", target) != sha256:
            raise AdapterInvalid(f"An object is not what was registered: {name}.")


def _registration(package: Package, run_id: str) -> dict[str, Any]:
    manifest = package.manifest
    return {
        "digest": package.digest,
        "name": package.name,
        "run_id": run_id,
        "base_model": manifest.base_model,
        "base_revision": manifest.base_revision,
        "renderer_version": manifest.renderer_version,
        "lora_rank": manifest.lora_rank,
        "object_prefix": package.digest,
        "files": manifest.files,
        "metrics": manifest.metrics,
        "gate": manifest.metrics.get("gate"),
    }
