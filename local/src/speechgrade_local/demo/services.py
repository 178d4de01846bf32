"""Runs the services' own command lines, as an operator would, and listens to what they say."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from speechgrade_local.child import launched
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import StepFailed


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
