"""The services in containers, around the embedded Supabase of this machine."""

import json
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from speechgrade_local.demo.proof import until
from speechgrade_local.environment import free_port
from speechgrade_local.readiness import http_ready
from speechgrade_local.smoke.compose import Compose, host_address
from speechgrade_local.smoke.doorway import Doorway
from speechgrade_local.stack import Stack
from speechgrade_local.tiny_base import BASE_MODEL
from speechgrade_local.up import tiny_revision

_NOTHING_TO_DO = 3
_HOST = "host.docker.internal"
_ASK_ENGINE = (
    "import json, urllib.request as r;"
    "print(json.dumps([m['id'] for m in json.load(r.urlopen('http://engine:8000/v1/models', timeout=10))['data']]))"
)


class Containers:
    """A deployment by `compose.yaml`: exporter, trainer, a CPU engine and the scorer; nothing of ours on the host."""

    def __init__(self, stack: Stack, models: Path, settings: Mapping[str, str], *, build: bool) -> None:
        self._stack, self._models = stack, models
        self._revision = tiny_revision(models)
        self._scorer_port, self._token = free_port(), settings["SPEECHGRADE_SCORER_TOKEN"]
        self._opened = ExitStack()
        project = urlsplit(stack.supabase_url)
        given = {
            "SUPABASE_URL": f"{project.scheme}://{_HOST}:{project.port}",
            "SUPABASE_SECRET_KEY": stack.secret_key,
            "SPEECHGRADE_BASE_MODEL": BASE_MODEL,
            "SPEECHGRADE_BASE_REVISION": self._revision,
            "SCORER_LISTEN": f"127.0.0.1:{self._scorer_port}",
            "EXPORTER_LISTEN": f"127.0.0.1:{free_port()}",
            "SMOKE_MEDIUM": str(stack.state.root / "medium"),
            **settings,
        }
        self.compose = Compose(stack.repo_root, given, stack.state.root)
        try:
            self._start(project.port or 80, build=build)
        except BaseException:
            self.stop()
            raise

    def _start(self, project_port: int, *, build: bool) -> None:
        # Whether there is an engine is known before anything is built.
        self._opened.enter_context(Doorway(host_address(), project_port))
        if build:
            self.compose.build()
        # What a killed run has left is of no use.
        self.compose.down()
        self._opened.callback(self.compose.down)
        self._opened.callback(self.compose.logs, self._stack.state.root / "compose.log")
        self.compose.up("exporter")
        _write_medium(self._models / BASE_MODEL, self._stack.state.root / "medium")
        self.compose.run("weights", ["import", "/medium", "--model", BASE_MODEL, "--revision", self._revision])

    def export(self) -> None:
        # The service beside it may have done everything already.
        self.compose.execute("exporter", ["speechgrade-exporter", "once"], good=(0, _NOTHING_TO_DO))

    def train(self, recipe: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.compose.run("trainer", ["train", "--recipe", recipe, "--json"]))
        return answer

    def promote(self, digest: str, reason: str) -> None:
        self.compose.run("trainer", ["promote", digest, "--reason", reason])

    def keep_report(self, path: str, target: Path) -> None:
        target.write_text(self.compose.run("trainer", [path], "--entrypoint", "cat"), "utf-8")

    def start_engine(self) -> None:
        self.compose.up("engine-cpu")

    def start_serving(self) -> None:
        address = f"http://127.0.0.1:{self._scorer_port}"
        self.compose.up("scorer")
        until("The scorer's readiness", http_ready(f"{address}/readyz"), lambda: time.sleep(1), tries=60)
        self._stack.start_functions({"SPEECHGRADE_SCORER_URL": address, "SPEECHGRADE_SCORER_TOKEN": self._token})

    def engine_models(self) -> list[str]:
        return [str(name) for name in json.loads(self.compose.execute("scorer", ["python", "-c", _ASK_ENGINE]))]

    def stop(self) -> None:
        self._opened.close()


def _write_medium(model: Path, medium: Path) -> None:
    """A copy that the containers' user may read, as a medium would bring it."""
    shutil.rmtree(medium, ignore_errors=True)
    shutil.copytree(model, medium)
    medium.chmod(0o755)
    for file in medium.iterdir():
        file.chmod(0o644)
