"""A scorer and an engine as processes of their own, which may be killed at any moment and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from speechgrade_local.engine import EngineSettings, engine_spec
from speechgrade_local.environment import free_port

from tests.integration.scorer.conftest import BASE, REPO, TOKEN, Campus

PROGRAM = Path(__file__).with_name("scripted_engine.py")
LIMIT_S = 60.0


class Process:
    """A server on a port that it keeps across its deaths."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        ready_url: str,
        log: Path,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._limit_s = limit_s
        self._command = command
        self._environment = dict(os.environ) | dict(environment)
        self._ready_url = ready_url
        self.log = log
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        until(self._is_ready, self._limit_s)

    def kill(self) -> None:
        """As the kernel does it when memory ends: nothing is said, nothing is finished."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Asked to stop in order; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self._running = self._running, None
        if process is None:
            return 0
        # The group: an engine has children of its own.
        os.killpg(process.pid, how)
        return process.wait(LIMIT_S)

    def _is_ready(self) -> bool:
        assert self._running is not None
        assert self._running.poll() is None, self.log.read_text()[-3000:]
        try:
            return httpx.get(self._ready_url, trust_env=False, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


class ScriptedEngineProcess(Process):
    """The scripted engine, and all that it ever said by the number in it."""

    def __init__(self, folder: Path, *, says_after_s: float = 0.0) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._said = folder / "said.jsonl"
        command = [sys.executable, str(PROGRAM), self.url.rsplit(":", 1)[1], str(self._said)]
        environment = {"SAYS_AFTER_S": str(says_after_s)}
        super().__init__(command, environment, f"{self.url}/health", folder / "engine.log")

    def said(self) -> dict[str, Any]:
        lines = self._said.read_text().splitlines() if self._said.exists() else []
        return {said["number"]: said["answer"] for said in map(json.loads, lines)}


class VllmProcess(Process):
    """The real engine."""

    def __init__(self, model: Path, folder: Path) -> None:
        wanted = EngineSettings(model, BASE, port=free_port())
        spec = engine_spec(REPO, wanted)
        self.url = wanted.url
        super().__init__(list(spec.argv), spec.env, f"{wanted.url}/health", folder / "vllm.log", limit_s=240.0)


class ScorerProcess(Process):
    """``speechgrade-scorer serve`` on the real project."""

    def __init__(self, campus: Campus, engine_url: str, folder: Path, **settings: object) -> None:
        port = free_port()
        folder.mkdir(exist_ok=True)
        self.url = f"http://127.0.0.1:{port}"
        environment = campus.stack.service_environment | {
            "SPEECHGRADE_ENGINE_URL": engine_url,
            "SPEECHGRADE_BASE_MODEL": BASE,
            "SPEECHGRADE_BASE_REVISION": "1",
            "SPEECHGRADE_SCORER_TOKEN": TOKEN,
            "SPEECHGRADE_SCORER_PORT": str(port),
            "SPEECHGRADE_ADAPTER_CACHE": str(folder / "adapters"),
            "SPEECHGRADE_SYNC_INTERVAL_S": "1",
        }
        environment |= {
            name.upper() if name.startswith("supabase") else f"SPEECHGRADE_{name.upper()}": str(value)
            for name, value in settings.items()
        }
        command = [sys.executable, "-m", "speechgrade_scorer", "serve"]
        super().__init__(command, environment, f"{self.url}/readyz", folder / "scorer.log")

    def caller(self, timeout_s: float = LIMIT_S) -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start them in order; whatever is alive at the end is killed."""
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in processes:
            process.kill()


def until(holds: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
