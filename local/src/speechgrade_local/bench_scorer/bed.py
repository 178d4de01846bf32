"""What is measured on: the embedded stack, two engines on the tiny base, a scorer, the Edge Function, and speeches."""

import hashlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.project import SupabaseProject

from speechgrade_local.bench_scorer.adapters import promote_adapter, register_adapter
from speechgrade_local.bench_scorer.speeches import Speeches, write_speeches
from speechgrade_local.stack import Stack
from speechgrade_local.tiny_base import BASE_MODEL, ensure_tiny_base
from speechgrade_local.up import start_serving

ADAPTERS = 4
_ROOM = {"adapters_in_use": ADAPTERS, "max_lora_rank": 16}
UNCACHED = "engine-without-prefix-cache"


@dataclass(frozen=True, slots=True)
class Bed:
    """Everything is up and warm enough to answer; ``adapters`` are names, the first one is the champion."""

    stack: Stack
    project: SupabaseProject
    models: Path
    token: str
    adapters: tuple[str, ...]
    speeches: Speeches

    @property
    def engine_url(self) -> str:
        return self.stack.engine_url

    @property
    def uncached_engine_url(self) -> str:
        return self.stack.addresses[f"{UNCACHED}_url"]

    @property
    def scorer_url(self) -> str:
        return self.stack.addresses["scorer_url"].removesuffix("/readyz")


@contextmanager
def opened_bed(repo: Path, state: Path, speeches: int) -> Iterator[Bed]:
    """Start everything on an empty database and stop it at the end.

    Raises:
        StackError: a part of the stack failed.
    """
    models = ensure_tiny_base(repo / ".cache" / "tiny-base")
    base = models / BASE_MODEL
    token = secrets.token_urlsafe(32)
    # The threads that start the engines outlive the stack: the kernel ends a process with the thread it came from.
    with ThreadPoolExecutor(2) as background, Stack(repo, state, fresh=True) as stack:
        booting = [
            background.submit(stack.start_engine, base, BASE_MODEL, **_ROOM),
            background.submit(stack.start_engine, base, BASE_MODEL, name=UNCACHED, prefix_caching=False, **_ROOM),
        ]
        stack.start_postgres()
        stack.apply_migrations()
        stack.apply_seed()
        stack.start_supabase()
        with closing(SupabaseProject(stack.supabase_url, stack.secret_key)) as project:
            written = write_speeches(stack.database_url, speeches)
            digests = _registered(project, stack.database_url, base)
            for engine in booting:
                engine.result()
            start_serving(stack, models, state, token, probe="/readyz")
            yield Bed(stack, project, models, token, tuple(map(adapter_name, digests)), written)


def _registered(project: SupabaseProject, database_url: str, base: Path) -> list[str]:
    revision = hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()[:12]
    named = (BASE_MODEL, revision)
    digests = [register_adapter(project, database_url, named, base / "config.json", seed) for seed in range(ADAPTERS)]
    promote_adapter(project, digests[0])
    return digests
