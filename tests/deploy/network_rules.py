"""What must be true of the namespace as a whole: who may talk to whom, and that a node can be emptied."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from .cluster_rules import Rule, named
from .manifests import Manifest, containers, pod_template

_LABEL = "app.kubernetes.io/name"
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
_FEW = 256
_COLLECTOR = [{"namespaceSelector": {"matchLabels": {"speechgrade/takes-traces": "yes"}}}]
_NAMES = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]


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
        yield from (
            f"{name} lets the engine out" for rule in policy["spec"].get("egress", ()) if not _is_for_traces(rule)
        )
    for document in documents:
        is_engine = document["kind"] == "Service" and document["spec"].get("selector", {}).get(_LABEL) == "engine"
        if is_engine and document["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{document['metadata']['name']} is published"
        if document["kind"] in {"Ingress", "HTTPRoute", "ServiceMonitor"} and "engine" in str(document["spec"]):
            yield f"{document['metadata']['name']} leads to the engine"


def private_networks_stay_closed(documents: list[Manifest]) -> Iterator[str]:
    """Who may call the Internet may not call the cluster's own network, the nodes or their metadata."""
    for policy in _policies(documents):
        for block in _blocks(policy["spec"]):
            excepted = block.get("except", ())
            opened = [net for net in _PRIVATE if net not in excepted and _reaches_into(block["cidr"], net)]
            yield from (f"{policy['metadata']['name']} opens {net}" for net in opened)


def drains(documents: list[Manifest]) -> Iterator[str]:
    """Every deployment has a budget, and it lets a node be emptied."""
    budgets = {
        document["spec"]["selector"]["matchLabels"][_LABEL]: document["spec"]
        for document in documents
        if document["kind"] == "PodDisruptionBudget"
    }
    for name, workload in named(documents):
        if workload["kind"] == "Deployment" and not budgets.get(name, {}).get("maxUnavailable"):
            yield f"{name} has no budget that a drain can use"


def every_selector_finds_pods(documents: list[Manifest]) -> Iterator[str]:
    """What the API takes and nothing would ever match: a Service, a budget or a Deployment without its pods."""
    labels = [pod_template(workload)["metadata"]["labels"] for _, workload in named(documents)]
    for document in documents:
        selector = _selector(document)
        if selector and not any(selector.items() <= found.items() for found in labels):
            yield f"{document['kind']} {document['metadata']['name']} selects nothing"


def every_named_port_is_open(documents: list[Manifest]) -> Iterator[str]:
    for name, workload in named(documents):
        for own in containers(workload):
            open_ = {port.get("name") for port in own.get("ports", ())}
            asked = {probe["httpGet"]["port"] for key, probe in own.items() if key.endswith("Probe")}
            yield from (f"{name} is asked at {port}, which it does not open" for port in sorted(asked - open_))


def _selector(document: Manifest) -> dict[str, str]:
    spec = document.get("spec", {})
    if document["kind"] == "Service":
        return dict(spec.get("selector", {}))
    if document["kind"] in {"Deployment", "PodDisruptionBudget"}:
        return dict(spec["selector"]["matchLabels"])
    return {}


def _is_for_traces(rule: Manifest) -> bool:
    """Whether an egress rule leads to a collector, or to the names by which it is found, and nowhere else."""
    ports = [port.get("port") for port in rule.get("ports", ())]
    return (rule.get("to") == _COLLECTOR and ports == [4318]) or (rule.get("to") == _NAMES and set(ports) == {53})


def _reaches_into(cidr: str, private: str) -> bool:
    """Whether an egress block holds a private network, or more of it than a few machines."""
    block, inner = ip_network(cidr), ip_network(private)
    return block.overlaps(inner) and block.num_addresses > _FEW


def _blocks(spec: Manifest) -> Iterator[Manifest]:
    for rule in spec.get("egress", ()):
        yield from (peer["ipBlock"] for peer in rule.get("to", ()) if "ipBlock" in peer)


def _policies(documents: list[Manifest]) -> list[Manifest]:
    return [document for document in documents if document["kind"] == "NetworkPolicy"]


def _selects_engine(selector: dict[str, Any]) -> bool:
    """Whether a pod selector takes in the engine; one that is not understood does."""
    labels = selector.get("matchLabels", {})
    if labels.get(_LABEL, "engine") != "engine":
        return False
    expressions = selector.get("matchExpressions", ())
    return all(not (e["key"] == _LABEL and e["operator"] == "In" and "engine" not in e["values"]) for e in expressions)


RULES: tuple[Rule, ...] = (
    namespace_is_restricted,
    closed_by_default,
    engine_hears_the_scorer_alone,
    private_networks_stay_closed,
    every_selector_finds_pods,
    every_named_port_is_open,
    drains,
)
