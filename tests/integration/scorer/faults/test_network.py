"""A bad network between scorer and engine and between scorer and project: nobody waits for ever, nothing is lost.

``SPEECHGRADE_FAULT_ROUNDS=20`` goes on for so many rounds (``make judge-scorer``).
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.integration.scorer.conftest import Campus

from .processes import ScorerProcess, ScriptedEngineProcess, running, until
from .proxy import Fault, FaultProxy, dripping, garbage, late, proxied, refused, reset, silent, truncated
from .verdict import Asked, ask_all, ask_until_answered, assert_kept, rows_of

pytestmark = pytest.mark.stack
ROUNDS = int(os.environ.get("SPEECHGRADE_FAULT_ROUNDS", "1"))
ANSWER_WITHIN_S = 4.0
# Beyond the promised time: a machine that has other things to do.
GRACE_S = 4.0
SETTINGS = {
    "score_deadline_s": 2,
    "answer_within_s": ANSWER_WITHIN_S,
    "project_timeout_s": 1,
    "score_lease_s": 3,
    "claim_interval_s": 0.2,
    "score_patience_s": 120,
    "breaker_open_s": 0.5,
}
OTHER_HTTP = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
FAILURE = b"HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n"
FAULTS = [
    late(0.5),
    late(3.0),
    reset(),
    reset(200),
    silent(),
    silent(200),
    truncated(200),
    dripping(8, 0.3),
    garbage(),
    garbage(OTHER_HTTP),
    garbage(FAILURE),
    refused(),
]
RPCS = ["accept_score", "settle_score", "claim_scores", "extend_scores", "put_back_score", "serving_state"]


@dataclass
class Network:
    """A scorer between two bad lines."""

    scorer: ScorerProcess
    engine: ScriptedEngineProcess
    to_engine: FaultProxy
    to_project: FaultProxy

    def heal(self) -> None:
        self.to_engine.heal()
        self.to_project.heal()


@pytest.fixture(scope="module")
def network(
    campus: Campus, engine: ScriptedEngineProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Network]:
    with proxied(engine.url) as to_engine, proxied(campus.stack.supabase_url) as to_project:
        folder = tmp_path_factory.mktemp("network")
        scorer = ScorerProcess(campus, to_engine.url, folder, supabase_url=to_project.url, **SETTINGS)
        with running(scorer):
            yield Network(scorer, engine, to_engine, to_project)


@pytest.fixture(autouse=True)
def healed(network: Network) -> Iterator[None]:
    yield
    network.heal()


def test_a_bad_line_to_the_engine_loses_and_invents_nothing(campus: Campus, network: Network) -> None:
    for _ in range(ROUNDS):
        network.to_engine.once("/v1/chat/completions", *shuffled())
        ask_and_judge(campus, network, len(FAULTS) + 4)
    assert {name for _, name in network.to_engine.met} == {fault.name for fault in FAULTS}


@pytest.mark.parametrize("rpc", RPCS)
def test_a_bad_line_to_the_project_loses_and_invents_nothing(campus: Campus, network: Network, rpc: str) -> None:
    for _ in range(ROUNDS):
        network.to_project.once(f"/rpc/{rpc}", *shuffled())
        ask_and_judge(campus, network, 8)


@pytest.mark.parametrize("fault", [silent(), refused(), dripping(1, 0.3)], ids=lambda fault: fault.name)
def test_a_project_that_is_away_holds_nobody_up(campus: Campus, network: Network, fault: Fault) -> None:
    evaluations = [campus.add_evaluation() for _ in range(4)]
    network.to_project.always("/rest/", fault)
    asked = ask_all(network.scorer.url, evaluations)
    assert_in_time(asked)
    assert {one.status for one in asked} == {503}
    network.heal()
    answered = [ask_until_answered(network.scorer.url, one) for one in asked]
    assert {one.status for one in answered} == {200}
    assert_kept(campus, network.engine.said, answered)


@pytest.mark.parametrize("fault", [silent(), refused(), dripping(1, 0.3)], ids=lambda fault: fault.name)
def test_an_engine_that_is_away_delays_scores_and_loses_none(campus: Campus, network: Network, fault: Fault) -> None:
    evaluations = [campus.add_evaluation() for _ in range(4)]
    network.to_engine.always("/v1/chat/completions", fault)
    asked = ask_all(network.scorer.url, evaluations)
    assert_in_time(asked)
    assert {one.status for one in asked} == {202}
    network.heal()
    rows = assert_kept(campus, network.engine.said, asked)
    assert [row["status"] for row in rows] == ["ok"] * 4


def ask_and_judge(campus: Campus, network: Network, count: int) -> None:
    evaluations = [campus.add_evaluation() for _ in range(count)]
    asked = ask_all(network.scorer.url, evaluations)
    assert_in_time(asked)
    network.heal()
    answered = [ask_until_answered(network.scorer.url, one) for one in asked]
    assert {one.status for one in answered} == {200}
    rows = assert_kept(campus, network.engine.said, [*asked, *answered])
    assert sum(row["status"] == "ok" for row in rows) == count, [row["reason"] for row in rows]
    assert {str(row["evaluation_id"]) for row in rows_of(campus, evaluations)} == set(evaluations)


def assert_in_time(asked: list[Asked]) -> None:
    assert max(one.took_s for one in asked) < ANSWER_WITHIN_S + GRACE_S, sorted(one.took_s for one in asked)
    assert all(one.status is not None for one in asked), asked


def shuffled() -> list[Fault]:
    return random.sample(FAULTS, len(FAULTS))


def ready(network: Network) -> None:
    until(lambda: network.scorer.caller().get("/readyz").status_code == 200)
