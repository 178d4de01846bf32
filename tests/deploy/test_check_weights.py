"""k8s/base/check_weights.py: an engine begins on weights that are there and whole, and else says what to do."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from speechgrade_trainer.weights.layout import Place
from speechgrade_trainer.weights.record import RECORD_FILE, Record, RecordedFile

from .manifests import K8S, containers, find, rendered

pytestmark = pytest.mark.deploy
MODEL = "speechgrade/tiny-mistral"
REVISION = "73c0ecb78097"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"config.json": b"{}", "model.safetensors": b"weights"}


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A base as the trainer's own commands leave it."""
    place = Place(tmp_path / "hub", MODEL, REVISION)
    place.blobs.mkdir(parents=True)
    files = {}
    for name, content in FILES.items():
        files[name] = RecordedFile(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        (place.blobs / files[name].sha256).write_bytes(content)
    folder = place.lay_out(COMMIT, {name: file.sha256 for name, file in files.items()})
    Record.of(MODEL, REVISION, COMMIT, files).write(folder)
    return folder


def check(home: Path, revision: str = COMMIT) -> subprocess.CompletedProcess[str]:
    env = {"HF_HOME": str(home), "SPEECHGRADE_BASE_MODEL": MODEL, "SPEECHGRADE_BASE_REVISION": revision}
    command = [sys.executable, "-I", str(K8S / "base/check_weights.py")]
    return subprocess.run(
        command, env=env | {"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("revision", [COMMIT, REVISION])
def test_whole_weights_pass(snapshot: Path, tmp_path: Path, revision: str) -> None:
    done = check(tmp_path, revision)
    assert (done.returncode, done.stderr) == (0, "")
    assert snapshot.is_dir()


def test_an_empty_volume_is_a_sentence_and_what_to_do(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert done.returncode == 1
    assert f"{MODEL} at {COMMIT} is not in {tmp_path / 'hub'}" in done.stderr
    assert "k8s/weights-job" in done.stderr
    assert "Traceback" not in done.stderr


def test_weights_without_a_record_are_not_whole(snapshot: Path, tmp_path: Path) -> None:
    (snapshot / RECORD_FILE).unlink()
    assert "there is no speechgrade-weights.json" in check(tmp_path).stderr


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"files": {"a": 1}}', '{"files": {"a": {"bytes": "many"}}}'])
def test_a_record_that_cannot_be_read_is_said(snapshot: Path, tmp_path: Path, record: str) -> None:
    (snapshot / RECORD_FILE).write_text(record, "utf-8")
    done = check(tmp_path)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_file_that_is_missing_or_cut_off_is_named(snapshot: Path, tmp_path: Path) -> None:
    (snapshot / "config.json").unlink()
    (snapshot / "model.safetensors").resolve().write_bytes(b"wei")
    done = check(tmp_path)
    assert done.returncode == 1
    assert f"config.json of {MODEL} is missing." in done.stderr
    assert f"model.safetensors of {MODEL} has 3 bytes and should have 7." in done.stderr


def test_another_revision_is_another_base(snapshot: Path, tmp_path: Path) -> None:
    assert snapshot.is_dir()
    assert check(tmp_path, "f" * 40).returncode == 1


@pytest.mark.parametrize("folder", ["base", "overlays/kind-cpu"])
def test_the_engine_runs_it_first_on_its_own_weights(folder: str) -> None:
    first, engine = containers(find(rendered(folder), "Deployment", "engine"))
    assert first["command"] == ["python3", "/etc/speechgrade/check_weights.py"]
    assert first["image"] == engine["image"]
    for variable in first["env"]:
        assert variable in engine["env"]
    [mount] = [mount for mount in first["volumeMounts"] if mount["name"] == "models"]
    assert mount in engine["volumeMounts"]
