"""What is measured on: the embedded stack, two engines on the tiny base, scorers, the Edge Function, and speeches."""

import hashlib
import json
import secrets
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.project import SupabaseProject

from speechgrade_local.bench_scorer import scripted_engine
from speechgrade_local.bench_scorer.adapters import promote_adapter, register_adapter
from speechgrade_local.bench_scorer.calls import Call, Line
from speechgrade_local.bench_scorer.processors import processor_ms
from speechgrade_local.bench_scorer.speeches import Speeches, write_speeches
from speechgrade_local.environment import free_port
from speechgrade_local.stack import Stack
from speechgrade_local.tiny_base import BASE_MODEL, ensure_tiny_base
from speechgrade_local.up import scorer_environment

ADAPTERS = 4
UNCACHED = "engine-uncached"
SCRIPTED = "engine-scripted"
SCORER = "scorer"
SCORER_AT_SCRIPTED = "scorer-at-scripted"
_ROOM = {"adapters_in_use": ADAPTERS, "max_lora_rank": 16}
_READY = "/readyz"


@dataclass(frozen=True, slots=True)
class Bed:
    """Stack, project, speeches, and the names of the adapters: the first is everybody's, each other one a rubric's."""

    stack: Stack
    project: SupabaseProject
    models: Path
    token: str
    adapters: tuple[str, ...]
    speeches: Speeches

    def address(self, name: str) -> str:
        """Where something of the stack answers."""
        return self.stack.addresses[f"{name}_url"].removesuffix(_READY).removesuffix("/version")

    def score_call(self, evaluation: str) -> Call:
        """What the Edge Function asks of a scorer."""
        return Call(
            "/v1/score",
            json.dumps({"evaluation_id": evaluation}).encode(),
            {"authorization": f"Bearer {self.token}", "x-requested-by": f"user:{self.speeches.owner[0]}"},
        )

    def edge_call(self, evaluation: str) -> Call:
        """What the app's page asks of the Edge Function."""
        headers = {
            "authorization": f"Bearer {self.stack.sign_user_token(*self.speeches.owner)}",
            "apikey": self.stack.publishable_key,
        }
        return Call("/score", json.dumps({"evaluation_id": evaluation}).encode(), headers)

    def start_scripted(self, answer: bytes) -> None:
        """An engine that gives this answer to everything, a scorer in front of it, and before that the function."""
        script = self.stack.state.root / "scripted-answer.json"
        script.write_bytes(answer)
        port = free_port()
        program = [sys.executable, "-m", scripted_engine.__name__, str(port), str(script), BASE_MODEL, *self.adapters]
        self.stack.start_service(SCRIPTED, program, {}, f"http://127.0.0.1:{port}/version")
        self.start_scorer(SCORER_AT_SCRIPTED, SCRIPTED)
        self.stack.start_functions(
            {"SPEECHGRADE_SCORER_URL": self.address(SCORER_AT_SCRIPTED), "SPEECHGRADE_SCORER_TOKEN": self.token}
        )

    def pace_scripted(self, seconds: float) -> None:
        """How long the scripted engine lets everybody wait for an answer."""
        with Line(self.address(SCRIPTED)) as line:
            line.ask(Call(scripted_engine.PACE, json.dumps({"seconds": seconds}).encode()))

    def start_scorer(self, name: str, engine: str) -> None:
        """A scorer of its own for one of the engines, ready to answer."""
        port = free_port()
        environment = scorer_environment(self.stack, self.models, self.stack.state.root / name, self.token, port)
        environment |= {"SPEECHGRADE_ENGINE_URL": self.address(engine), "SPEECHGRADE_SYNC_INTERVAL_S": "10"}
        # However slow the machine: a place to ask again is no answer whose time could be compared.
        environment |= {"SPEECHGRADE_ANSWER_WITHIN_S": "90"}
        program = str(Path(sys.executable).parent / "speechgrade-scorer")
        self.stack.start_service(name, [program, "serve"], environment, f"http://127.0.0.1:{port}{_READY}")

    def processor_ms(self) -> dict[str, float]:
        """Processor time used so far, by process."""
        return processor_ms(self.stack.process_ids)


@contextmanager
def opened_bed(repo: Path, state: Path, speeches: int, unseen: int) -> Iterator[Bed]:
    """Start everything on an empty database and stop it at the end.

    Raises:
        StackError: a part of the stack failed.
    """
    models = ensure_tiny_base(repo / ".cache" / "tiny-base")
    base = models / BASE_MODEL
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
            written = write_speeches(stack.database_url, speeches, ADAPTERS, unseen)
            adapters = _registered(project, stack.database_url, base, written.rubrics)
            for engine in booting:
                engine.result()
            bed = Bed(stack, project, models, secrets.token_urlsafe(32), adapters, written)
            bed.start_scorer(SCORER, "engine")
            yield bed


def _registered(project: SupabaseProject, database_url: str, base: Path, rubrics: tuple[str, ...]) -> tuple[str, ...]:
    revision = hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()[:12]
    named = (BASE_MODEL, revision)
    digests = [register_adapter(project, database_url, named, base / "config.json", seed) for seed in range(ADAPTERS)]
    promote_adapter(project, digests[0])
    for digest, rubric in zip(digests[1:], rubrics[1:], strict=True):
        promote_adapter(project, digest, ("rubric", rubric))
    return tuple(map(adapter_name, digests))
