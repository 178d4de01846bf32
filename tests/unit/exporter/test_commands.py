"""Settings and the command line: all problems at once, no secret shown, a code and an exit code for each failure."""

import json
import os
import subprocess
import sys

import pytest
from speechgrade_exporter import commands
from speechgrade_exporter.exporter import RunReport
from speechgrade_exporter.publisher import Publication, PublishOutcome
from speechgrade_exporter.settings import HUMAN, ExporterSettings
from speechgrade_exporter.sweeper import SweepReport
from speechgrade_exporter.worker import WorkReport
from speechgrade_shared.errors import SettingsInvalid
from speechgrade_shared.settings import load
from typer.testing import CliRunner

GOOD = {
    "SUPABASE_URL": "http://localhost:9/",
    "SUPABASE_SECRET_KEY": "key-of-the-tests-only",
    "SPEECHGRADE_SUBJECT_KEY": "a key of the tests with more than 32 bytes",
}


def run(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "speechgrade_exporter", *argv]
    return subprocess.run(command, env=kept | env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_are_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SPEECHGRADE_TRAINABLE_PROVENANCES", "human_authored, human_changed")
    settings = load(ExporterSettings)
    assert settings.trainable_provenances == HUMAN[:2]
    assert settings.supabase_url == "http://localhost:9"
    assert settings.example_rules.key == GOOD["SPEECHGRADE_SUBJECT_KEY"].encode()
    assert not settings.include_timeline_markers


@pytest.mark.parametrize(("said", "days"), [("", None), ("730", 730)])
def test_scores_are_kept_with_their_evaluations_unless_a_limit_is_set(
    environment: pytest.MonkeyPatch, said: str, days: int | None
) -> None:
    assert load(ExporterSettings).keep_scores_days is None
    environment.setenv("SPEECHGRADE_KEEP_SCORES_DAYS", said)
    assert load(ExporterSettings).keep_scores_days == days


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPEECHGRADE_SUBJECT_KEY", "too short"),
        ("SPEECHGRADE_TEST_SHARE", "0.95"),
        ("SPEECHGRADE_TRAINABLE_PROVENANCES", "ai_only,nonsense"),
        ("SPEECHGRADE_BATCH_SIZE", "0"),
        ("SPEECHGRADE_KEEP_SCORES_DAYS", "0"),
    ],
)
def test_wrong_settings_are_refused(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsInvalid) as caught:
        load(ExporterSettings)
    assert value not in caught.value.public


def test_every_missing_setting_is_named_at_once() -> None:
    done = run("once")
    assert done.returncode == 2
    assert "settings_invalid" in done.stderr
    assert all(name in done.stderr for name in GOOD)
    assert "Traceback" not in done.stderr


def test_the_settings_in_effect_are_shown_without_secrets() -> None:
    done = run("--check-config", **GOOD)
    assert done.returncode == 0
    assert json.loads(done.stdout)["batch_size"] == 100
    assert GOOD["SUPABASE_SECRET_KEY"] not in done.stdout
    assert GOOD["SPEECHGRADE_SUBJECT_KEY"] not in done.stdout


@pytest.mark.parametrize(
    "command", [("once",), ("publish", "--json"), ("stats",), ("backfill",), ("replay",), ("pull", "nowhere")]
)
def test_an_unreachable_project_is_a_sentence_with_a_code(command: tuple[str, ...]) -> None:
    done = run(*command, **GOOD)
    assert done.returncode == 1
    assert "project_unreachable" in done.stderr
    assert "Traceback" not in done.stderr


class Swept:
    """An exporter that has swept already; ``excluded`` rows had to be repaired."""

    project = None

    def __init__(self, excluded: int) -> None:
        self._report = RunReport(
            WorkReport(), Publication(PublishOutcome.UNCHANGED), sweep=SweepReport(excluded=excluded)
        )

    def sweep(self, _progress: object, kept: object = None) -> RunReport:
        self.kept = kept
        return self._report


@pytest.mark.parametrize(("excluded", "exit_code"), [(0, 3), (2, 0)])
def test_a_sweep_says_whether_anything_was_wrong(
    monkeypatch: pytest.MonkeyPatch, excluded: int, exit_code: int
) -> None:
    monkeypatch.setattr(commands, "_exporter", lambda: Swept(excluded))
    assert CliRunner().invoke(commands.app, ["sweep", "--json"]).exit_code == exit_code
    assert CliRunner().invoke(commands.app, ["sweep", "--json", "--scheduled"]).exit_code == 0


CERTIFICATE = {
    "format": "speechgrade-erasure/1",
    "id": "5b1d1f0e-97a3-4f0c-a5ce-3f2a52a6a1a0",
    "example_id": "e" * 32,
    "subject_hash": "s" * 32,
    "reason": "student_consent_refused",
    "requested_at": "2026-11-01T10:00:00+00:00",
}


def test_after_a_restored_backup_a_sweep_gets_the_certificates_that_lay_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exporter = Swept(1)
    monkeypatch.setattr(commands, "_exporter", lambda: exporter)
    lines = f"{json.dumps(CERTIFICATE)}\n{json.dumps(CERTIFICATE)}\n"
    assert CliRunner().invoke(commands.app, ["sweep", "--restored", "-"], input=lines).exit_code == 0
    assert exporter.kept == [CERTIFICATE, CERTIFICATE]
    assert CliRunner().invoke(commands.app, ["sweep"]).exit_code == 0
    assert exporter.kept is None


@pytest.mark.parametrize("line", ["no JSON", "{}", json.dumps(CERTIFICATE | {"format": "x"}), "[1]"])
def test_a_file_without_certificates_is_refused_before_anything_is_swept(line: str) -> None:
    done = CliRunner().invoke(commands.app, ["sweep", "--restored", "-"], input=f"{json.dumps(CERTIFICATE)}\n{line}\n")
    assert getattr(done.exception, "code", "") == "certificates_unreadable"


def test_the_doctor_says_what_to_do_about_it() -> None:
    done = run("doctor", "--json", **GOOD)
    assert done.returncode == 1
    findings = json.loads(done.stdout)
    assert [finding["code"] for finding in findings] == ["key_unrecognized", "project_unreachable"]
    assert "SUPABASE_URL" in findings[1]["fix"]


def test_no_heavy_library_comes_in() -> None:
    code = "import sys, speechgrade_exporter.commands, speechgrade_exporter.service, speechgrade_exporter.health;"
    code += "print(sorted({'torch', 'transformers', 'vllm', 'datasets'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
