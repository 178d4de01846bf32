"""Deleting tainted adapters: whoever withdrew has a right to it, and the row keeps what it was that is gone."""

import shutil
from pathlib import Path
from typing import Any

from speechgrade_shared.failpoints import TrainFailpoint, reach
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import PromotionRefused
from speechgrade_trainer.registry import adapters
from speechgrade_trainer.registry.package import MANIFEST_FILE
from speechgrade_trainer.settings import TrainerSettings


def purge(
    project: SupabaseProject, settings: TrainerSettings, wanted: str | None, reason: str, *, empties_aliases: bool
) -> list[dict[str, Any]]:
    """Delete the objects of one tainted adapter, or of all, and what this machine has of them.

    After a failure, once more completes it.

    Raises:
        PromotionRefused: ``adapter_not_tainted``, or ``alias_points_to_it``; nothing of that adapter was deleted.
    """
    rows = [row for row in adapters.overview(project) if row["status"] == "tainted"]
    if wanted is not None:
        digest = adapters.find(project, wanted)["digest"]
        rows = [row for row in adapters.overview(project) if row["digest"] == digest]
    return [_purge(project, settings, row, reason, empties_aliases=empties_aliases) for row in rows]


def _purge(
    project: SupabaseProject, settings: TrainerSettings, row: dict[str, Any], reason: str, *, empties_aliases: bool
) -> dict[str, Any]:
    who = {"p_digest": row["digest"], "p_actor": settings.worker, "p_reason": reason}
    allowed = project.rpc("start_purge", who | {"p_empties_aliases": empties_aliases})
    # A prefix that does not end in the digest could be that of something else.
    if not allowed["may_purge"] or not str(allowed["object_prefix"]).endswith(row["digest"]):
        raise PromotionRefused(f"{row['name']} is not purged.", code=allowed.get("reason", "prefix_unknown"))
    objects = _remove_objects(project, settings.adapter_bucket, str(allowed["object_prefix"]), row)
    reach(TrainFailpoint.PURGE_AFTER_OBJECTS)
    folders = [settings.adapters_dir / row["name"], settings.runs_dir / str(row["run"])]
    here = [folder for folder in folders if _remove_folder(folder)]
    project.rpc("complete_purge", who | {"p_objects": objects})
    return {
        "name": row["name"],
        "digest": row["digest"],
        "objects": objects,
        "folders": [str(folder) for folder in here],
    }


def _remove_objects(project: SupabaseProject, bucket: str, prefix: str, row: dict[str, Any]) -> int:
    named = {f"{prefix}/{name}" for name in [*row["files"], MANIFEST_FILE]}
    found = {f"{prefix}/{name}" for name in project.object_names(bucket, prefix)}
    project.remove(bucket, sorted(named | found))
    left = [name for name in project.object_names(bucket, prefix) if f"{prefix}/{name}" in named | found]
    if left:
        raise PromotionRefused(f"Storage still has {len(left)} objects of {row['name']}.", code="objects_left")
    return len(found | named)


def _remove_folder(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    shutil.rmtree(folder)
    return True
