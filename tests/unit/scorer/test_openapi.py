"""Every answer is one that the service's own description announces, whatever is asked.

``SPEECHGRADE_OPENAPI_CASES=2000`` asks every operation so often (``make judge-scorer``).
"""

import os
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from uuid import uuid4

import httpx
import pytest
from speechgrade_scorer.api.app import create_app
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings

from .conftest import TOKEN, FakeEngine, FakeProject
from .openapi_campaign import campaign
from .served_app import served

CASES = int(os.environ.get("SPEECHGRADE_OPENAPI_CASES", "30"))
# A rubric without points or an evaluation without a transcript is nothing that a schema could tell.
LENIENT = {
    "POST /v1/score": ("410", "413", "422"),
    "POST /evaluate": ("410", "413", "422"),
    "POST /v1/score/batch": ("413", "422"),
    "GET /v1/scores/{score_id}": ("410", "413", "422"),
    "GET /v1/score/batch/{batch_id}": (),
}
FATES: list[dict[str, Any] | None] = [
    {},
    {},
    None,
    {"evaluation": {"transcript": None, "evaluation_data": {}}},
    {"rubric": None},
    {"rubric": {"categories": [{"name": "A", "points": -1}]}},
    {"evaluation": {"transcript": "x" * 3000, "evaluation_data": {}}},
]


class AnyEvaluation(FakeProject):
    """Every id names an evaluation: one that can be scored, one that cannot, or one that is gone again, in turn."""

    def __init__(self) -> None:
        super().__init__()
        self._fates = cycle(FATES)

    def _read_for_scoring(self, p_evaluation: str) -> dict[str, Any] | None:
        fate = next(self._fates)
        if fate is None:
            return None
        self.evaluations[p_evaluation] = self.evaluations.pop(self.add_evaluation(**fate))
        return self.evaluations[p_evaluation]


@pytest.fixture
def scorer(settings: ScorerSettings, engine: FakeEngine) -> Iterator[str]:
    project = AnyEvaluation()
    project.add_adapter()
    with served(create_app(ScoringService(settings, project, engine.client()))) as url:  # type: ignore[arg-type]
        yield url


def test_every_answer_is_announced_and_none_is_a_failure_of_the_server(scorer: str) -> None:
    verdict = campaign(scorer, TOKEN, cases=CASES, lenient=LENIENT)
    print(verdict)  # noqa: T201
    assert verdict.faults == {}
    assert verdict.statuses["POST /v1/score", 200] > 0
    assert min(verdict.cases.values()) >= CASES


def test_a_wrong_method_is_told_every_right_one(scorer: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    refused = httpx.put(f"{scorer}/v1/score/batch/{uuid4()}", headers=headers, trust_env=False)
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, GET")
