"""What must be true of what runs and ends: how often, how long, and what an interruption does to it."""

from collections.abc import Iterator

from speechgrade_shared.command_line import Exit

from .cluster_rules import Rule, named
from .manifests import Manifest, container, pod

# By image and command; None: it says 0 anyhow.
_QUIET = {
    ("speechgrade/exporter", "sweep"): "--scheduled",
    ("speechgrade/trainer", "sweep"): None,
    ("speechgrade/trainer", "train"): "--if-changed",
}


def ends(documents: list[Manifest]) -> Iterator[str]:
    """A job gives up in the end, does not restart in place, and is tidied away."""
    for name, job in _jobs(documents):
        keys = ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
        yield from (f"{name} has no {key}" for key in keys if key not in job["spec"])
        if pod({"kind": "Job", **job}).get("restartPolicy") != "Never":
            yield f"{name} hides its failures"


def never_twice_at_once(documents: list[Manifest]) -> Iterator[str]:
    for document in documents:
        if document["kind"] == "CronJob" and document["spec"].get("concurrencyPolicy") != "Forbid":
            yield f"{document['metadata']['name']} may overlap itself"


def nothing_to_do_is_no_failure(documents: list[Manifest]) -> Iterator[str]:
    """A Job takes exit code 3 for a failure, so what is scheduled asks its program for another."""
    for name, workload in named(documents):
        own = container(workload)
        arguments = own.get("args", [""])
        option = _QUIET.get((own["image"].partition(":")[0], arguments[0]), "an option that is not known")
        if workload["kind"] == "CronJob" and option is not None and option not in arguments:
            yield f"{name} fails when there is nothing to do"


def an_interrupted_training_goes_on(documents: list[Manifest]) -> Iterator[str]:
    """A lost node, or a run that has saved, counts as no failure; any other failure is looked at and not repeated."""
    wanted = [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
        {"action": "Ignore", "onExitCodes": _exits("In", Exit.INTERRUPTED)},
        {"action": "FailJob", "onExitCodes": _exits("NotIn", Exit.OK)},
    ]
    for name, job in _jobs(documents):
        is_training = container({"kind": "Job", **job}).get("args", [""])[0] == "train"
        if is_training and job["spec"].get("podFailurePolicy", {}).get("rules") != wanted:
            yield f"{name} does not go on after an interruption"


def a_wrong_setup_is_not_repeated(documents: list[Manifest]) -> Iterator[str]:
    """Settings and keys do not mend themselves; whoever is to mend them sees a failed Job at once."""
    for name, job in _jobs(documents):
        rules = job["spec"].get("podFailurePolicy", {}).get("rules", [])
        fails_on = [rule.get("onExitCodes", {}) for rule in rules if rule["action"] == "FailJob"]
        is_said = any((int(Exit.USAGE) in on.get("values", ())) == (on.get("operator") == "In") for on in fails_on)
        if job["spec"]["backoffLimit"] and not is_said:
            yield f"{name} tries a wrong setup again and again"


def a_failed_training_stays_failed(documents: list[Manifest]) -> Iterator[str]:
    for document in documents:
        if document["kind"] == "TrainingRuntime" and "ttlSecondsAfterFinished" in document["spec"]["template"]["spec"]:
            yield f"{document['metadata']['name']} begins again when its JobSet has been tidied away"


def _exits(operator: str, code: Exit) -> Manifest:
    return {"containerName": "trainer", "operator": operator, "values": [int(code)]}


def _jobs(documents: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Jobs, and those that a CronJob makes."""
    for name, workload in named(documents):
        if workload["kind"] == "Job":
            yield name, {"spec": workload["spec"]}
        if workload["kind"] == "CronJob":
            yield name, {"spec": workload["spec"]["jobTemplate"]["spec"]}


RULES: tuple[Rule, ...] = (
    ends,
    never_twice_at_once,
    nothing_to_do_is_no_failure,
    an_interrupted_training_goes_on,
    a_wrong_setup_is_not_repeated,
    a_failed_training_stays_failed,
)
