"""SIGKILL of scorers and of engines under load: every accepted request ends in a stored result.

``SPEECHGRADE_FAULT_ROUNDS=20`` kills so often; the real vLLM is killed once then (``make judge-scorer``).
"""

import os
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.integration.scorer.conftest import Campus

from .processes import ScorerProcess, ScriptedEngineProcess, running
from .verdict import ask_all, ask_until_answered, assert_kept

pytestmark = pytest.mark.stack
ROUNDS = int(os.environ.get("SPEECHGRADE_FAULT_ROUNDS", "1"))
SETTINGS = {
    "score_deadline_s": 10,
    "answer_within_s": 10,
    "score_lease_s": 2,
    "claim_interval_s": 0.2,
    "score_patience_s": 300,
    "max_concurrent_scores": 4,
    "breaker_open_s": 0.5,
}


@pytest.fixture(scope="module")
def scorers(
    campus: Campus, engine: ScriptedEngineProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ScorerProcess, ScorerProcess]]:
    # Both load under the same names, so they share a folder as they would share a volume.
    folder = tmp_path_factory.mktemp("scorers")
    first, second = (ScorerProcess(campus, engine.url, folder / name, **SETTINGS) for name in ("first", "second"))
    with running(first, second):
        yield first, second


def test_a_killed_scorer_leaves_its_work_to_another(
    campus: Campus, engine: ScriptedEngineProcess, scorers: tuple[ScorerProcess, ScorerProcess]
) -> None:
    first, second = scorers
    for number in range(ROUNDS):
        evaluations = [campus.add_evaluation() for _ in range(12)]

        def die(after_s: float = 0.3 + 0.05 * number) -> None:
            time.sleep(after_s)
            first.kill()

        asked = ask_all(first.url, evaluations, meanwhile=die)
        answered = [ask_until_answered(second.url, one) for one in asked]
        assert {one.status for one in answered} == {200}
        rows = assert_kept(campus, engine.said, [*asked, *answered])
        # Under one key there is one row, whoever was asked and however often.
        assert [row["status"] for row in rows] == ["ok"] * len(evaluations)
        first.start()


def test_what_was_taken_for_later_outlives_the_scorer_that_took_it(
    campus: Campus, engine: ScriptedEngineProcess, scorers: tuple[ScorerProcess, ScorerProcess]
) -> None:
    first, _ = scorers
    evaluations = [campus.add_evaluation() for _ in range(12)]
    asked = ask_all(first.url, evaluations, prefer="respond-async")
    first.kill()
    assert {one.status for one in asked} == {202}
    rows = assert_kept(campus, engine.said, asked)
    assert [row["status"] for row in rows] == ["ok"] * len(evaluations)
    first.start()


def test_a_killed_engine_delays_scores_and_loses_none(
    campus: Campus, engine: ScriptedEngineProcess, scorers: tuple[ScorerProcess, ScorerProcess]
) -> None:
    for _ in range(ROUNDS):
        evaluations = [campus.add_evaluation() for _ in range(12)]

        def die_and_return() -> None:
            time.sleep(0.3)
            engine.kill()
            time.sleep(1.0)
            engine.start()

        asked = ask_all(scorers[0].url, evaluations, meanwhile=die_and_return)
        answered = [ask_until_answered(scorers[1].url, one) for one in asked]
        assert {one.status for one in answered} == {200}
        rows = assert_kept(campus, engine.said, [*asked, *answered])
        assert sum(row["status"] == "ok" for row in rows) == len(evaluations)


def test_lost_answers_to_a_living_scorer_are_not_taken_for_deaths(campus: Campus) -> None:
    score, claim = str(uuid4()), {"p_worker": "scorer-alive", "p_limit": 100, "p_lease_s": 0.0}
    campus.run("insert into llm.scores (id, status, rank, requested_by) values (%s, 'queued', -1, 'test')", score)
    for _ in range(8):
        campus.project.rpc("claim_scores", claim)
    assert (campus.score(score)["status"], campus.score(score)["claims"]) == ("running", 1)
    for dead in range(8):
        campus.project.rpc("claim_scores", claim | {"p_worker": f"scorer-{dead}"})
    assert (campus.score(score)["status"], campus.score(score)["reason"]) == ("unscored", "score_abandoned")
