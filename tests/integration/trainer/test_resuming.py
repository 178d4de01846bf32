"""A run that is stopped, killed or cancelled: what its row says, and that it goes on here, elsewhere, or not at all."""

import errno
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.failpoints import FailpointHit, TrainFailpoint, armed
from speechgrade_trainer.errors import DiskFull, RunLost
from speechgrade_trainer.recipe import load_recipe
from speechgrade_trainer.running import heartbeat, pipeline
from speechgrade_trainer.running.cancelling import cancel_run
from speechgrade_trainer.running.pipeline import Registered
from speechgrade_trainer.running.run_folder import RunFolder
from speechgrade_trainer.training.checkpoints import SEAL_FILE

from .conftest import School

pytestmark = pytest.mark.stack
CHECKPOINTS = "llm-checkpoints"
WEIGHTS = "adapter/adapter_model.safetensors"


@pytest.fixture(scope="module")
def recipe(school: School) -> Path:
    path = school.folder / "steady.yaml"
    path.write_text(
        school.recipe.read_text().replace("epochs: 2", "epochs: 4\nevaluations_per_epoch: 2\nbatch_size: 2", 1)
    )
    text = path.read_text().replace("batch_size: 4\ngradient", "gradient")
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def whole(school: School, recipe: Path) -> Registered:
    """The same training, left alone."""
    school.publish(offset=300, train=8)
    registered = pipeline.train(school.settings(), load_recipe(str(recipe)), None)
    assert registered is not None
    return registered


@pytest.fixture
def stopping_at_a_save(school: School, recipe: Path) -> Any:
    """Start the command, send it a signal once a checkpoint is stored, and hand over its exit code."""

    def stop(number: signal.Signals) -> int:
        words = [sys.executable, "-m", "speechgrade_trainer", "train", "--fresh", "--recipe", str(recipe)]
        environment = {"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        newest = "select id from llm.training_runs where recipe = 'steady' order by created_at desc limit 1"
        before = school.sql(newest)
        with subprocess.Popen(words, env=environment | school.environment, stderr=subprocess.PIPE) as process:
            while (run := school.sql(newest)) == before or not any(
                name.endswith(SEAL_FILE) for name in school.project.object_names(CHECKPOINTS, str(run[0]["id"]))
            ):
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.02)
            process.send_signal(number)
            process.communicate(timeout=60)
        return process.returncode

    return stop


def assert_same(school: School, gone_on: Registered | None, whole: Registered) -> None:
    assert gone_on is not None
    loss, expected = gone_on.package.manifest.metrics["loss"], whole.package.manifest.metrics["loss"]
    assert loss["after"] == pytest.approx(expected["after"], abs=1e-3)
    assert loss["curve"] == expected["curve"]
    weights = [sha256_hex((one.report.parent / WEIGHTS).read_bytes()) for one in (gone_on, whole)]
    assert weights[0] == weights[1]
    run = school.sql("select status, attempt, checkpoints_stored from llm.training_runs where id = %s", gone_on.run_id)
    assert run == [{"status": "succeeded", "attempt": 2, "checkpoints_stored": False}]
    assert school.project.object_names(CHECKPOINTS, gone_on.run_id) == []


def test_a_terminated_run_exits_by_its_own_code_and_the_same_command_goes_on(
    school: School, recipe: Path, whole: Registered, stopping_at_a_save: Any
) -> None:
    assert stopping_at_a_save(signal.SIGTERM) == 4
    run = school.last_run()
    assert (run["status"], run["error_code"], run["resumable"]) == ("interrupted", "interrupted", True)
    gone_on = pipeline.train(school.settings(), load_recipe(str(recipe)), None)
    assert gone_on is not None
    assert gone_on.run_id == str(run["id"])
    assert_same(school, gone_on, whole)


def test_a_killed_run_goes_on_on_a_machine_that_has_nothing_of_it(  # noqa: PLR0917
    school: School,
    recipe: Path,
    whole: Registered,
    stopping_at_a_save: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert stopping_at_a_save(signal.SIGKILL) == -9
    run = school.last_run()
    assert run["status"] == "running"
    school.sql("update llm.training_runs set heartbeat_at = now() - interval '3 minutes' where id = %s", run["id"])
    elsewhere = school.settings().model_copy(update={"work_dir": tmp_path, "worker": "another"})
    gone_on = pipeline.train(elsewhere, load_recipe(str(recipe)), None)
    assert gone_on is not None
    assert gone_on.run_id == str(run["id"])
    said = school.sql("select kind from llm.training_events where run_id = %s and kind = 'resumed'", run["id"])
    assert len(said) == 1
    assert "after checkpoint-" in capsys.readouterr().err
    assert_same(school, gone_on, whole)


def test_stored_checkpoints_are_enough_to_go_on(
    school: School, recipe: Path, whole: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with armed(TrainFailpoint.MEASURE_BEFORE), pytest.raises(FailpointHit):
        pipeline.train(school.settings(), load_recipe(str(recipe)), None, fresh=True)
    run = str(school.last_run()["id"])
    steps = {name.partition(".")[0] for name in school.project.object_names(CHECKPOINTS, run)}
    assert whole.package.manifest.metrics["loss"]["steps"] in {int(step) for step in steps}
    assert len(steps) <= 2
    begun: list[int] = []
    monkeypatch.setattr("speechgrade_trainer.running.progress.Watch.training", lambda _s, done, _t: begun.append(done))
    elsewhere = school.settings().model_copy(update={"work_dir": tmp_path, "worker": "another"})
    gone_on = pipeline.train(elsewhere, load_recipe(str(recipe)), None)
    assert begun == [max(int(step) for step in steps)]
    assert_same(school, gone_on, whole)


def test_a_trained_run_is_not_trained_again(school: School, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with armed(TrainFailpoint.MEASURE_BEFORE, full), pytest.raises(DiskFull):
        pipeline.train(school.settings(), load_recipe(str(recipe)), None, fresh=True)
    run = school.last_run()
    assert (run["status"], run["error_code"], run["resumable"]) == ("failed", "disk_full", True)
    monkeypatch.setattr(pipeline, "train_adapter", lambda _training: pytest.fail("it was trained already"))
    gone_on = pipeline.train(school.settings(), load_recipe(str(recipe)), None)
    assert gone_on is not None
    assert gone_on.run_id == str(run["id"])


def test_a_cancelled_run_stops_and_is_not_gone_on_with(
    school: School, recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "SECONDS_BETWEEN_BEATS", 0.01)

    def cancel() -> None:
        run = str(school.last_run()["id"])
        assert cancel_run(school.project, run, "operator", "wrong recipe")
        time.sleep(0.2)

    with armed(TrainFailpoint.TRAIN_BEFORE_STEPS, cancel), pytest.raises(RunLost) as stopped:
        pipeline.train(school.settings(), load_recipe(str(recipe)), None, fresh=True)
    assert stopped.value.code == "run_cancelled"
    run = school.last_run()
    assert (run["status"], run["error_code"]) == ("cancelled", "cancelled")


@pytest.fixture
def withdrawn(school: School, recipe: Path) -> Iterator[str]:
    digest = school.publish(offset=340, train=8)
    with armed(TrainFailpoint.MEASURE_BEFORE), pytest.raises(FailpointHit):
        pipeline.train(school.settings(), load_recipe(str(recipe)), None)
    run = str(school.last_run()["id"])
    school.withdraw(digest)
    yield run
    school.publish(offset=360, train=8)


def folder_dataset(folder: Path) -> str:
    return RunFolder(folder).state().dataset


def test_a_withdrawal_takes_checkpoints_and_quoted_speeches_away_from_everywhere(
    school: School, recipe: Path, withdrawn: str
) -> None:
    folder = school.settings().runs_dir / withdrawn
    assert (folder / "checkpoints").exists()
    quoting = school.settings().work_dir / "evaluations" / f"sg-1-{folder_dataset(folder)[:12]}"
    quoting.mkdir(parents=True)
    assert school.project.object_names(CHECKPOINTS, withdrawn)
    with pytest.raises(SpeechgradeError) as refused:
        pipeline.train(school.settings(), load_recipe(str(recipe)), None)
    assert refused.value.code == "dataset_outdated"
    assert {path.name for path in folder.iterdir()} == {"lock", "run.json"}
    assert not quoting.exists()
    assert school.project.object_names(CHECKPOINTS, withdrawn) == []


def test_two_processes_train_one_adapter(school: School, recipe: Path) -> None:
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone", "-m", "speechgrade_trainer"]
    environment = {"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    (school.folder / "two.yaml").write_text(
        recipe.read_text().replace("gradient_accumulation: 1", "gradient_accumulation: 2")
    )
    done = subprocess.run(
        [sys.executable, *launcher, "train", "--recipe", str(school.folder / "two.yaml")],
        env=environment | school.environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = school.last_run()
    assert (run["status"], run["attempt"], run["metrics"]["run"]["processes"]) == ("succeeded", 1, 2)
    assert run["metrics"]["loss"]["after"] < run["metrics"]["loss"]["before"]
