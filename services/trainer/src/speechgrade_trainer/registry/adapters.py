"""Adapters in the project: their objects in Storage, their row, and the alias that says which one answers."""

import json
from pathlib import Path
from typing import Any

from speechgrade_shared.digest import sha256_hex, tree_digest
from speechgrade_shared.errors import ProjectError
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import AdapterInvalid, PromotionRefused, UploadFailed
from speechgrade_trainer.registry.package import MANIFEST_FILE, Package, read_package
from speechgrade_trainer.running.progress import Watch

LATEST = "latest"
RUN_FILE = "run.json"
_CONTENT_TYPES = {".json": "application/json", ".md": "text/markdown", ".html": "text/html", ".jinja": "text/plain"}
_ROW = "digest,name,status,object_prefix,created_at"


def publish(project: SupabaseProject, bucket: str, package: Package, run_id: str, watch: Watch) -> str:
    """Store every file, read it back, and only then write the row. Returns the adapter's status.

    Raises:
        UploadFailed: the project did not take it; it can be tried again with the same folder.
    """
    names = [*sorted(package.manifest.files), MANIFEST_FILE]
    watch.stage("uploading", len(names))
    try:
        for done, name in enumerate(names, 1):
            _store(project, bucket, package, name)
            watch.advance(done, name)
        return str(project.rpc("register_adapter", {"p_adapter": _registration(package, run_id)})["status"])
    except ProjectError as error:
        folder = package.folder.parent
        raise UploadFailed(
            f"The adapter is trained, but the project did not take it ({error.code}). "
            f"It is kept: speechgrade-trainer upload {folder}"
        ) from error


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
    """Bring an adapter's folder from Storage and verify it.

    Raises:
        AdapterInvalid: there is none, or its objects are not what its digest names.
    """
    row = find(project, wanted)
    folder, prefix = into / row["name"], row["object_prefix"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_FILE).write_bytes(project.download(bucket, f"{prefix}/{MANIFEST_FILE}"))
    for name in project.object_names(bucket, prefix):
        (folder / name).write_bytes(project.download(bucket, f"{prefix}/{name}"))
    package = read_package(folder)
    if tree_digest(package.manifest.files) != row["digest"]:
        raise AdapterInvalid("The objects are not those of the adapter's digest.")
    return package


def promote(project: SupabaseProject, wanted: str, actor: str, reason: str) -> dict[str, Any]:
    """Let an adapter answer by default.

    Raises:
        PromotionRefused: the registry's reason is its code, e.g. ``adapter_tainted``.
    """
    row = find(project, wanted)
    params = {"p_digest": row["digest"], "p_actor": actor, "p_reason": reason}
    outcome = project.rpc("promote_adapter", params)
    if not outcome["promoted"]:
        raise PromotionRefused(f"The registry refuses {row['name']}.", code=outcome["reason"])
    return {"digest": row["digest"], "name": row["name"], "alias": "champion"}


def rollback(project: SupabaseProject, actor: str, reason: str) -> dict[str, Any]:
    """Let the adapter answer that answered before.

    Raises:
        PromotionRefused: ``no_previous_adapter``.
    """
    outcome = project.rpc("rollback_alias", {"p_actor": actor, "p_reason": reason})
    if not outcome["rolled_back"]:
        raise PromotionRefused("No adapter that may still answer came before.", code=outcome["reason"])
    row = find(project, outcome["digest"])
    return {"digest": row["digest"], "name": row["name"], "alias": "champion"}


def _store(project: SupabaseProject, bucket: str, package: Package, name: str) -> None:
    data = (package.folder / name).read_bytes()
    path = f"{package.digest}/{name}"
    kind = _CONTENT_TYPES.get(Path(name).suffix, "application/octet-stream")
    project.upload(bucket, path, data, kind)
    if sha256_hex(project.download(bucket, path)) != sha256_hex(data):
        raise UploadFailed(f"Storage gives back something else than was stored: {name}.")


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
    }
