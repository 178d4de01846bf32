"""The services as processes of this machine; their own command lines are run as an operator would."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from speechgrade_local.child import launched
from speechgrade_local.demo.proof import engine_models
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import StepFailed
from speechgrade_local.stack import Stack
from speechgrade_local.tiny_base import BASE_MODEL
from speechgrade_local.up import start_serving


class Processes:
    """A deployment without containers."""

    def __init__(self, stack: Stack, models: Path, settings: Mapping[str, str]) -> None:
        self._stack, self._models, self._token = stack, models, settings["SPEECHGRADE_SCORER_TOKEN"]
        self._environment = {
            **stack.service_environment,
            **settings,
            "SPEECHGRADE_MODEL_DIR": str(models),
            "SPEECHGRADE_WORK_DIR": str(stack.state.data / "runs"),
            "OMP_NUM_THREADS": "1",
        }

    def export(self) -> None:
        self._run("speechgrade-exporter", "once")

    def train(self, recipe: str) -> dict[str, Any]:
        return self._run("speechgrade-trainer", "train", "--recipe", recipe)

    def promote(self, digest: str, reason: str) -> None:
        self._run("speechgrade-trainer", "promote", digest, "--reason", reason)

    def keep_report(self, path: str, target: Path) -> None:
        shutil.copyfile(path, target)

    def start_engine(self) -> None:
        self._stack.start_engine(self._models / BASE_MODEL, BASE_MODEL)

    def start_serving(self) -> None:
        start_serving(self._stack, self._models, self._token, probe="/readyz")

    def engine_models(self) -> list[str]:
        return engine_models(self._stack.engine_url)

    def stop(self) -> None:
        """The stack ends its own processes."""

    def _run(self, program: str, *arguments: str) -> dict[str, Any]:
        return run_service_command(program, arguments, self._environment)


def run_service_command(program: str, arguments: Sequence[str], env: Mapping[str, str]) -> dict[str, Any]:
    """Run ``speechgrade-…`` with ``--json``; what it shows goes to the terminal, what it answers is returned.

    Raises:
        StepFailed: it was killed, ended with an error, or did not answer with JSON.
    """
    command = (str(Path(sys.executable).parent / program), *arguments, "--json")
    done = subprocess.run(launched(command), env=child_environment(env), stdout=subprocess.PIPE, text=True, check=False)
    shown = " ".join((program, *arguments))
    if done.returncode < 0:
        raise StepFailed(f"{shown} was killed by signal {-done.returncode}.")
    if done.returncode != 0:
        raise StepFailed(f"{shown} ended with exit code {done.returncode}; what it said is above.")
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise StepFailed(f"{shown} did not answer with JSON.") from error
    if not isinstance(answer, dict):
        raise StepFailed(f"{shown} answered with something else than an object.")
    return answer
