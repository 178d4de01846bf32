"""The manifests of k8s/ as the cluster would get them: what ``kubectl kustomize`` makes of them, and nothing else.

Where there is no kubectl, a test that asks for them is skipped and says so: without patches applied it would prove nothing.
"""

import copy
import functools
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from .tools import kubectl, run

REPO = Path(__file__).resolve().parents[2]
K8S = REPO / "k8s"
OVERLAYS = ("overlays/single-gpu", "overlays/kind-cpu")
APPLIED = ("base", *OVERLAYS)
JOBS = ("trainer-job", "weights-job", "weights-import-job", "multi-node-job", "console-job", "tiny-trainer-job")
COMPONENTS = (
    "gpu-nodes",
    "keda",
    "monitoring",
    "one-node",
    "private-supabase",
    "scheduled-retraining",
    "tracing",
    "trainjob",
    "kueue",
)
"""Kueue last: it changes what others bring."""

Combination = tuple[str, tuple[str, ...]]
COMBINATIONS: tuple[Combination, ...] = (
    *((folder, ()) for folder in APPLIED + JOBS),
    *((OVERLAYS[0], (component,)) for component in COMPONENTS if component != "one-node"),
    *((overlay, tuple(c for c in COMPONENTS if c != "one-node")) for overlay in OVERLAYS),
    ("base", COMPONENTS),
    ("trainer-job", ("gpu-nodes", "kueue")),
    ("multi-node-job", ("kueue",)),
)
"""What an operator is told to combine: each folder, each component, all of them. The overlays have ``one-node`` already."""

Manifest = dict[str, Any]


def rendered(folder: str, *components: str) -> list[Manifest]:
    """The resources of a folder with components added, as an overlay would list them."""
    if kubectl() is None:
        pytest.skip("no kubectl on this machine, and `make tools` could fetch none")
    return copy.deepcopy(_kustomized(folder, components))


@functools.cache
def _kustomized(folder: str, components: tuple[str, ...]) -> list[Manifest]:
    if not components:
        return _kustomize(K8S / folder)
    with tempfile.TemporaryDirectory() as name:
        here = Path(name).resolve()
        kustomization = {
            "namespace": "speechgrade",
            "resources": [os.path.relpath(K8S / folder, here)],
            "components": [os.path.relpath(K8S / "components" / component, here) for component in components],
        }
        (here / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), "utf-8")
        return _kustomize(here)


def _kustomize(folder: Path) -> list[Manifest]:
    done = run(kubectl(), "kustomize", folder)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def find(documents: list[Manifest], kind: str, name: str) -> Manifest:
    [found] = [d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name]
    return found


def pod(workload: Manifest) -> Manifest:
    """The specification of the pods that a workload makes."""
    template: Manifest = pod_template(workload)
    spec: Manifest = template["spec"]
    return spec


def pod_template(workload: Manifest) -> Manifest:
    spec = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if workload["kind"] == "TrainingRuntime":
        [job] = spec["template"]["spec"]["replicatedJobs"]
        spec = job["template"]["spec"]
    template: Manifest = spec["template"]
    return template


def container(workload: Manifest) -> Manifest:
    """The one container that does the work."""
    [only] = pod(workload)["containers"]
    assert isinstance(only, dict)
    return only


def containers(workload: Manifest) -> list[Manifest]:
    """Every container, those that prepare first."""
    spec = pod(workload)
    return [*spec.get("initContainers", ()), *spec["containers"]]


def workloads(documents: list[Manifest]) -> list[Manifest]:
    """Everything that makes pods."""
    return [d for d in documents if d["kind"] in {"Deployment", "Job", "CronJob", "TrainingRuntime"}]


def environment(documents: list[Manifest], workload: Manifest) -> dict[str, str | None]:
    """The variables of a workload's container; None for what comes from a secret."""
    found: dict[str, str | None] = {}
    for source in container(workload).get("envFrom", ()):
        found |= find(documents, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {variable["name"]: variable.get("value") for variable in container(workload).get("env", ())}
