"""k8s/: restricted pods, closed by default, an engine that only the scorer reaches, and jobs that end and go on."""

import re
from typing import Any

import pytest

from . import cluster_rules, job_rules, network_rules
from .cluster_rules import Rule
from .manifests import (
    APPLIED,
    COMBINATIONS,
    COMPONENTS,
    JOBS,
    Combination,
    Manifest,
    container,
    containers,
    environment,
    find,
    pod,
    rendered,
    workloads,
)
from .test_rendering import name_of, put

pytestmark = pytest.mark.deploy
RULES = cluster_rules.RULES + job_rules.RULES + network_rules.RULES
OF_A_NAMESPACE = (network_rules.closed_by_default, network_rules.drains)
_POD = "spec.template.spec"
_OWN = f"{_POD}.containers.0"
_SWEEP = "spec.jobTemplate.spec"
_NODE = "spec.template.spec.replicatedJobs.0.template.spec.template.spec"
_OPEN = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}
_ANYONE = [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 8000}]}]
_INTERNET = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}
_NO_CARD = {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}
_HOST_PATH = {"name": "models", "hostPath": {"path": "/"}}

# Each breaks one thing of the good manifests, and only its own rule may notice.
BROKEN: list[tuple[Rule, str, str, Any]] = [
    (cluster_rules.unprivileged, "Deployment/engine", f"{_POD}.securityContext.runAsUser", 0),
    (cluster_rules.unprivileged, "Deployment/scorer", f"{_POD}.securityContext.runAsNonRoot", False),
    (cluster_rules.unprivileged, "Deployment/scorer", f"{_POD}.securityContext.seccompProfile", {"type": "Unconfined"}),
    (cluster_rules.unprivileged, "Deployment/scorer", f"{_OWN}.securityContext.capabilities", {}),
    (cluster_rules.unprivileged, "Deployment/exporter", f"{_POD}.hostNetwork", True),
    (cluster_rules.unprivileged, "Deployment/engine", f"{_POD}.initContainers.0.securityContext.capabilities", {}),
    (cluster_rules.unprivileged, "CronJob/sweep", f"{_SWEEP}.template.spec.securityContext.runAsUser", 0),
    (cluster_rules.unprivileged, "TrainingRuntime/speechgrade", f"{_NODE}.securityContext.runAsUser", 0),
    (cluster_rules.mounts_nothing_of_the_node, "Deployment/engine", f"{_POD}.volumes.0", _HOST_PATH),
    (cluster_rules.mounts_nothing_of_the_node, "Job/trainer", f"{_POD}.volumes.2.emptyDir", {}),
    (cluster_rules.root_is_read_only, "Deployment/exporter", f"{_OWN}.securityContext.readOnlyRootFilesystem", False),
    (cluster_rules.bounded, "Deployment/engine", f"{_OWN}.resources.limits", {"nvidia.com/gpu": "1"}),
    (cluster_rules.bounded, "Deployment/exporter", f"{_OWN}.resources.requests", {"cpu": "100m", "memory": "256Mi"}),
    (cluster_rules.bounded, "TrainJob/trainer", "spec.trainer.resourcesPerNode.limits", {}),
    (cluster_rules.pinned, "Deployment/engine", f"{_OWN}.image", "vllm/vllm-openai:latest"),
    (cluster_rules.pinned, "Deployment/scorer", f"{_OWN}.image", "registry.invalid:5000/scorer"),
    (cluster_rules.pinned, "TrainJob/trainer", "spec.trainer.image", "speechgrade/trainer"),
    (cluster_rules.without_token, "Deployment/scorer", f"{_POD}.automountServiceAccountToken", True),
    (cluster_rules.without_token, "CronJob/retraining", f"{_SWEEP}.template.spec.enableServiceLinks", True),
    (cluster_rules.without_secrets, "Deployment/scorer", f"{_OWN}.env.0", {"name": "A_KEY", "value": "x"}),
    (cluster_rules.without_secrets, "ConfigMap/speechgrade-settings", "data.SUPABASE_SECRET_KEY", "x"),
    (cluster_rules.without_secrets, "ConfigMap/chat-template", "kind", "Secret"),
    (cluster_rules.scheduled_onto_cards, "Deployment/engine", f"{_POD}.tolerations", []),
    (cluster_rules.scheduled_onto_cards, "TrainingRuntime/speechgrade", f"{_NODE}.tolerations", []),
    (cluster_rules.scheduled_onto_cards, "Job/trainer", f"{_OWN}.resources.requests", _NO_CARD),
    (cluster_rules.applied_twice_is_applied_once, "Deployment/scorer", f"{_OWN}.resources.limits.cpu", 2),
    (cluster_rules.applied_twice_is_applied_once, "TrainJob/trainer", "spec.trainer.resourcesPerNode.requests.cpu", 4),
    (cluster_rules.applied_twice_is_applied_once, "Deployment/scorer", "spec.strategy", {"rollingUpdate": {}}),
    (cluster_rules.follows_the_engine, "Deployment/scorer", f"{_POD}.tolerations", []),
    (cluster_rules.follows_the_engine, "Job/weights", f"{_POD}.tolerations", []),
    (cluster_rules.probed, "Deployment/engine", f"{_OWN}.startupProbe.failureThreshold", 3),
    (cluster_rules.probed, "Deployment/exporter", f"{_OWN}.readinessProbe", None),
    (cluster_rules.probed, "Deployment/engine", "spec.progressDeadlineSeconds", 1200),
    (
        cluster_rules.drained_when_it_serves_nobody,
        "PodDisruptionBudget/scorer",
        "spec.unhealthyPodEvictionPolicy",
        "IfHealthyBudget",
    ),
    (job_rules.a_wrong_setup_is_not_repeated, "CronJob/sweep", f"{_SWEEP}.podFailurePolicy.rules", []),
    (job_rules.a_wrong_setup_is_not_repeated, "Job/weights", "spec.podFailurePolicy.rules.2.action", "Count"),
    (
        job_rules.a_failed_training_stays_failed,
        "TrainingRuntime/speechgrade",
        "spec.template.spec.ttlSecondsAfterFinished",
        604800,
    ),
    (job_rules.ends, "CronJob/sweep", f"{_SWEEP}.template.spec.restartPolicy", "OnFailure"),
    (job_rules.ends, "Job/trainer", "spec.activeDeadlineSeconds", None),
    (job_rules.never_twice_at_once, "CronJob/sweep", "spec.concurrencyPolicy", "Allow"),
    (
        job_rules.nothing_to_do_is_no_failure,
        "CronJob/sweep",
        f"{_SWEEP}.template.spec.containers.0.args",
        ["sweep"],
    ),
    (job_rules.an_interrupted_training_goes_on, "Job/trainer", "spec.podFailurePolicy.rules.1.action", "Count"),
    (
        job_rules.an_interrupted_training_goes_on,
        "CronJob/retraining",
        f"{_SWEEP}.podFailurePolicy.rules.1.onExitCodes.values",
        [3],
    ),
    (network_rules.namespace_is_restricted, "Namespace/speechgrade", "metadata.labels", {}),
    (network_rules.closed_by_default, "NetworkPolicy/default-deny", "spec.policyTypes", ["Ingress"]),
    (network_rules.engine_hears_the_scorer_alone, "NetworkPolicy/engine-from-scorer", "spec.ingress", _ANYONE),
    (network_rules.engine_hears_the_scorer_alone, "NetworkPolicy/metrics", "spec", _OPEN),
    (network_rules.engine_hears_the_scorer_alone, "NetworkPolicy/call-out", "spec.podSelector", {}),
    (network_rules.engine_hears_the_scorer_alone, "NetworkPolicy/traces", "spec.egress.0.ports", []),
    (network_rules.engine_hears_the_scorer_alone, "NetworkPolicy/traces", "spec.egress.0.to", [{"podSelector": {}}]),
    (network_rules.engine_hears_the_scorer_alone, "Service/engine", "spec.type", "NodePort"),
    (
        network_rules.engine_hears_the_scorer_alone,
        "ServiceMonitor/scorer",
        "spec.selector.matchLabels",
        {"app.kubernetes.io/name": "engine"},
    ),
    (
        network_rules.private_networks_stay_closed,
        "NetworkPolicy/call-out",
        "spec.egress.0.to.0.ipBlock",
        _INTERNET,
    ),
    (
        network_rules.private_networks_stay_closed,
        "NetworkPolicy/call-private-supabase",
        "spec.egress.0.to.0.ipBlock.cidr",
        "10.0.0.0/8",
    ),
    (
        network_rules.every_selector_finds_pods,
        "Service/scorer",
        "spec.selector",
        {"app.kubernetes.io/name": "scorers"},
    ),
    (network_rules.every_named_port_is_open, "Deployment/scorer", f"{_OWN}.livenessProbe.httpGet.port", "web"),
    (network_rules.drains, "PodDisruptionBudget/scorer", "spec.maxUnavailable", 0),
]


def everything() -> list[Manifest]:
    # Two are variants of others, with the same or nearly the same name.
    variants = {"weights-import-job", "tiny-trainer-job"}
    jobs = [document for folder in JOBS if folder not in variants for document in rendered(folder)]
    return rendered("base", *COMPONENTS) + jobs


@pytest.mark.parametrize("combination", COMBINATIONS, ids=name_of)
def test_every_rule_is_kept(combination: Combination) -> None:
    folder, components = combination
    documents = rendered(folder, *components)
    rules = [rule for rule in RULES if folder in APPLIED or rule not in OF_A_NAMESPACE]
    assert [f"{rule.__name__}: {breach}" for rule in rules for breach in rule(documents)] == []


@pytest.mark.parametrize(("rule", "what", "place", "value"), BROKEN, ids=lambda part: getattr(part, "__name__", None))
def test_a_breach_is_noticed_by_its_rule_alone(rule: Rule, what: str, place: str, value: Any) -> None:
    broken = everything()
    put(find(broken, *what.split("/")), place, value)
    noticed = {other.__name__ for other in RULES if list(other(broken))}
    assert noticed == {rule.__name__}


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)


@pytest.mark.parametrize("combination", COMBINATIONS, ids=name_of)
def test_what_is_mounted_and_referred_to_exists(combination: Combination) -> None:
    folder, components = combination
    documents = rendered(folder, *components)
    cluster = documents if folder in APPLIED else rendered("overlays/single-gpu") + documents
    for workload in workloads(documents):
        volumes = {volume["name"]: volume for volume in pod(workload)["volumes"]}
        mounted = {mount["name"] for own in containers(workload) for mount in own["volumeMounts"]}
        assert mounted == volumes.keys()
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName", "weights-source")
            # The operator's own: the medium that the weights come on.
            assert claim == "weights-source" or find(cluster, "PersistentVolumeClaim", claim)
            if "configMap" in volume:
                find(cluster, "ConfigMap", volume["configMap"]["name"])
        find(cluster, "ServiceAccount", pod(workload)["serviceAccountName"])
        environment(cluster, workload)
        for own in containers(workload):
            known = [variable["name"] for variable in own.get("env", ())]
            assert set(re.findall(r"\$\((\w+)\)", str(own.get("args", "")))) <= set(known)


def test_engine_and_scorer_see_the_adapters_under_one_path() -> None:
    documents = rendered("base")
    paths = {}
    for name in ("engine", "scorer"):
        for mount in container(find(documents, "Deployment", name))["volumeMounts"]:
            if mount["name"] == "adapters":
                paths[name] = (mount["mountPath"], mount.get("readOnly", False))
    path = environment(documents, find(documents, "Deployment", "scorer"))["SPEECHGRADE_ADAPTER_CACHE"]
    assert paths == {"engine": (path, True), "scorer": (path, False)}
