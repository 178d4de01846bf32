"""Whether the base's files lie in the volume, whole, before an engine is started on them. Needs Python alone.

It looks for the record that ``speechgrade-trainer weights fetch`` and ``import`` write beside the files when all of
them are there and verified, and compares names and sizes with it. Digests are compared by ``weights verify``, which
takes minutes.
"""

import json
import os
import re
import sys
from pathlib import Path

RECORD = "speechgrade-weights.json"
FIX = "Run k8s/weights-job, or k8s/weights-import-job where there is no network; the engine tries again by itself."


def problems(hub: Path, model: str, revision: str) -> list[str]:
    """What is wrong with the base in the hub's cache; nothing if an engine can load it."""
    repository = hub / f"models--{model.replace('/', '--')}"
    folder = repository / "snapshots" / _commit(repository, revision)
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        sizes = {name: int(file["bytes"]) for name, file in record["files"].items()}
    except FileNotFoundError:
        return [f"{model} at {revision} is not in {hub}, or not whole: there is no {RECORD}."]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{folder / RECORD} cannot be read."]
    return [
        f"{name} of {model} has {found} bytes and should have {size}."
        if found is not None
        else f"{name} of {model} is missing."
        for name, size in sizes.items()
        if (found := _size(folder / name)) != size
    ]


def _commit(repository: Path, revision: str) -> str:
    if re.fullmatch("[0-9a-f]{40}", revision):
        return revision
    try:
        return (repository / "refs" / revision).read_text("utf-8").strip() or revision
    except OSError:
        return revision


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


if __name__ == "__main__":
    base, at = os.environ["SPEECHGRADE_BASE_MODEL"], os.environ["SPEECHGRADE_BASE_REVISION"]
    wrong = problems(Path(os.environ["HF_HOME"], "hub"), base, at)
    sys.exit("\n".join([*wrong, FIX]) if wrong else 0)
