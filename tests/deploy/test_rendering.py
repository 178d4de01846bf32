"""k8s/: every folder, and every combination that we offer, is made by kustomize and taken by the API's schema."""

from pathlib import Path
from typing import Any

import pytest

from .api_schemas import breaches
from .manifests import COMBINATIONS, COMPONENTS, JOBS, K8S, OVERLAYS, Combination, find, pod, rendered

pytestmark = pytest.mark.deploy
_RUNTIME = "spec.template.spec.replicatedJobs.0.template.spec"
EVERYTHING = ("base", *COMPONENTS)

MISTAKES: list[tuple[str, str, str, Any]] = [
    ("Deployment", "scorer", "spec.template.spec.enableServiceLink", False),
    ("CronJob", "sweep", "spec.concurencyPolicy", "Forbid"),
    ("CronJob", "retraining", "spec.jobTemplate.spec.podFailurePolicy.rules.0.actoin", "Ignore"),
    ("ScaledObject", "scorer", "spec.maxReplicas", 4),
    ("ScaledObject", "scorer", "spec.triggers.0.metadata.threshold", 16),
    ("ScaledObject", "scorer", "apiVersion", "keda.k8s.io/v1alpha1"),
    ("ServiceMonitor", "scorer", "spec.endpoints.0.path", "metrics"),
    ("PrometheusRule", "speechgrade", "spec.groups.0.rules.0.fore", "5m"),
    ("PrometheusRule", "speechgrade", "spec.groups.0.rules.0.for", "5 minutes"),
    ("PrometheusRule", "speechgrade", "spec.groups.0.rules.0.record", "both:alert:and:record"),
    ("LocalQueue", "training", "spec.clusterqueue", "gpu"),
    ("LocalQueue", "training", "apiVersion", "kueue.x-k8s.io/v1alpha1"),
    ("TrainingRuntime", "speechgrade", "spec.template.spec.failurePolicy.maxRestart", 3),
    ("TrainingRuntime", "speechgrade", f"{_RUNTIME}.template.spec.containers.0.volumeMount", []),
]


def put(document: Any, place: str, value: Any) -> None:
    """Set what is found under a dotted place; ``None`` takes it away."""
    *parents, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    for part in parents:
        document = document[part]
    if value is None:
        del document[last]
    else:
        document[last] = value


def name_of(combination: Combination) -> str:
    folder, components = combination
    return "+".join([folder, *components])


@pytest.mark.parametrize("combination", COMBINATIONS, ids=name_of)
def test_the_api_takes_it(combination: Combination) -> None:
    folder, components = combination
    documents = rendered(folder, *components)
    assert documents
    assert [breach for document in documents for breach in breaches(document)] == []


@pytest.mark.parametrize(("kind", "name", "place", "value"), MISTAKES, ids=lambda part: str(part).rpartition(".")[2])
def test_a_mistake_is_noticed(kind: str, name: str, place: str, value: Any) -> None:
    document = find(rendered(*EVERYTHING), kind, name)
    assert breaches(document) == []
    put(document, place, value)
    assert breaches(document) != []


def test_a_mistake_in_a_train_job_is_noticed() -> None:
    document = find(rendered("multi-node-job"), "TrainJob", "trainer")
    document["spec"]["trainer"]["numNode"] = 2
    assert breaches(document) != []


def test_a_kind_without_a_schema_is_not_taken_for_valid() -> None:
    assert breaches({"apiVersion": "example.org/v1", "kind": "Unheard", "metadata": {"name": "x"}, "spec": {}}) != []


def test_every_folder_is_rendered() -> None:
    folders = {str(path.parent.relative_to(K8S)) for path in K8S.rglob("kustomization.yaml")}
    assert folders == {"base", *OVERLAYS, *JOBS, *(f"components/{name}" for name in COMPONENTS)}


def test_every_file_is_part_of_something() -> None:
    named = "".join(path.read_text("utf-8") for path in K8S.rglob("kustomization.yaml"))
    files = [
        path.name for path in K8S.rglob("*") if path.is_file() and path.name not in {"kustomization.yaml", "README.md"}
    ]
    assert [name for name in files if name not in named] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_keeps_scorer_and_engine_on_one_node(overlay: str) -> None:
    documents = rendered(overlay)
    for name in ("adapters", "models"):
        assert find(documents, "PersistentVolumeClaim", name)["spec"]["accessModes"] == ["ReadWriteOnce"]
    affinity = pod(find(documents, "Deployment", "scorer"))["affinity"]["podAffinity"]
    [term] = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": "engine"}


def test_the_chat_template_is_the_one_that_we_train_with() -> None:
    ours = Path(K8S.parent, "shared/src/speechgrade_shared/templates/mistral_v0_2.jinja")
    assert (K8S / "base/chat_template.jinja").read_bytes() == ours.read_bytes()
