"""The manifests of k8s/ as the cluster would get them."""

import copy
import functools
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).resolve().parents[2]
K8S = REPO / "k8s"
FOLDERS = ("base", "overlays/single-gpu", "trainer-job", "weights-job")

Manifest = dict[str, Any]


@functools.cache
def has_kustomize() -> bool:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return False
    done = subprocess.run([kubectl, "kustomize", str(K8S / "base")], capture_output=True, timeout=60, check=False)
    return done.returncode == 0 or b"unknown command" not in done.stderr


def rendered(folder: str) -> list[Manifest]:
    """What ``kubectl kustomize`` makes of a folder; where there is no kubectl, the resources with no patch applied."""
    return copy.deepcopy(_kustomized(folder)) if has_kustomize() else loaded(folder)


@functools.cache
def _kustomized(folder: str) -> list[Manifest]:
    command = ["kubectl", "kustomize", str(K8S / folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def loaded(folder: str) -> list[Manifest]:
    """The resources that a kustomization lists, with its generators and its namespace."""
    root = K8S / folder
    kustomization = yaml.safe_load((root / "kustomization.yaml").read_text("utf-8"))
    documents: list[Manifest] = []
    for resource in kustomization["resources"]:
        if (root / resource).is_dir():
            documents += loaded(str((root / resource).resolve().relative_to(K8S)))
        else:
            documents += [document for document in yaml.safe_load_all((root / resource).read_text("utf-8")) if document]
    for generator in kustomization.get("configMapGenerator", ()):
        _generate(documents, generator, root)
    for document in documents:
        if document["kind"] != "Namespace":
            document["metadata"]["namespace"] = kustomization["namespace"]
    return documents


def _generate(documents: list[Manifest], generator: Manifest, root: Path) -> None:
    data = dict(literal.split("=", 1) for literal in generator.get("literals", ()))
    data |= {name: (root / name).read_text("utf-8") for name in generator.get("files", ())}
    if generator.get("behavior") == "merge":
        find(documents, "ConfigMap", generator["name"])["data"].update(data)
    else:
        metadata = {"name": generator["name"]}
        documents.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def find(documents: list[Manifest], kind: str, name: str) -> Manifest:
    [found] = [d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name]
    return found


def workloads(documents: list[Manifest]) -> list[Manifest]:
    return [document for document in documents if document["kind"] in {"Deployment", "Job"}]


def pod(workload: Manifest) -> Manifest:
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def container(workload: Manifest) -> Manifest:
    [only] = pod(workload)["containers"]
    assert isinstance(only, dict)
    return only


def environment(documents: list[Manifest], workload: Manifest) -> dict[str, str | None]:
    """The variables of a workload's container; None for what comes from a secret."""
    found: dict[str, str | None] = {}
    for source in container(workload).get("envFrom", ()):
        found |= find(documents, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {variable["name"]: variable.get("value") for variable in container(workload).get("env", ())}
