"""k8s/components and the jobs: each does what its first comment promises."""

import copy
import re

import pytest
import yaml
from speechgrade_scorer import metrics
from speechgrade_scorer.settings import ScorerSettings

from .manifests import Manifest, container, environment, find, pod, pod_template, rendered
from .prometheus_rule import ALERTS, MANIFEST, manifest_of

pytestmark = pytest.mark.deploy
OVERLAY = "overlays/single-gpu"
QUEUE = "kueue.x-k8s.io/queue-name"


def test_scorers_grow_with_the_queue_that_they_report() -> None:
    documents = rendered(OVERLAY, "keda")
    scaled = find(documents, "ScaledObject", "scorer")["spec"]
    waiting, in_flight = (trigger["metadata"] for trigger in scaled["triggers"])
    asked = [re.findall(r"speechgrade_\w+", trigger["query"]) for trigger in (waiting, in_flight)]
    assert asked == [[metrics.WAITING], [metrics.IN_FLIGHT]]
    at_once = ScorerSettings.model_fields["max_concurrent_scores"].default
    # Before callers wait, and not after.
    assert int(in_flight["threshold"]) < at_once == int(waiting["threshold"])
    assert scaled["minReplicaCount"] >= 1
    assert scaled["scaleTargetRef"]["name"] == find(documents, "Deployment", "scorer")["metadata"]["name"]


def test_nobody_sets_back_the_number_that_is_scaled() -> None:
    assert "replicas" in find(rendered(OVERLAY), "Deployment", "scorer")["spec"]
    assert "replicas" not in find(rendered(OVERLAY, "keda"), "Deployment", "scorer")["spec"]


def test_the_sweep_is_the_exporter_with_its_own_keys() -> None:
    documents = rendered(OVERLAY)
    sweep, exporter = find(documents, "CronJob", "sweep"), find(documents, "Deployment", "exporter")
    assert container(sweep)["image"] == container(exporter)["image"]
    needed = {"SUPABASE_URL", "SUPABASE_SECRET_KEY", "SPEECHGRADE_SUBJECT_KEY"}
    assert needed <= environment(documents, sweep).keys() <= environment(documents, exporter).keys()


@pytest.mark.parametrize("name", ["exporter", "scorer"])
def test_what_is_scraped_is_there_and_may_be_reached(name: str) -> None:
    documents = rendered(OVERLAY, "monitoring")
    monitor = find(documents, "ServiceMonitor", name)["spec"]
    service = find(documents, "Service", name)
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    [endpoint], [port] = monitor["endpoints"], service["spec"]["ports"]
    assert endpoint["port"] == port["name"]
    [listens] = container(find(documents, "Deployment", name))["ports"]
    assert (port["targetPort"], port["port"]) == (listens["name"], listens["containerPort"])
    [rule] = find(documents, "NetworkPolicy", "metrics")["spec"]["ingress"]
    assert port["port"] in [allowed["port"] for allowed in rule["ports"]]


def test_the_alerts_are_those_of_every_other_deployment() -> None:
    assert MANIFEST.read_text("utf-8") == manifest_of(ALERTS), "python -m tests.deploy.prometheus_rule"
    rule = find(rendered(OVERLAY, "monitoring"), "PrometheusRule", "speechgrade")
    assert rule["spec"] == yaml.safe_load(ALERTS.read_text("utf-8"))


def test_a_training_waits_in_its_queue() -> None:
    queue = find(rendered("trainer-job", "kueue"), "LocalQueue", "training")["metadata"]
    jobs = [
        find(rendered("trainer-job", "kueue"), "Job", "trainer"),
        find(rendered("multi-node-job", "kueue"), "TrainJob", "trainer"),
        find(rendered(OVERLAY, "scheduled-retraining", "kueue"), "CronJob", "retraining")["spec"]["jobTemplate"],
    ]
    for job in jobs:
        assert job["metadata"]["labels"][QUEUE] == queue["name"]
        assert job["spec"]["suspend"] is True
    assert queue["namespace"] == "speechgrade"


def test_the_schedule_itself_is_not_suspended() -> None:
    cron = find(rendered(OVERLAY, "scheduled-retraining", "kueue"), "CronJob", "retraining")
    assert "suspend" not in cron["spec"]


def test_a_scheduled_training_is_the_same_job_as_one_by_hand() -> None:
    by_hand = copy.deepcopy(find(rendered("trainer-job"), "Job", "trainer")["spec"])
    scheduled = copy.deepcopy(
        find(rendered(OVERLAY, "scheduled-retraining"), "CronJob", "retraining")["spec"]["jobTemplate"]["spec"]
    )
    [own] = scheduled["template"]["spec"]["containers"]
    assert own["args"].pop() == "--if-changed"
    for job in (by_hand, scheduled):
        del job["template"]["metadata"]
    assert scheduled == by_hand


def test_a_training_without_a_card_is_otherwise_the_same_job() -> None:
    job, tiny = (find(rendered(folder), "Job", "trainer")["spec"] for folder in ("trainer-job", "tiny-trainer-job"))
    assert "nvidia.com/gpu" not in str(tiny["template"]["spec"]["containers"])
    for spec in (job, tiny):
        [own] = spec["template"]["spec"]["containers"]
        del own["args"], own["resources"]
    assert tiny == job


def test_machines_that_train_together_share_a_folder_and_may_talk() -> None:
    documents = rendered(OVERLAY, "trainjob")
    runtime = find(documents, "TrainingRuntime", "speechgrade")
    [work] = [volume for volume in pod(runtime)["volumes"] if volume["name"] == "work"]
    claim = find(documents, "PersistentVolumeClaim", work["persistentVolumeClaim"]["claimName"])
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    [node] = runtime["spec"]["template"]["spec"]["replicatedJobs"]
    labels = node["template"]["spec"]["template"]["metadata"]["labels"]
    policy = find(documents, "NetworkPolicy", "trainers-among-themselves")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert policy["ingress"] == [{"from": [{"podSelector": policy["podSelector"]}]}]
    assert policy["egress"] == [{"to": [{"podSelector": policy["podSelector"]}]}]


def test_a_work_folder_that_stays_forgets_who_withdraws() -> None:
    documents = rendered(OVERLAY, "trainjob")
    forget, runtime = find(documents, "CronJob", "forget"), find(documents, "TrainingRuntime", "speechgrade")
    [work] = [volume for volume in pod(forget)["volumes"] if volume["name"] == "work"]
    assert work in pod(runtime)["volumes"]
    assert container(forget)["args"] == ["sweep"]
    where = "SPEECHGRADE_WORK_DIR"
    assert environment(documents, forget)[where] == environment(documents, runtime)[where]


@pytest.mark.parametrize(("folder", "kind"), [("trainer-job", "Job"), (OVERLAY, "CronJob")])
def test_every_other_work_folder_goes_with_its_pod(folder: str, kind: str) -> None:
    documents = rendered(folder) if kind == "Job" else rendered(folder, "scheduled-retraining")
    training = find(documents, kind, "trainer" if kind == "Job" else "retraining")
    [work] = [volume for volume in pod(training)["volumes"] if volume["name"] == "work"]
    assert "emptyDir" in work


def test_a_training_on_several_machines_is_of_its_runtime() -> None:
    job = find(rendered("multi-node-job"), "TrainJob", "trainer")["spec"]
    runtime = find(rendered(OVERLAY, "trainjob"), "TrainingRuntime", "speechgrade")
    own = container(runtime)
    assert job["runtimeRef"] == {
        "apiGroup": runtime["apiVersion"].partition("/")[0],
        "kind": runtime["kind"],
        "name": runtime["metadata"]["name"],
    }
    trainer = job["trainer"]
    assert (trainer["image"], trainer["command"], trainer["args"]) == (own["image"], own["command"], own["args"])
    # Kubeflow Trainer fills in who the others are for this name alone.
    assert own["name"] == "node"


@pytest.mark.parametrize("folder", ["trainer-job", "multi-node-job"])
def test_a_training_takes_nothing_from_the_hub(folder: str) -> None:
    documents = rendered(OVERLAY, "trainjob") + rendered(folder)
    workload = find(documents, *(("Job", "trainer") if folder == "trainer-job" else ("TrainingRuntime", "speechgrade")))
    assert {"name": "HF_HUB_OFFLINE", "value": "1"} in container(workload)["env"]
    [models] = [mount for mount in container(workload)["volumeMounts"] if mount["name"] == "models"]
    assert models["readOnly"]


def test_traces_of_all_go_to_one_collector() -> None:
    documents = rendered(OVERLAY, "tracing")
    [address] = {
        environment(documents, find(documents, "Deployment", name)).get("SPEECHGRADE_OTLP_ENDPOINT")
        for name in ("exporter", "scorer")
    }
    assert address is not None
    engine = container(find(documents, "Deployment", "engine"))
    assert "--otlp-traces-endpoint=$(SPEECHGRADE_OTLP_ENDPOINT)/v1/traces" in engine["args"]
    assert {"name": "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "value": "http/protobuf"} in engine["env"]
    [rule] = find(documents, "NetworkPolicy", "traces")["spec"]["egress"]
    assert address.endswith(f":{rule['ports'][0]['port']}")
    for name in ("engine", "exporter", "scorer", "sweep"):
        assert "traces" in allowed_out(documents, name)


def test_without_a_collector_the_engine_has_no_way_out() -> None:
    assert allowed_out(rendered(OVERLAY), "engine") == []


def test_only_who_calls_the_project_may_call_a_private_one() -> None:
    documents = rendered(OVERLAY, "private-supabase")
    policy = find(documents, "NetworkPolicy", "call-private-supabase")["spec"]
    [expression] = policy["podSelector"]["matchExpressions"]
    assert set(expression["values"]) == {"exporter", "scorer", "sweep", "trainer"}
    assert "ingress" not in policy


def test_chosen_nodes_hold_for_all_that_need_a_card() -> None:
    documents = rendered(OVERLAY, "scheduled-retraining", "trainjob", "gpu-nodes")
    documents += rendered("trainer-job", "gpu-nodes")
    chosen = [
        document["metadata"]["name"]
        for document in documents
        if document["kind"] in {"Deployment", "Job", "CronJob", "TrainingRuntime"} and pod(document).get("nodeSelector")
    ]
    assert sorted(chosen) == ["engine", "retraining", "speechgrade", "trainer"]


def allowed_out(documents: list[Manifest], label: str) -> list[str]:
    """The policies that let pods of a name out."""
    found = []
    for document in documents:
        if document["kind"] == "NetworkPolicy" and document["spec"].get("egress"):
            selector = document["spec"]["podSelector"]
            names = [name for e in selector.get("matchExpressions", ()) for name in e["values"]]
            names += [name for key, name in selector.get("matchLabels", {}).items() if key == "app.kubernetes.io/name"]
            found += [document["metadata"]["name"]] if label in names else []
    return sorted(found)


def test_weights_are_fetched_from_the_hub_and_imported_without_a_network() -> None:
    documents = rendered(OVERLAY)
    fetching = find(rendered("weights-job"), "Job", "weights")
    importing = find(rendered("weights-import-job"), "Job", "weights-import")
    labels = [job["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] for job in (fetching, importing)]
    assert [allowed_out(documents, label) for label in labels] == [["call-out", "resolve-names"], []]
    assert container(fetching)["args"] == ["weights", "fetch"]
    assert container(importing)["args"][:2] == ["weights", "import"]
    names = [variable["name"] for variable in container(importing)["env"]]
    assert "HF_TOKEN" not in names
    [source] = [mount for mount in container(importing)["volumeMounts"] if mount["name"] == "source"]
    assert source["readOnly"]
    assert container(importing)["args"][2].startswith(source["mountPath"])


@pytest.mark.parametrize("service", ["exporter", "trainer"])
def test_a_console_starts_on_any_node_and_knows_the_project(service: str) -> None:
    documents = rendered(OVERLAY)
    console = find(rendered("console-job"), "Job", f"{service}-console")
    assert {kind for volume in pod(console)["volumes"] for kind in volume} == {"name", "emptyDir"}
    assert not {"affinity", "nodeSelector"} & pod(console).keys()
    needed = {"SUPABASE_URL", "SUPABASE_SECRET_KEY"} | ({"SPEECHGRADE_SUBJECT_KEY"} if service == "exporter" else set())
    assert needed <= environment(documents, console).keys()
    label = pod_template(console)["metadata"]["labels"]["app.kubernetes.io/name"]
    assert allowed_out(documents, label) == ["call-out", "resolve-names"]
    # No Service leads to it.
    assert label not in [d["spec"]["selector"]["app.kubernetes.io/name"] for d in documents if d["kind"] == "Service"]
