"""Two torchruns that know each other by the variables of Kubeflow Trainer alone train one adapter (k8s/multi-node-job)."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import School

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif("SPEECHGRADE_SEVERAL_MACHINES" not in os.environ, reason="make judge-trainer"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def machines() -> Iterator[list[subprocess.Popen[str]]]:
    """Those that were started; none outlives the test."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for machine in started:
        with machine:
            machine.kill()


def test_two_machines_with_one_folder_train_one_adapter(school: School, machines: list[subprocess.Popen[str]]) -> None:
    school.publish(offset=900, train=8)
    recipe = school.folder / "machines.yaml"
    recipe.write_text(school.recipe.read_text().replace("gradient_accumulation: 1", "gradient_accumulation: 2"))
    # As the TrainJob has it: torchrun --module speechgrade_trainer train --recipe …
    torchrun = Path(sys.executable).with_name("torchrun")
    command = [str(torchrun), "--module", "speechgrade_trainer", "train", "--recipe", str(recipe)]
    said = {"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"} | school.environment
    said |= {"PET_NNODES": "2", "PET_NPROC_PER_NODE": "1", "PET_MASTER_ADDR": "127.0.0.1"}
    said |= {"PET_MASTER_PORT": str(free_port())}
    machines += [
        subprocess.Popen(command, env=said | {"PET_NODE_RANK": rank}, stderr=subprocess.PIPE, text=True)
        for rank in "01"
    ]
    for machine in machines:
        _, errors = machine.communicate(timeout=240)
        assert machine.returncode == 0, errors
    run = school.last_run()
    assert (run["status"], run["metrics"]["run"]["processes"]) == ("succeeded", 2)
