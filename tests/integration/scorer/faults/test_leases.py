"""What counts as the death of a scorer, and what does not. No scorer runs here that could claim in between."""

from uuid import uuid4

import pytest

from tests.integration.scorer.conftest import Campus

pytestmark = pytest.mark.stack


def test_lost_answers_to_a_living_scorer_are_not_taken_for_deaths(campus: Campus) -> None:
    score, claim = str(uuid4()), {"p_worker": "scorer-alive", "p_limit": 1, "p_lease_s": 0.0}
    campus.run("insert into llm.scores (id, status, rank, requested_by) values (%s, 'queued', -1, 'test')", score)
    for _ in range(8):
        campus.project.rpc("claim_scores", claim)
    assert (campus.score(score)["status"], campus.score(score)["claims"]) == ("running", 1)
    for dead in range(8):
        campus.project.rpc("claim_scores", claim | {"p_worker": f"scorer-{dead}"})
    assert (campus.score(score)["status"], campus.score(score)["reason"]) == ("unscored", "score_abandoned")
