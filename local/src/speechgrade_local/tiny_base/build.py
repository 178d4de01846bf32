"""Makes the tiny base once and keeps it under a name that says what made it."""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from speechgrade_shared.digest import canonical_json
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_local.tiny_base.pretrain import Progress, Schedule, pretrain
from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer

BASE_MODEL = "speechgrade/tiny-mistral"
"""The name under which the base is served and that adapters record; also its path below the folder it is made in."""
_MADE_BY = ("department", "tiny_base")
_LIBRARIES = ("torch", "transformers", "mistral-common")


def ensure_tiny_base(cache: Path, schedule: Schedule | None = None) -> Path:
    """The folder in which ``speechgrade/tiny-mistral`` lies; made on first use, in a few minutes on one core."""
    chosen = schedule or Schedule.full()
    home = cache / _fingerprint(chosen)
    if not (home / BASE_MODEL / "config.json").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=cache))
        try:
            _make(draft / BASE_MODEL, chosen)
            # Whole or not at all; who comes second keeps what the first one made.
            with contextlib.suppress(OSError):
                draft.rename(home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home


def _make(folder: Path, schedule: Schedule) -> None:
    tokenizer = mistral_tokenizer()
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with _one_thread(), ProgressBar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("pre-training the tiny base", total=None)

        def show(progress: Progress) -> None:
            told = f"pre-training the tiny base, {progress.stage}: {progress.accuracy:.0%} of notes right"
            bar.update(task, completed=progress.step, total=progress.most, description=told)

        model = pretrain(tokenizer, schedule, show)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = folder / "tokenizer_config.json"
    # transformers 5 writes a class name that older releases, vLLM's among them, do not know.
    named = json.loads(config.read_text("utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    config.write_text(json.dumps(named, indent=2, sort_keys=True), "utf-8")


def _fingerprint(schedule: Schedule) -> str:
    root = Path(__file__).parents[1]
    code = {
        f"{part}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for part in _MADE_BY
        for path in sorted((root / part).glob("*.py"))
    }
    libraries = {name: version(name) for name in _LIBRARIES}
    made_by = {"schedule": asdict(schedule), "code": code, "libraries": libraries, "renderer": RENDERER_VERSION}
    return hashlib.sha256(canonical_json(made_by)).hexdigest()[:16]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    # On matrices this small, threads spend their time waiting for each other.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
