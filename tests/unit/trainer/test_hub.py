"""A push to the hub: off unless two switches say otherwise, and then private or not at all."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from speechgrade_trainer import offline
from speechgrade_trainer.errors import ExportRefused, PushDisabled
from speechgrade_trainer.registry import hub
from speechgrade_trainer.settings import TrainerSettings

pytestmark = pytest.mark.usefixtures("no_network")


def settings(**changes: Any) -> TrainerSettings:
    return TrainerSettings(
        supabase_url="http://127.0.0.1:9", supabase_secret_key="k" * 16, **({"hf_hub_offline": ""} | changes)
    )


@pytest.mark.parametrize(
    "changes", [{}, {"allow_hub_push": True, "hf_hub_offline": "1"}, {"allow_hub_push": True, "hf_hub_offline": "yes"}]
)
def test_nothing_is_sent_unless_the_operator_allows_it_twice(changes: dict[str, Any]) -> None:
    with pytest.raises(PushDisabled) as refused:
        hub.push_adapter(settings(**changes), "latest", "school/adapter")
    assert refused.value.code == "push_disabled"


class Hub:
    """Keeps what it is told, and sends nothing."""

    told: list[tuple[str, Any]]
    is_private = True

    def create_repo(self, repository: str, *, private: bool, exist_ok: bool) -> None:
        assert exist_ok
        self.told.append((f"create {repository}", private))

    def repo_info(self, repository: str) -> SimpleNamespace:
        assert repository
        return SimpleNamespace(private=self.is_private)

    def upload_folder(self, *, repo_id: str, folder_path: str, commit_message: str) -> None:
        self.told.append((f"upload {repo_id} {commit_message}", folder_path))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, Any]]:
    package = SimpleNamespace(name="sg-1", digest="1" * 64, folder=tmp_path)
    monkeypatch.setattr(hub, "fetch", lambda *_: package)
    monkeypatch.setattr(hub, "let_libraries_reach_the_hub", lambda: None)
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    Hub.told = []
    return Hub.told


def test_what_is_allowed_goes_to_a_private_repository(told: list[tuple[str, Any]], tmp_path: Path) -> None:
    pushed = hub.push_adapter(settings(allow_hub_push=True), "latest", "school/adapter")
    assert told == [("create school/adapter", True), ("upload school/adapter sg-1", str(tmp_path))]
    assert pushed["repository"] == "school/adapter"


def test_a_repository_that_is_public_already_gets_nothing(
    told: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "is_private", False)
    with pytest.raises(ExportRefused) as refused:
        hub.push_adapter(settings(allow_hub_push=True), "latest", "school/adapter")
    assert refused.value.code == "repository_public"
    assert not [what for what, _ in told if what.startswith("upload")]


def test_our_own_choice_can_be_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    offline.let_libraries_reach_the_hub()
    assert TrainerSettings(supabase_url="http://x", supabase_secret_key="k" * 16).is_hub_offline is False  # type: ignore[arg-type]
