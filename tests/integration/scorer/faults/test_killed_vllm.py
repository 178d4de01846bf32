"""The real engine is killed under load and comes back: every accepted request ends in a score that it gave.

It boots twice, so it is asked for: ``SPEECHGRADE_FAULT_ROUNDS=2`` or more (``make judge-scorer``).
"""

import os
import time
from collections.abc import Iterator

import pytest
from speechgrade_local.engine import engine_installed

from tests.integration.scorer.conftest import REPO, Campus
from tests.integration.scorer.tiny_models import write_base

from .processes import ScorerProcess, VllmProcess, running
from .verdict import ask_all, ask_until_answered, points_kept, points_shown, rows_of

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_installed(REPO), reason="the engine's environment is not installed"),
    pytest.mark.skipif(int(os.environ.get("SPEECHGRADE_FAULT_ROUNDS", "1")) < 2, reason="make judge-scorer"),
]
SETTINGS = {
    "score_deadline_s": 60,
    "answer_within_s": 10,
    "score_lease_s": 5,
    "claim_interval_s": 0.2,
    "score_patience_s": 600,
    "breaker_open_s": 1,
}


@pytest.fixture(scope="module")
def served(
    campus: Campus, champion: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ScorerProcess, VllmProcess]]:
    assert champion
    folder = tmp_path_factory.mktemp("vllm")
    write_base(folder / "base")
    engine = VllmProcess(folder / "base", folder)
    scorer = ScorerProcess(campus, engine.url, folder / "scorer", **SETTINGS)
    with running(engine, scorer):
        yield scorer, engine


def test_a_killed_vllm_delays_scores_and_loses_none(campus: Campus, served: tuple[ScorerProcess, VllmProcess]) -> None:
    scorer, engine = served
    evaluations = [campus.add_evaluation() for _ in range(24)]

    def die_and_return() -> None:
        time.sleep(1.0)
        engine.kill()
        engine.start()

    asked = ask_all(scorer.url, evaluations, meanwhile=die_and_return)
    answered = [ask_until_answered(scorer.url, one, limit_s=300) for one in asked]
    assert {one.status for one in answered} == {200}
    rows = {str(row["id"]): row for row in rows_of(campus, evaluations)}
    assert sorted(str(row["evaluation_id"]) for row in rows.values()) == sorted(evaluations)
    for one in answered:
        kept = rows[one.body["score_id"]]
        assert (kept["status"], points_kept(kept)) == ("ok", points_shown(one.body))
        assert kept["engine"].startswith("vllm/")
