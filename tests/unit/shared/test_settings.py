"""Settings: every problem at once, by the name that the operator must set, never with its value."""

from pathlib import Path

import pytest
from speechgrade_shared import settings as settings_module
from speechgrade_shared.errors import SettingsInvalid
from speechgrade_shared.settings import ProjectSettings, load


def test_every_problem_is_named_at_once_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", "ftp://secret-place")
    monkeypatch.setenv("SPEECHGRADE_PROJECT_TIMEOUT_S", "soon")
    monkeypatch.delenv("SUPABASE_SECRET_KEY", raising=False)
    with pytest.raises(SettingsInvalid) as caught:
        load(ProjectSettings)
    text = caught.value.public
    assert "SUPABASE_SECRET_KEY: is not set" in text
    assert "SUPABASE_URL: must begin with http" in text
    assert "SPEECHGRADE_PROJECT_TIMEOUT_S" in text
    assert "secret-place" not in text
    assert "soon" not in text


def test_good_settings_are_frozen_and_keep_the_key_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", "https://project.example/")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_" + "x" * 20)
    settings = load(ProjectSettings)
    assert settings.supabase_url == "https://project.example"
    assert "xxxx" not in repr(settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.log_level = "debug"


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https://a project.example",
        "https://project.example:port",
        "https://project.example/rest/v1/",
        "https://supabase.example/dashboard/project/abcdefghijklmnopqrst",
    ],
)
def test_what_is_no_address_of_a_project_is_refused_before_anybody_is_asked(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("SUPABASE_URL", address)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_" + "x" * 20)
    with pytest.raises(SettingsInvalid, match="SUPABASE_URL: "):
        load(ProjectSettings)


def test_what_a_file_or_a_page_leaves_on_a_key_is_taken_off_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", " http://gateway:8000/\n")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", f"sb_secret_{'x' * 20}\r\n")
    settings = load(ProjectSettings)
    assert settings.supabase_url == "http://gateway:8000"
    assert settings.supabase_secret_key.get_secret_value() == f"sb_secret_{'x' * 20}"
    monkeypatch.setenv("SUPABASE_SECRET_KEY", f"sb_secret_…{'x' * 20}")
    with pytest.raises(SettingsInvalid, match="SUPABASE_SECRET_KEY: must be one word"):
        load(ProjectSettings)


def test_a_setting_that_is_left_empty_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://gateway:8000")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_" + "x" * 20)
    for name in ("PROJECT_TIMEOUT_S", "DATASET_BUCKET", "LOG_JSON", "OTLP_ENDPOINT"):
        monkeypatch.setenv(f"SPEECHGRADE_{name}", "")
    settings = load(ProjectSettings)
    assert (settings.project_timeout_s, settings.dataset_bucket, settings.log_json) == (30.0, "llm-datasets", True)
    monkeypatch.setenv("SUPABASE_URL", "")
    with pytest.raises(SettingsInvalid, match="SUPABASE_URL: is not set"):
        load(ProjectSettings)


@pytest.fixture
def secrets_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings_module, "SECRETS_DIR", tmp_path)
    monkeypatch.setenv("SUPABASE_URL", "https://project.example")
    monkeypatch.delenv("SUPABASE_SECRET_KEY", raising=False)
    return tmp_path


def test_a_setting_can_be_a_file_named_as_its_variable(secrets_dir: Path) -> None:
    (secrets_dir / "SUPABASE_SECRET_KEY").write_text("sb_secret_of-the-tests\n", "utf-8")
    (secrets_dir / "SPEECHGRADE_LOG_LEVEL").write_text("debug", "utf-8")
    settings = load(ProjectSettings)
    assert settings.supabase_secret_key.get_secret_value() == "sb_secret_of-the-tests"
    assert settings.log_level == "debug"


def test_the_environment_goes_before_a_file(secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets_dir / "SUPABASE_SECRET_KEY").write_text("sb_secret_of-the-tests", "utf-8")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "another-key-of-the-tests")
    assert load(ProjectSettings).supabase_secret_key.get_secret_value() == "another-key-of-the-tests"


def test_a_wrong_file_is_named_without_its_value(secrets_dir: Path) -> None:
    (secrets_dir / "SUPABASE_SECRET_KEY").write_text("too short", "utf-8")
    with pytest.raises(SettingsInvalid, match="SUPABASE_SECRET_KEY: ") as caught:
        load(ProjectSettings)
    assert "too short" not in caught.value.public


def test_an_empty_file_is_no_value(secrets_dir: Path) -> None:
    (secrets_dir / "SUPABASE_SECRET_KEY").write_text("sb_secret_of-the-tests", "utf-8")
    (secrets_dir / "SPEECHGRADE_DATASET_BUCKET").write_text("\n", "utf-8")
    assert load(ProjectSettings).dataset_bucket == "llm-datasets"


def test_a_file_that_nobody_can_read_is_named_with_its_mending(secrets_dir: Path) -> None:
    # Bytes that are no text: the tests may run as root, who may read every file.
    (secrets_dir / "SUPABASE_SECRET_KEY").write_bytes(b"\xff\xfes\x00b\x00")
    with pytest.raises(SettingsInvalid, match=r"SUPABASE_SECRET_KEY: cannot be read .* \(chmod 444\)"):
        load(ProjectSettings)


@pytest.mark.filterwarnings("error")
def test_a_machine_without_the_folder_is_not_warned(secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "SECRETS_DIR", secrets_dir / "absent")
    with pytest.raises(SettingsInvalid, match="SUPABASE_SECRET_KEY: is not set"):
        load(ProjectSettings)
