"""Whoever is stopped has the time that its own settings say it takes."""

import re

import pytest
from speechgrade_scorer.settings import ScorerSettings

from .manifests import OVERLAYS, Manifest, container, find, pod, rendered

pytestmark = pytest.mark.deploy
EVERY = pytest.mark.parametrize("overlay", OVERLAYS)


def default(name: str) -> float:
    return float(ScorerSettings.model_fields[name].default)


def pre_stop_s(workload: Manifest) -> int:
    return int(container(workload)["lifecycle"]["preStop"]["sleep"]["seconds"])


@EVERY
def test_a_scorer_may_answer_end_its_scores_and_give_the_rest_back(overlay: str) -> None:
    scorer = find(rendered(overlay), "Deployment", "scorer")
    answering_s = int(default("answer_within_s")) + 1
    needed_s = pre_stop_s(scorer) + answering_s + default("drain_s") + default("project_timeout_s")
    assert pod(scorer)["terminationGracePeriodSeconds"] > needed_s


@EVERY
def test_an_engine_may_end_the_answers_at_hand(overlay: str) -> None:
    engine = find(rendered(overlay), "Deployment", "engine")
    [waits_s] = re.findall(r"--shutdown-timeout=(\d+)", " ".join(container(engine)["args"]))
    assert int(waits_s) >= default("score_deadline_s")
    assert pod(engine)["terminationGracePeriodSeconds"] > pre_stop_s(engine) + int(waits_s)


@EVERY
@pytest.mark.parametrize("name", ["scorer", "engine"])
def test_it_leaves_the_service_before_it_stops(overlay: str, name: str) -> None:
    assert pre_stop_s(find(rendered(overlay), "Deployment", name)) >= 5


def test_there_is_no_more_than_one_engine_and_no_gap_between_scorers() -> None:
    documents = rendered("base")
    assert find(documents, "Deployment", "engine")["spec"]["strategy"] == {"type": "Recreate"}
    rolling = find(documents, "Deployment", "scorer")["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxUnavailable": 0, "maxSurge": 1}
