"""schemathesis against the scorer as a process on the real project: what PostgreSQL refuses must be refused before it.

``SPEECHGRADE_OPENAPI_CASES=2000`` or more asks for it (``make judge-scorer``).
"""

import os
from collections.abc import Iterator

import pytest

from tests.integration.scorer.conftest import TOKEN, Campus
from tests.unit.scorer.openapi_campaign import campaign
from tests.unit.scorer.test_openapi import LENIENT

from .processes import ScorerProcess, ScriptedEngineProcess, running

CASES = int(os.environ.get("SPEECHGRADE_OPENAPI_CASES", "0"))
pytestmark = [pytest.mark.stack, pytest.mark.skipif(CASES == 0, reason="make judge-scorer")]


@pytest.fixture(scope="module")
def scorer(campus: Campus, engine: ScriptedEngineProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    scorer = ScorerProcess(campus, engine.url, tmp_path_factory.mktemp("described"), max_waiting_scores=500)
    with running(scorer):
        yield scorer.url


def test_every_answer_is_announced_on_the_real_project(scorer: str) -> None:
    # A tenth of the cases: each takes the whole road.
    verdict = campaign(scorer, TOKEN, cases=max(30, CASES // 10), lenient=LENIENT)
    print(verdict)  # noqa: T201
    assert verdict.faults == {}
