"""A training that is killed, stopped or short of memory ends with the weights of one that was left alone."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from speechgrade_shared.failpoints import FailpointHit, TrainFailpoint, armed
from speechgrade_trainer.errors import Interrupted, OutOfMemory
from speechgrade_trainer.running.progress import watching
from speechgrade_trainer.running.run_folder import RunFolder
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.checkpoints import SEAL_FILE, is_complete, newest_complete, step_of
from speechgrade_trainer.training.train import Trained, train_adapter

from .material import recipe
from .test_train import train, training

WANTED = recipe(evaluations_per_epoch=2, epochs=3, batch_size=2, batching="length_grouped")
WEIGHTS = "adapter/adapter_model.safetensors"


class Killed(BaseException):
    """No handler of the training catches it."""


def killed_at(step: int) -> Any:
    def saved(checkpoint: Path) -> None:
        if step_of(checkpoint) >= step:
            raise Killed

    return saved


@pytest.fixture(scope="module")
def whole(base: Base, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    folder = tmp_path_factory.mktemp("whole")
    return train(base, WANTED, folder), folder


def assert_equal(trained: Trained, folder: Path, whole: tuple[Trained, Path]) -> None:
    expected, its_folder = whole
    assert trained.loss_after == pytest.approx(expected.loss_after, abs=1e-6)
    assert (trained.best_step, trained.steps) == (expected.best_step, expected.steps)
    assert trained.curve == expected.curve
    assert trained.train == expected.train
    assert (folder / WEIGHTS).read_bytes() == (its_folder / WEIGHTS).read_bytes()


@pytest.mark.parametrize("step", [2, 6])
def test_a_killed_training_goes_on_to_the_same_weights(
    base: Base, tmp_path: Path, whole: tuple[Trained, Path], step: int
) -> None:
    with pytest.raises(Killed):
        train(base, WANTED, tmp_path, saved=killed_at(step))
    assert_equal(train(base, WANTED, tmp_path), tmp_path, whole)


def test_a_half_written_checkpoint_is_not_gone_on_from(base: Base, tmp_path: Path, whole: tuple[Trained, Path]) -> None:
    with pytest.raises(Killed):
        train(base, WANTED, tmp_path, saved=killed_at(6))
    checkpoints = tmp_path / "checkpoints"
    newest = max(checkpoints.glob("checkpoint-*"), key=step_of)
    (newest / "optimizer.pt").write_bytes((newest / "optimizer.pt").read_bytes()[:100])
    assert not is_complete(newest)
    before = newest_complete(checkpoints)
    assert before is not None
    assert step_of(before) < step_of(newest)
    assert not newest.exists()
    assert_equal(train(base, WANTED, tmp_path), tmp_path, whole)


def test_checkpoints_go_on_under_another_path(base: Base, tmp_path: Path, whole: tuple[Trained, Path]) -> None:
    with pytest.raises(Killed):
        train(base, WANTED, tmp_path / "one", saved=killed_at(4))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    shutil.rmtree(tmp_path / "one")
    assert_equal(train(base, WANTED, tmp_path / "two"), tmp_path / "two", whole)


def test_an_interruption_saves_at_the_next_step_and_loses_nothing(
    base: Base, tmp_path: Path, whole: tuple[Trained, Path]
) -> None:
    with watching(None) as watch:
        job = training(base, WANTED, tmp_path, watch, saved=lambda _checkpoint: watch.interruption.want())
        with pytest.raises(Interrupted):
            train_adapter(job)
    saved = newest_complete(tmp_path / "checkpoints")
    assert saved is not None
    assert step_of(saved) < whole[0].steps
    assert (saved / SEAL_FILE).is_file()
    assert_equal(train(base, WANTED, tmp_path), tmp_path, whole)


def test_out_of_memory_halves_the_batch_once_and_takes_the_same_steps(
    base: Base, tmp_path: Path, whole: tuple[Trained, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise torch.OutOfMemoryError("no room")

    with armed(TrainFailpoint.TRAIN_BEFORE_STEPS, full):
        trained = train(base, WANTED, tmp_path)
    state = RunFolder(tmp_path).state()
    assert (state.batch_size, state.gradient_accumulation) == (1, 2)
    assert trained.steps == whole[0].steps
    assert trained.loss_after == pytest.approx(whole[0].loss_after, abs=0.02)
    assert "Out of memory with 2 x 1" in capsys.readouterr().err
    with armed(TrainFailpoint.TRAIN_BEFORE_STEPS, full), pytest.raises(OutOfMemory):
        train(base, WANTED, tmp_path)


def test_dying_before_the_first_step_measures_the_base_once(base: Base, tmp_path: Path) -> None:
    with armed(TrainFailpoint.TRAIN_BEFORE_STEPS), pytest.raises(FailpointHit):
        train(base, WANTED, tmp_path)
    assert RunFolder(tmp_path).state().loss_before is not None
