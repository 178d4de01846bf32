"""Settings: every problem at once, by the name that the operator must set, never with its value."""

import pytest
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
