"""``sweep`` as a command, on a real project."""

import pytest
from speechgrade_shared.dataset_pull import pull_dataset
from speechgrade_trainer.running.run_folder import RunFolder, RunState

from .conftest import School

pytestmark = pytest.mark.stack


def test_a_withdrawal_reaches_a_machine_on_which_nobody_trains(school: School) -> None:
    digest = school.publish(offset=900)
    settings = school.settings()
    assert pull_dataset(school.project, None, settings.datasets_dir).folder.is_dir()
    run = school.sql(
        "insert into llm.training_runs (dataset_id, recipe, recipe_sha256, recipe_body, worker, status)"
        " select id, 'r', 's', '{}', 'w', 'succeeded' from llm.datasets where digest = %s returning id",
        digest,
    )[0]["id"]
    folder = RunFolder(settings.runs_dir / str(run))
    folder.begin(RunState(run_id=str(run), dataset=digest))
    assert school.result("sweep") == dict.fromkeys(
        ("checkpoints", "runs", "evaluations", "datasets", "adapters", "held", "unknown"), 0
    ) | {"left": []}
    school.withdraw(digest)
    done = school.result("sweep")
    assert (done["runs"], done["datasets"]) == (1, 1)
    assert not folder.path.exists()
    assert list(settings.datasets_dir.iterdir()) == []
    audited = school.sql("select actor, details from llm.audit_log where action = 'forget_here'")
    assert audited == [{"actor": "tester", "details": {"runs": 1, "datasets": 1}}]
