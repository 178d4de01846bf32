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
ANSWER_WITHIN_S = 2.5
# Beyond the promised time: a machine that has other things to do.
GRACE_S = 4.0
SETTINGS = {
    "score_deadline_s": 1.5,
    "answer_within_s": ANSWER_WITHIN_S,
    "project_timeout_s": 0.7,
    "score_lease_s": 2,
    "claim_interval_s": 0.2,
    "score_patience_s": 120,
    "breaker_open_s": 0.5,
}
OTHER_HTTP = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
FAILURE = b"HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n"
FAULTS = [
    late(0.5),
    late(2.0),
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
CHAT = "/v1/chat/completions"
RPCS = ["accept_score", "settle_score", "claim_scores"]
# Each line by itself at length; all of them at once is the quicker judge.
LINES = [["chat", *RPCS]] if ROUNDS == 1 else [["chat"], *([rpc] for rpc in [*RPCS, "extend_scores", "serving_state"])]
AWAY = [silent()] if ROUNDS == 1 else [silent(), refused(), dripping(1, 0.3)]


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


@pytest.mark.parametrize("lines", LINES, ids="+".join)
def test_bad_lines_lose_and_invent_nothing(campus: Campus, network: Network, lines: list[str]) -> None:
    for _ in range(ROUNDS):
        for line in lines:
            proxy, path = (network.to_engine, CHAT) if line == "chat" else (network.to_project, f"/rpc/{line}")
            proxy.once(path, *shuffled())
        ask_and_judge(campus, network, len(FAULTS) + 4)
        assert not network.to_engine.has_more
        assert not network.to_project.has_more


@pytest.mark.parametrize("fault", AWAY, ids=lambda fault: fault.name)
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


@pytest.mark.parametrize("fault", AWAY, ids=lambda fault: fault.name)
def test_an_engine_that_is_away_delays_scores_and_loses_none(campus: Campus, network: Network, fault: Fault) -> None:
    evaluations = [campus.add_evaluation() for _ in range(4)]
    network.to_engine.always(CHAT, fault)
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
    # What nobody's request has met is met by the scorer's own work: claims, signs of life, retries.
    until(lambda: not (network.to_engine.has_more or network.to_project.has_more))
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
