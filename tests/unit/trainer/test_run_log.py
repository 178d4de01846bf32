"""A run is told as well as the network allows, and its end is recorded whatever ends it."""

import errno
from typing import Any

import pytest
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_trainer.errors import DiskFull, Interrupted, LossNotFinite, RunLost, UploadFailed
from speechgrade_trainer.running.run_log import RunLog


class Project:
    """Remembers what it was told; answers or not."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def rpc(self, name: str, params: dict[str, Any]) -> None:
        self.calls.append((name, params))
        if not self.answers:
            raise ProjectUnreachable("no answer")


def run(project: Project, telling: Project | None = None) -> RunLog:
    return RunLog("run", 1, project, telling or project)  # type: ignore[arg-type]


def test_events_that_do_not_arrive_stop_nothing_and_are_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    log = run(Project(), Project(answers=False))
    for _ in range(3):
        log.say("saved", {})
    assert capsys.readouterr().err.count("project_unreachable") == 1


def test_steps_are_throttled_each_kind_by_itself() -> None:
    project = Project()
    log = run(project)
    for step in range(50):
        log.say_step({}, kind="validating")
        log.say_step({"step": step}, step / 50)
    assert [params["p_kind"] for _, params in project.calls] == ["validating", "step"]


@pytest.mark.parametrize(
    ("error", "raised", "status", "code", "resumable"),
    [
        (LossNotFinite("x"), LossNotFinite, "failed", "loss_not_finite", False),
        (UploadFailed("x"), UploadFailed, "failed", "upload_failed", True),
        (Interrupted("x"), Interrupted, "interrupted", "interrupted", True),
        (KeyboardInterrupt(), Interrupted, "interrupted", "interrupted", True),
        (OSError(errno.ENOSPC, "x"), DiskFull, "failed", "disk_full", True),
        (RuntimeError("[enforce fail] No space left on device"), DiskFull, "failed", "disk_full", True),
        (RuntimeError("x"), RuntimeError, "failed", "internal_error", True),
    ],
)
def test_whatever_ends_a_run_is_recorded_and_goes_on(
    error: BaseException, raised: type[BaseException], status: str, code: str, resumable: bool
) -> None:
    project = Project()
    with pytest.raises(raised), run(project).until_it_ends():
        raise error
    said = {"p_run": "run", "p_attempt": 1, "p_status": status, "p_error_code": code, "p_resumable": resumable}
    assert project.calls == [("end_run", said)]


def test_a_run_that_is_another_ones_now_is_not_ended_by_this_process() -> None:
    project = Project()
    with pytest.raises(RunLost), run(project).until_it_ends():
        raise RunLost("x")
    assert project.calls == []


def test_an_end_that_cannot_be_recorded_hides_no_error() -> None:
    with pytest.raises(LossNotFinite), run(Project(answers=False)).until_it_ends():
        raise LossNotFinite("x")
