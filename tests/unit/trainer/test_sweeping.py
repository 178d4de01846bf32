"""``sweep``: what a machine keeps of people who have withdrawn goes, and what cannot go, or be known, is said."""

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.project import SupabaseProject
from speechgrade_trainer.errors import NotForgotten
from speechgrade_trainer.running import sweeping
from speechgrade_trainer.running.run_folder import RunFolder, RunState
from speechgrade_trainer.settings import TrainerSettings

OURS, THEIRS, LOST = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
CURRENT, OLD = "c" * 64, "d" * 64


class Project:
    """A project from which somebody has withdrawn."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {
            "training_runs": [{"id": OURS}, {"id": THEIRS}],
            "datasets": [{"digest": CURRENT, "status": "current"}, {"digest": OLD, "status": "superseded"}],
            "adapters": [{"name": "sg-good", "status": "approved"}, {"name": "sg-bad", "status": "tainted"}],
        }
        self.without_consent = {OLD}
        self.noted: list[dict[str, Any]] = []
        self.beats: list[dict[str, Any]] = []
        self.is_there = True

    def rows(self, table: str, _columns: str, *, key: str, where: dict[str, Any] | None = None) -> Iterator[Any]:
        assert key
        wanted = (where or {}).items()
        return iter([row for row in self.tables[table] if wanted <= row.items()])

    def rpc(self, name: str, params: dict[str, Any] | None = None) -> Any:
        if not self.is_there:
            raise ProjectUnreachable("The project does not answer.")
        given = params or {}
        if name == "note_machine_swept":
            self.noted.append(given)
        answers: dict[str, Any] = {
            "runs_to_forget": [],
            "runs_of_withdrawn": [run for run in given.get("p_runs", []) if run == THEIRS],
            "members_without_consent": int(given.get("p_dataset_digest") in self.without_consent),
            "note_machine_swept": None,
            "beat": self.beats.append(given) if name == "beat" else None,
        }
        return answers[name]

    def close(self) -> None: ...


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    kept = Project()
    monkeypatch.setattr(SupabaseProject, "from_settings", lambda _settings: kept)
    return kept


@pytest.fixture
def settings(tmp_path: Path) -> TrainerSettings:
    """A machine that has trained, measured and downloaded."""
    for run in (OURS, THEIRS, LOST):
        RunFolder(tmp_path / "runs" / run).begin(RunState(run_id=run, dataset=OLD))
    for place in (
        f"datasets/{CURRENT}",
        f"datasets/{OLD}",
        f"evaluations/sg-good-{CURRENT[:12]}",
        f"evaluations/sg-good-{OLD[:12]}",
        "adapters/sg-good",
        "adapters/sg-bad",
        f"adapters/.sg-bad-{uuid.uuid4().hex}",
        "adapters/sg-unheard-of",
    ):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "file").write_text("quoted")
    key = "k" * 16
    return TrainerSettings(supabase_url="http://127.0.0.1:9", supabase_secret_key=key, work_dir=tmp_path, worker="gpu")  # type: ignore[arg-type]


def kept(settings: TrainerSettings) -> set[str]:
    places = ("runs", "datasets", "evaluations", "adapters")
    return {path.name for place in places for path in (settings.work_dir / place).iterdir()}


LAWFUL = {OURS, LOST, CURRENT, f"sg-good-{CURRENT[:12]}", "sg-good"}


def test_what_is_of_withdrawn_people_goes_and_the_rest_stays(settings: TrainerSettings, project: Project) -> None:
    done = sweeping.sweep(settings)
    assert kept(settings) == LAWFUL
    assert (done.runs, done.evaluations, done.datasets, done.adapters, done.unknown) == (1, 1, 1, 3, 1)
    gone = {"runs": 1, "evaluations": 1, "datasets": 1, "adapters": 3, "unknown": 1}
    assert project.noted == [{"p_worker": "gpu", "p_gone": gone}]
    assert sweeping.last_sweep(settings.work_dir) is not None
    assert sweeping.sweep(settings).here == 0
    assert len(project.noted) == 1


def test_a_dataset_that_is_current_goes_when_a_member_has_withdrawn(
    settings: TrainerSettings, project: Project
) -> None:
    project.without_consent = {CURRENT}
    sweeping.sweep(settings)
    assert CURRENT not in kept(settings)


def test_a_run_that_is_at_work_is_left_for_the_next_sweep(settings: TrainerSettings, project: Project) -> None:
    assert project
    with RunFolder(settings.runs_dir / THEIRS).locked():
        assert sweeping.sweep(settings).held == 1
        assert THEIRS in kept(settings)
    assert sweeping.sweep(settings).runs == 1


def test_what_cannot_be_deleted_is_named_and_keeps_nothing_else(
    settings: TrainerSettings, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.rmtree
    stuck = settings.adapters_dir / "sg-bad"

    def refuse(path: Path, **named: Any) -> None:
        if Path(path) == stuck:
            raise PermissionError(13, "Permission denied")
        real(path, **named)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(NotForgotten, match="sg-bad: Permission denied"):
        sweeping.sweep(settings)
    assert kept(settings) == LAWFUL | {"sg-bad"}
    assert sweeping.last_sweep(settings.work_dir) is None
    assert project.noted


def test_while_the_project_does_not_answer_the_last_complete_sweep_is_told(
    settings: TrainerSettings, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    sweeping.sweep(settings)
    last = json.loads((settings.work_dir / sweeping.LAST_FILE).read_text())["at"]
    project.is_there = False
    with pytest.raises(ProjectUnreachable):
        sweeping.sweep(settings)
    assert f"last complete sweep of this machine: {last}" in " ".join(capsys.readouterr().err.split())
    assert sweeping.last_sweep(settings.work_dir) == last


def test_a_machine_that_was_swept_says_so_under_one_name_until_it_keeps_nothing(
    settings: TrainerSettings, project: Project
) -> None:
    sweeping.sweep(settings)
    sweeping.sweep(settings.model_copy(update={"worker": "trainer@another-container"}))
    for place in ("runs", "datasets", "evaluations", "adapters"):
        shutil.rmtree(settings.work_dir / place)
    sweeping.sweep(settings)
    assert {beat["p_service"] for beat in project.beats} == {"trainer-sweep"}
    assert len({beat["p_worker"] for beat in project.beats}) == 1
    facts = [beat["p_facts"] for beat in project.beats]
    assert facts == [{"worker": "gpu"}, {"worker": "trainer@another-container"}, None]


def test_a_beat_that_is_not_taken_fails_no_sweep(
    settings: TrainerSettings, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = project.rpc

    def older(name: str, params: dict[str, Any] | None = None) -> Any:
        if name == "beat":
            raise ProjectUnreachable("The project does not answer.")
        return answer(name, params)

    monkeypatch.setattr(project, "rpc", older)
    assert sweeping.sweep(settings).here
    assert sweeping.last_sweep(settings.work_dir)


def test_a_failed_sweep_is_followed_by_the_next(settings: TrainerSettings, project: Project) -> None:
    project.is_there = False
    pauses: list[float] = []

    def is_over(seconds: float) -> bool:
        pauses.append(seconds)
        project.is_there = True
        return len(pauses) == 2

    sweeping.sweep_until_stopped(settings, 3600, is_over)
    assert pauses == [3600, 3600]
    assert kept(settings) == LAWFUL


def command(words: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environment |= {
        "SUPABASE_URL": "http://127.0.0.1:9",
        "SUPABASE_SECRET_KEY": "k" * 16,
        "SPEECHGRADE_WORK_DIR": str(folder),
    }
    return subprocess.Popen(
        [sys.executable, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_it_goes_on_without_the_project_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with command(["-m", "speechgrade_trainer", "sweep", "--every", "3600"], tmp_path) as process:
        assert process.stderr
        for line in process.stderr:
            if "project_unreachable]" in line.replace(" ", "").replace("[", ""):
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_once_it_fails_when_the_project_does_not_answer(tmp_path: Path) -> None:
    with command(["-m", "speechgrade_trainer", "sweep"], tmp_path) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "project_unreachable" in told
    assert "never" in told


def test_it_loads_no_model_library(tmp_path: Path) -> None:
    code = (
        "import sys; from speechgrade_trainer.running import sweeping; "
        "print([m for m in ('torch', 'transformers', 'trl', 'peft', 'datasets', 'accelerate') if m in sys.modules])"
    )
    with command(["-c", code], tmp_path) as process:
        assert process.communicate(timeout=60)[0].strip() == "[]"
