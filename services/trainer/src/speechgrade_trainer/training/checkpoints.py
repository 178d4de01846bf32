"""Checkpoints that can be trusted after a kill.

transformers writes a checkpoint file by file, and takes the highest number for the newest even if the process died half
way through it. Here a checkpoint counts once ``complete.json`` names the digest of each of its files; it is written
last. ``trainer_state.json`` names the best checkpoint by its path, which is another one on another machine.
"""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

SEAL_FILE = "complete.json"
STATE_FILE = "trainer_state.json"
_NAME = re.compile(r"checkpoint-(\d+)")


def step_of(checkpoint: Path) -> int:
    """The optimizer step of a checkpoint by its folder's name."""
    match = _NAME.fullmatch(checkpoint.name)
    if match is None:
        raise ValueError(f"{checkpoint.name} is not a checkpoint")
    return int(match[1])


def seal(checkpoint: Path) -> None:
    """Declare a checkpoint complete."""
    digests = {path.name: _sha256(path) for path in _content(checkpoint)}
    fresh = checkpoint / f".{SEAL_FILE}"
    with fresh.open("w", encoding="utf-8") as out:
        json.dump({"files": digests}, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(checkpoint / SEAL_FILE)


def is_complete(checkpoint: Path) -> bool:
    """Whether every file is there as it was when the checkpoint was sealed."""
    try:
        sealed = json.loads((checkpoint / SEAL_FILE).read_bytes())["files"]
        return bool(sealed) and {path.name: _sha256(path) for path in _content(checkpoint)} == sealed
    except (OSError, ValueError, KeyError, TypeError):
        return False


def newest_complete(folder: Path) -> Path | None:
    """The last checkpoint to go on from; those that are not whole are removed. Its best one is found beside it."""
    whole = []
    for path in sorted((path for path in folder.glob("checkpoint-*") if _NAME.fullmatch(path.name)), key=step_of):
        if is_complete(path):
            whole.append(path)
        else:
            shutil.rmtree(path)
    while whole:
        newest = whole.pop()
        if _relocated(newest, {path.name for path in whole} | {newest.name}):
            return newest
    return None


def best_of(checkpoint: Path) -> str | None:
    """The folder's name of the best checkpoint so far, as this one knows it."""
    best = _state(checkpoint).get("best_model_checkpoint")
    return Path(best).name if best else None


def _relocated(checkpoint: Path, present: set[str]) -> bool:
    # Without the best weights so far, going on would forget them: then an earlier checkpoint is the one to go on from.
    best = best_of(checkpoint)
    if best is None:
        return True
    if best not in present:
        return False
    state = _state(checkpoint)
    here = str(checkpoint.parent / best)
    if state["best_model_checkpoint"] != here:
        state["best_model_checkpoint"] = here
        (checkpoint / STATE_FILE).write_text(json.dumps(state), "utf-8")
        seal(checkpoint)
    return True


def _state(checkpoint: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((checkpoint / STATE_FILE).read_bytes())
    return state


def _content(checkpoint: Path) -> list[Path]:
    return sorted(path for path in checkpoint.iterdir() if path.is_file() and SEAL_FILE not in path.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
