"""The embedded project behind a Storage that takes objects in parts."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from speechgrade_local.node import locate_node
from speechgrade_local.stack import Stack
from speechgrade_shared.project import SupabaseProject

REPO = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("storage_with_parts.mjs")


@dataclass(frozen=True)
class PartsStorage:
    """Its address, and what came in."""

    url: str
    secret_key: str

    def project(self) -> SupabaseProject:
        return SupabaseProject(self.url, self.secret_key)

    def log(self, method: str) -> list[dict[str, Any]]:
        return [entry for entry in httpx.get(f"{self.url}/log", timeout=10).json() if entry["method"] == method]

    def lose_the_next_answer(self) -> None:
        httpx.post(f"{self.url}/lose", timeout=10).raise_for_status()


@contextmanager
def storage_with_parts(stack: Stack, folder: Path) -> Iterator[PartsStorage]:
    folder.mkdir(parents=True, exist_ok=True)
    parts = locate_node(REPO)
    command = [str(parts.node), str(SCRIPT), str(parts.local / "node_modules"), stack.supabase_url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield PartsStorage(f"http://127.0.0.1:{int(server.stdout.readline())}", stack.secret_key)
        finally:
            server.terminate()
