"""k8s/: valid for the API's schema, restricted, closed by default, and with an engine that only the scorer reaches."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import cluster_rules
from .cluster_rules import ALWAYS, RULES, Rule
from .manifests import FOLDERS, REPO, Manifest, container, environment, find, has_kustomize, loaded, pod, rendered

pytestmark = pytest.mark.deploy
_POD = "spec.template.spec"
_OPEN = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}
_ANYONE = [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 8000}]}]

# Each breaks one thing of the good manifests, and only its own rule may notice.
BROKEN: list[tuple[Rule, str, str, str, Any]] = [
    (cluster_rules.unprivileged, "Deployment", "engine", f"{_POD}.securityContext.runAsUser", 0),
    (cluster_rules.unprivileged, "Deployment", "scorer", f"{_POD}.securityContext.runAsNonRoot", False),
    (
        cluster_rules.unprivileged,
        "Deployment",
        "scorer",
        f"{_POD}.securityContext.seccompProfile",
        {"type": "Unconfined"},
    ),
    (cluster_rules.unprivileged, "Deployment", "scorer", f"{_POD}.containers.0.securityContext.capabilities", {}),
    (cluster_rules.unprivileged, "Deployment", "exporter", f"{_POD}.hostNetwork", True),
    (
        cluster_rules.root_is_read_only,
        "Deployment",
        "exporter",
        f"{_POD}.containers.0.securityContext.readOnlyRootFilesystem",
        False,
    ),
    (cluster_rules.bounded, "Deployment", "engine", f"{_POD}.containers.0.resources.limits", {"nvidia.com/gpu": 1}),
    (cluster_rules.pinned, "Deployment", "engine", f"{_POD}.containers.0.image", "vllm/vllm-openai:latest"),
    (cluster_rules.pinned, "Deployment", "scorer", f"{_POD}.containers.0.image", "registry.invalid:5000/scorer"),
    (cluster_rules.without_token, "Deployment", "scorer", f"{_POD}.automountServiceAccountToken", True),
    (cluster_rules.without_token, "Deployment", "scorer", f"{_POD}.enableServiceLinks", True),
    (
        cluster_rules.without_secrets,
        "Deployment",
        "scorer",
        f"{_POD}.containers.0.env.0",
        {"name": "A_KEY", "value": "x"},
    ),
    (cluster_rules.without_secrets, "ConfigMap", "speechgrade-settings", "data.SUPABASE_SECRET_KEY", "x"),
    (cluster_rules.without_secrets, "ConfigMap", "chat-template", "kind", "Secret"),
    (cluster_rules.probed, "Deployment", "engine", f"{_POD}.containers.0.startupProbe.failureThreshold", 3),
    (cluster_rules.namespace_is_restricted, "Namespace", "speechgrade", "metadata.labels", {}),
    (cluster_rules.closed_by_default, "NetworkPolicy", "default-deny", "spec.policyTypes", ["Ingress"]),
    (cluster_rules.engine_hears_the_scorer_alone, "NetworkPolicy", "engine-from-scorer", "spec.ingress", _ANYONE),
    (cluster_rules.engine_hears_the_scorer_alone, "NetworkPolicy", "metrics", "spec", _OPEN),
    (cluster_rules.engine_hears_the_scorer_alone, "NetworkPolicy", "call-out", "spec.podSelector", {}),
    (cluster_rules.engine_hears_the_scorer_alone, "Service", "engine", "spec.type", "NodePort"),
    (cluster_rules.drains, "PodDisruptionBudget", "scorer", "spec.maxUnavailable", 0),
]


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "kubernetes_validate",
        "-k",
        "1.35",
        "--strict",
        "--no-warn",
        str(path),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def written(documents: list[Manifest], folder: Path) -> Path:
    path = folder / "manifests.yaml"
    path.write_text(yaml.safe_dump_all(documents), "utf-8")
    return path


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_follows_the_schema_of_the_api(folder: str, tmp_path: Path) -> None:
    documents = rendered(folder)
    done = validate(written(documents, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("passed for resource") == len(documents)


def test_the_schema_is_really_checked(tmp_path: Path) -> None:
    documents = rendered("base")
    pod(find(documents, "Deployment", "scorer"))["enableServiceLink"] = False
    assert validate(written(documents, tmp_path)).returncode != 0


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("rule", ALWAYS, ids=lambda rule: rule.__name__)
def test_every_folder_keeps_the_rule(rule: Rule, folder: str) -> None:
    assert list(rule(rendered(folder))) == []


@pytest.mark.parametrize("folder", ["base", "overlays/single-gpu"])
@pytest.mark.parametrize("rule", cluster_rules.OF_THE_BASE, ids=lambda rule: rule.__name__)
def test_what_is_applied_keeps_the_rule(rule: Rule, folder: str) -> None:
    assert list(rule(rendered(folder))) == []


@pytest.mark.parametrize(
    ("rule", "kind", "name", "place", "value"), BROKEN, ids=lambda part: getattr(part, "__name__", None)
)
def test_a_breach_is_noticed_by_its_rule_alone(rule: Rule, kind: str, name: str, place: str, value: Any) -> None:
    broken = rendered("base")
    *parents, last = place.split(".")
    target: Any = find(broken, kind, name)
    for part in parents:
        target = target[int(part) if part.isdigit() else part]
    target[int(last) if last.isdigit() else last] = value
    assert {other.__name__ for other in RULES if list(other(broken))} == {rule.__name__}


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)


@pytest.mark.parametrize("folder", FOLDERS)
def test_our_own_loader_finds_what_kustomize_makes(folder: str) -> None:
    if not has_kustomize():
        pytest.skip("no kubectl on this machine; our own loader was used, and no patch was applied")
    names = [sorted((d["kind"], d["metadata"]["name"]) for d in made) for made in (loaded(folder), rendered(folder))]
    assert names[0] == names[1]


def test_the_overlay_keeps_scorer_and_engine_on_one_node() -> None:
    if not has_kustomize():
        pytest.skip("no kubectl on this machine, so no patch was applied")
    documents = rendered("overlays/single-gpu")
    assert find(documents, "PersistentVolumeClaim", "adapters")["spec"]["accessModes"] == ["ReadWriteOnce"]
    [term] = pod(find(documents, "Deployment", "scorer"))["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": "engine"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_mounted_and_referred_to_exists(folder: str) -> None:
    everything = rendered("overlays/single-gpu") + (rendered(folder) if folder.endswith("-job") else [])
    for workload in (d for d in rendered(folder) if d["kind"] in {"Deployment", "Job"}):
        volumes = {volume["name"]: volume for volume in pod(workload)["volumes"]}
        assert {mount["name"] for mount in container(workload)["volumeMounts"]} == volumes.keys()
        for volume in volumes.values():
            if "persistentVolumeClaim" in volume:
                find(everything, "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
        find(everything, "ServiceAccount", pod(workload)["serviceAccountName"])
        environment(everything, workload)


def test_engine_and_scorer_see_the_adapters_under_one_path() -> None:
    documents = rendered("base")
    paths = {}
    for name in ("engine", "scorer"):
        for mount in container(find(documents, "Deployment", name))["volumeMounts"]:
            if mount["name"] == "adapters":
                paths[name] = (mount["mountPath"], mount.get("readOnly", False))
    path = environment(documents, find(documents, "Deployment", "scorer"))["SPEECHGRADE_ADAPTER_CACHE"]
    assert paths == {"engine": (path, True), "scorer": (path, False)}


def test_the_chat_template_is_the_one_that_we_train_with() -> None:
    ours = REPO / "shared/src/speechgrade_shared/templates/mistral_v0_2.jinja"
    assert (REPO / "k8s/base/chat_template.jinja").read_bytes() == ours.read_bytes()
