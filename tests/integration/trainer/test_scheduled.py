"""``train --if-changed`` as a timer gives it, on a real project."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import School

pytestmark = pytest.mark.stack


@pytest.fixture
def school_without_runs(school: School) -> Iterator[School]:
    school.forget_runs()
    school.sql("update llm.datasets set status = 'superseded' where status = 'current'")
    yield school
    school.forget_runs()


def scheduled(school: School, *more: str, **settings: str) -> dict[str, Any]:
    return school.result("train", "--recipe", str(school.recipe), "--if-changed", *more, **settings)


def test_it_trains_what_is_new_and_else_says_why_not(school_without_runs: School) -> None:
    school = school_without_runs
    assert scheduled(school)["why"] == "dataset_missing"
    school.publish(offset=500, train=1)
    few = scheduled(school)
    assert (few["trained"], few["why"]) == (False, "too_few_examples")
    assert school.sql("select id from llm.training_runs") == []
    school.publish(offset=520, train=8)
    first = scheduled(school, "--promote")
    assert (first["trained"], first["why"]) == (True, "never_trained")
    # The gate asks for more than so little a model can show: it stays a candidate, and the command is content.
    assert (first["promotion"]["promoted"], first["promotion"]["code"]) == (False, "gate_failed")
    again = scheduled(school, "--promote")
    assert (again["trained"], again["why"], "promotion" in again) == (False, "unchanged", False)
    assert first["name"] in again["sentence"]
    assert len(school.sql("select id from llm.training_runs")) == 1


def test_what_passes_the_gate_answers_and_the_audit_log_says_by_which_run(school_without_runs: School) -> None:
    school = school_without_runs
    school.publish(offset=540, train=8)
    indulgent = {"MIN_PERSONS": "1", "MIN_VALID": "0", "MEAN_DIFFERENCE": "99", "MAX_GAP": "99"}
    settings = {f"SPEECHGRADE_GATE_{name}": value for name, value in indulgent.items()}
    done = scheduled(school, "--promote", **settings)
    assert done["promotion"]["promoted"], done["promotion"]
    (move,) = school.sql("select actor, is_forced, reason from llm.alias_history")
    assert (move["actor"], move["is_forced"], done["run_id"] in move["reason"]) == ("tester", False, True)
