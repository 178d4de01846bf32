"""Which run a process is at: it waits for one that may be dead, and leaves a living one alone."""

from pathlib import Path
from typing import Any

import pytest
from speechgrade_trainer.errors import RunBusy
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.running.run_folder import RunFolder, RunState, dead_runs
from speechgrade_trainer.running.taking import fingerprint, take_run
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base

from .material import recipe

NAMED = NamedRecipe(name="micro", recipe=recipe())
BASE = Base("speechgrade/micro-mistral", "r1", Path())
DATASET = "d" * 64


class Project:
    """Answers ``take_run`` one after the other, and keeps what it was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers, self.asked = list(answers), list[dict[str, Any]]()

    def rpc(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        assert name == "take_run"
        self.asked.append(params)
        return self.answers.pop(0)


def busy(silent_s: float) -> dict[str, Any]:
    return {"busy": True, "run_id": "r", "worker": "other", "silent_s": silent_s}


def take(project: Project, folder: Path, slept: list[float], *, fresh: bool = False) -> Any:
    settings = TrainerSettings(supabase_url="http://127.0.0.1:9", supabase_secret_key="k" * 16, work_dir=folder)
    return take_run(settings, project, NAMED, DATASET, BASE, fresh=fresh, sleep=slept.append)  # type: ignore[arg-type]


def test_a_silent_run_is_waited_for_and_gone_on_with(tmp_path: Path) -> None:
    slept: list[float] = []
    project = Project(busy(100), busy(105), busy(118), {"busy": False, "run_id": "r", "attempt": 2})
    taken = take(project, tmp_path, slept)
    assert (taken.run_id, taken.attempt, taken.is_resumed, len(slept)) == ("r", 2, True, 3)


def test_a_run_that_gives_a_sign_of_life_is_left_alone(tmp_path: Path) -> None:
    slept: list[float] = []
    with pytest.raises(RunBusy, match="other is at the same training"):
        take(Project(busy(14), busy(3)), tmp_path, slept)
    assert len(slept) == 1


def test_runs_that_died_on_this_machine_are_named_and_living_ones_are_not(tmp_path: Path) -> None:
    print_ = fingerprint(DATASET, NAMED, BASE)
    folders = {name: RunFolder(tmp_path / "runs" / name) for name in ("dead", "alive", "other")}
    for name, folder in folders.items():
        folder.begin(RunState(run_id=name, dataset=DATASET, fingerprint="x" if name == "other" else print_))
    project = Project({"busy": False, "run_id": "dead", "attempt": 2})
    with folders["alive"].locked():
        take(project, tmp_path, [])
        with pytest.raises(RunBusy), folders["alive"].locked():
            pass
    assert project.asked[0]["p_known_dead"] == ["dead"]
    assert dead_runs(tmp_path / "runs", print_) == ["alive", "dead"]


@pytest.mark.parametrize("changed", ["dataset", "recipe", "base"])
def test_only_the_very_same_training_is_gone_on_with(changed: str) -> None:
    other = {
        "dataset": ("e" * 64, NAMED, BASE),
        "recipe": (DATASET, NamedRecipe(name="micro", recipe=recipe(epochs=3)), BASE),
        "base": (DATASET, NAMED, Base(BASE.model, "r2", BASE.folder)),
    }
    assert fingerprint(*other[changed]) != fingerprint(DATASET, NAMED, BASE)
