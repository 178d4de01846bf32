"""What must be true of every pod in the cluster. A rule yields a sentence for each breach."""

from collections.abc import Callable, Iterator

from .compose_file import is_pinned
from .compose_rules import SECRET
from .manifests import Manifest, container, containers, pod, workloads

Rule = Callable[[list[Manifest]], Iterator[str]]
GPU = "nvidia.com/gpu"
_HOST = ("hostNetwork", "hostPID", "hostIPC")
# What Pod Security `restricted` lets a pod mount.
_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
_STARTUP_BUDGET_S = 900
_BOUNDED = ("cpu", "memory", "ephemeral-storage")
"""A pod that asks for none of a node's disk is the first to go when that runs short."""
_PROGRESS_S = 600
"""Kubernetes' own progressDeadlineSeconds."""


def unprivileged(documents: list[Manifest]) -> Iterator[str]:
    """Pod Security `restricted`, and a little more."""
    for name, spec, own in _every_container(documents):
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


def mounts_nothing_of_the_node(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in named(documents):
        for volume in pod(workload).get("volumes", ()):
            kinds = volume.keys() - {"name"}
            yield from (f"{name} mounts a {kind}" for kind in sorted(kinds - _VOLUMES))
            if "sizeLimit" not in volume.get("emptyDir", {"sizeLimit": ""}):
                yield f"{name} can fill the node with {volume['name']}"


def root_is_read_only(documents: list[Manifest]) -> Iterator[str]:
    for name, _, own in _every_container(documents):
        if own.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{name} can write to its root file system"


def bounded(documents: list[Manifest]) -> Iterator[str]:
    for name, resources in _asked(documents):
        for part in ("requests", "limits"):
            yield from (f"{name} {part} no {kind}" for kind in _BOUNDED if kind not in resources.get(part, {}))


def pinned(documents: list[Manifest]) -> Iterator[str]:
    images = [(name, own["image"]) for name, _, own in _every_container(documents)]
    images += [(name, job["spec"]["trainer"]["image"]) for name, job in _train_jobs(documents)]
    yield from (f"{name} uses {image}" for name, image in images if not is_pinned(image))


def without_token(documents: list[Manifest]) -> Iterator[str]:
    """Nobody talks to the cluster, and no Service's address is taken for a setting."""
    for name, workload in named(documents):
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
    for name, _, own in _every_container(documents):
        variables = own.get("env", ())
        yield from (f"{name} holds {v['name']}" for v in variables if SECRET.search(v["name"]) and "value" in v)


def scheduled_onto_cards(documents: list[Manifest]) -> Iterator[str]:
    """Whoever asks for a GPU may go where GPUs are, and asks for as many as it is given."""
    for name, spec, own in _every_container(documents):
        requests, limits = (own.get("resources", {}).get(part, {}).get(GPU) for part in ("requests", "limits"))
        if requests != limits:
            yield f"{name} asks for {requests} GPUs and gets {limits}"
        if limits and GPU not in [toleration.get("key") for toleration in spec.get("tolerations", ())]:
            yield f"{name} is kept away from the nodes that have a GPU"


def applied_twice_is_applied_once(documents: list[Manifest]) -> Iterator[str]:
    """Amounts are text and a strategy has its type, as the API server keeps them; else every apply finds a difference."""
    for name, resources in _asked(documents):
        amounts = [(kind, value) for part in resources.values() for kind, value in part.items()]
        yield from (
            f"{name} asks for {value} {kind}, a number" for kind, value in amounts if not isinstance(value, str)
        )
    for name, workload in named(documents):
        if "type" not in workload["spec"].get("strategy", {"type": ""}):
            yield f"{name} has a strategy without a type"


def follows_the_engine(documents: list[Manifest]) -> Iterator[str]:
    """Whoever is to be where the engine is may go there, also where that node is kept for those who ask for a card."""
    for name, workload in named(documents):
        spec = pod(workload)
        beside = str(spec.get("affinity", {}).get("podAffinity", {}))
        if "engine" in beside and GPU not in [toleration.get("key") for toleration in spec.get("tolerations", ())]:
            yield f"{name} is kept away from the engine's node"


def probed(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in named(documents):
        if workload["kind"] != "Deployment":
            continue
        own = container(workload)
        kinds = ("startupProbe", "livenessProbe", "readinessProbe")
        yield from (f"{name} has no {kind}" for kind in kinds if kind not in own)
        startup = own.get("startupProbe", {})
        budget_s = startup.get("periodSeconds", 10) * startup.get("failureThreshold", 3)
        if name == "engine" and startup and budget_s < _STARTUP_BUDGET_S:
            yield "the engine is killed before a cold model is loaded"
        if workload["spec"].get("progressDeadlineSeconds", _PROGRESS_S) <= budget_s:
            yield f"{name} is taken for stuck while it may still start"


def drained_when_it_serves_nobody(documents: list[Manifest]) -> Iterator[str]:
    for document in documents:
        budget = document["spec"] if document["kind"] == "PodDisruptionBudget" else {}
        if budget and budget.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"pods of {document['metadata']['name']} that are not ready hold up a drain"


def named(documents: list[Manifest]) -> list[tuple[str, Manifest]]:
    """Everything that makes pods, by name."""
    return [(workload["metadata"]["name"], workload) for workload in workloads(documents)]


def _every_container(documents: list[Manifest]) -> Iterator[tuple[str, Manifest, Manifest]]:
    for name, workload in named(documents):
        yield from ((f"{name}/{own['name']}", pod(workload), own) for own in containers(workload))


def _asked(documents: list[Manifest]) -> list[tuple[str, dict[str, Manifest]]]:
    asked = [(name, own.get("resources", {})) for name, _, own in _every_container(documents)]
    return asked + [(name, job["spec"]["trainer"]["resourcesPerNode"]) for name, job in _train_jobs(documents)]


def _train_jobs(documents: list[Manifest]) -> list[tuple[str, Manifest]]:
    return [(document["metadata"]["name"], document) for document in documents if document["kind"] == "TrainJob"]


RULES: tuple[Rule, ...] = (
    unprivileged,
    mounts_nothing_of_the_node,
    root_is_read_only,
    bounded,
    pinned,
    without_token,
    without_secrets,
    scheduled_onto_cards,
    applied_twice_is_applied_once,
    follows_the_engine,
    probed,
    drained_when_it_serves_nobody,
)
