"""What must be true of everything that goes into the cluster. A rule yields a sentence for each breach."""

from collections.abc import Callable, Iterator
from typing import Any

from .compose_file import SECRET, is_pinned
from .manifests import Manifest, container, pod, workloads

Rule = Callable[[list[Manifest]], Iterator[str]]
_HOST = ("hostNetwork", "hostPID", "hostIPC")
_LABEL = "app.kubernetes.io/name"
_STARTUP_BUDGET_S = 900


def unprivileged(documents: list[Manifest]) -> Iterator[str]:
    """Pod Security `restricted`, and a little more."""
    for name, workload in _named(documents):
        spec, own = pod(workload), container(workload)
        context = spec.get("securityContext", {}) | own.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser", 0) == 0:
            yield f"{name} runs as root"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{name} may call every system call"
        if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
            yield f"{name} can gain privileges"
        if context.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{name} keeps capabilities"
        yield from (f"{name} uses {key}" for key in _HOST if spec.get(key))


def root_is_read_only(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in _named(documents):
        if container(workload).get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{name} can write to its root file system"


def bounded(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in _named(documents):
        resources = container(workload).get("resources", {})
        for part in ("requests", "limits"):
            yield from (f"{name} {part} no {kind}" for kind in ("cpu", "memory") if kind not in resources.get(part, {}))


def pinned(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in _named(documents):
        if not is_pinned(container(workload)["image"]):
            yield f"{name} uses {container(workload)['image']}"


def without_token(documents: list[Manifest]) -> Iterator[str]:
    """Nobody talks to the cluster, and no Service's address is taken for a setting."""
    for name, workload in _named(documents):
        if pod(workload).get("automountServiceAccountToken") is not False:
            yield f"{name} has the cluster's token"
        if pod(workload).get("enableServiceLinks") is not False:
            yield f"{name} gets the variables of Services"


def without_secrets(documents: list[Manifest]) -> Iterator[str]:
    for document in documents:
        name = document["metadata"]["name"]
        if document["kind"] == "Secret":
            yield f"the secret {name} is committed"
        if document["kind"] == "ConfigMap":
            yield from (f"{name} holds {key}" for key in document.get("data", {}) if SECRET.search(key))
    for name, workload in _named(documents):
        variables = container(workload).get("env", ())
        yield from (f"{name} holds {v['name']}" for v in variables if SECRET.search(v["name"]) and "value" in v)


def namespace_is_restricted(documents: list[Manifest]) -> Iterator[str]:
    for document in documents:
        labels = document["metadata"].get("labels", {})
        if document["kind"] == "Namespace" and labels.get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{document['metadata']['name']} lets privileged pods in"


def closed_by_default(documents: list[Manifest]) -> Iterator[str]:
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if closed not in [document["spec"] for document in _policies(documents)]:
        yield "no policy denies what is not allowed"


def engine_hears_the_scorer_alone(documents: list[Manifest]) -> Iterator[str]:
    only = [{"podSelector": {"matchLabels": {_LABEL: "scorer"}}}]
    for policy in _policies(documents):
        if not _selects_engine(policy["spec"].get("podSelector", {})):
            continue
        name = policy["metadata"]["name"]
        yield from (f"{name} lets others in" for rule in policy["spec"].get("ingress", ()) if rule.get("from") != only)
        if policy["spec"].get("egress"):
            yield f"{name} lets the engine out"
    for document in documents:
        is_engine = document["kind"] == "Service" and document["spec"].get("selector", {}).get(_LABEL) == "engine"
        if is_engine and document["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{document['metadata']['name']} is published"
        if document["kind"] in {"Ingress", "HTTPRoute"} and "engine" in str(document["spec"]):
            yield f"{document['metadata']['name']} leads to the engine"


def drains(documents: list[Manifest]) -> Iterator[str]:
    """Every deployment has a budget, and it lets a node be emptied."""
    budgets = {
        document["spec"]["selector"]["matchLabels"][_LABEL]: document["spec"]
        for document in documents
        if document["kind"] == "PodDisruptionBudget"
    }
    for name, workload in _named(documents):
        if workload["kind"] == "Deployment" and not budgets.get(name, {}).get("maxUnavailable"):
            yield f"{name} has no budget that a drain can use"


def probed(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in _named(documents):
        if workload["kind"] != "Deployment":
            continue
        own = container(workload)
        yield from (f"{name} has no {kind}" for kind in ("livenessProbe", "readinessProbe") if kind not in own)
        startup = own.get("startupProbe", {})
        if (
            name == "engine"
            and startup.get("periodSeconds", 0) * startup.get("failureThreshold", 0) < _STARTUP_BUDGET_S
        ):
            yield "the engine is killed before a cold model is loaded"


def _named(documents: list[Manifest]) -> list[tuple[str, Manifest]]:
    return [(workload["metadata"]["name"], workload) for workload in workloads(documents)]


def _policies(documents: list[Manifest]) -> list[Manifest]:
    return [document for document in documents if document["kind"] == "NetworkPolicy"]


def _selects_engine(selector: dict[str, Any]) -> bool:
    """Whether a pod selector takes in the engine; one that is not understood does."""
    labels = selector.get("matchLabels", {})
    if labels.get(_LABEL, "engine") != "engine":
        return False
    expressions = selector.get("matchExpressions", ())
    return all(not (e["key"] == _LABEL and e["operator"] == "In" and "engine" not in e["values"]) for e in expressions)


ALWAYS: tuple[Rule, ...] = (unprivileged, root_is_read_only, bounded, pinned, without_token, without_secrets, probed)
OF_THE_BASE: tuple[Rule, ...] = (namespace_is_restricted, closed_by_default, engine_hears_the_scorer_alone, drains)
RULES = ALWAYS + OF_THE_BASE
