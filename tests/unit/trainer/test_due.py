"""A training on a schedule: what is new enough to train, and what only is promoted."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from speechgrade_shared.project import SupabaseProject
from speechgrade_trainer.errors import PromotionRefused
from speechgrade_trainer.recipe import NamedRecipe
from speechgrade_trainer.registry import aliases
from speechgrade_trainer.running.due import due
from speechgrade_trainer.running.scheduled import promote_passed
from speechgrade_trainer.running.taking import fingerprint
from speechgrade_trainer.settings import TrainerSettings
from speechgrade_trainer.training.base import Base

from .material import recipe

NAMED = NamedRecipe(name="micro", recipe=recipe())
BASE = Base("speechgrade/micro-mistral", "r1", Path())
NOW, BEFORE = "d" * 64, "e" * 64


class Project:
    """A project in which the recipe was trained on the current dataset, and nothing has happened since."""

    def __init__(self) -> None:
        self.champion = "approved"
        self.tables: dict[str, list[dict[str, Any]]] = {
            "datasets": [
                {"id": "1", "digest": BEFORE, "status": "superseded"},
                {"id": "2", "digest": NOW, "status": "current"},
            ],
            "training_runs": [self.run("old", "1", BEFORE, "2026-01-01"), self.run("new", "2", NOW, "2026-02-01")],
            "adapters": [{"digest": "a", "name": "sg-new", "status": "candidate", "run_id": "new"}],
        }

    @staticmethod
    def run(name: str, dataset: str, digest: str, at: str, named: NamedRecipe = NAMED) -> dict[str, Any]:
        return {
            "id": name,
            "recipe": named.name,
            "status": "succeeded",
            "dataset_id": dataset,
            "recipe_sha256": named.recipe.sha256(),
            "fingerprint": fingerprint(digest, named, BASE),
            "created_at": at,
        }

    def rows(self, table: str, _columns: str, *, key: str, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
        assert key
        return iter([row for row in self.tables[table] if where.items() <= row.items()])

    def rpc(self, name: str) -> list[dict[str, Any]]:
        assert name == "alias_overview"
        return [{"alias": "champion", "status": self.champion}, {"alias": "challenger", "status": "tainted"}]


@pytest.fixture
def project() -> Project:
    return Project()


def decided(project: Project, base: Base = BASE) -> tuple[bool, str]:
    found = due(project, NAMED, base)  # type: ignore[arg-type]
    assert found.sentence
    return found.is_due, found.code


def test_a_day_without_news_trains_nothing(project: Project) -> None:
    assert decided(project) == (False, "unchanged")


def test_what_has_changed_is_named(project: Project) -> None:
    assert decided(project, Base(BASE.model, "r2", Path())) == (True, "base_changed")
    project.tables["training_runs"].pop()
    assert decided(project) == (True, "dataset_changed")
    project.tables["training_runs"].clear()
    assert decided(project) == (True, "never_trained")
    other = NamedRecipe(name="micro", recipe=recipe(epochs=7))
    project.tables["training_runs"] = [project.run("new", "2", NOW, "2026-02-01", other)]
    assert decided(project) == (True, "recipe_changed")


@pytest.mark.parametrize("status", ["failed", "interrupted", "cancelled"])
def test_a_run_that_did_not_succeed_has_learned_nothing(project: Project, status: str) -> None:
    project.tables["training_runs"][-1]["status"] = status
    assert decided(project) == (True, "dataset_changed")


@pytest.mark.parametrize("status", ["tainted", "purged"])
def test_an_adapter_that_may_not_answer_any_more_is_trained_anew(project: Project, status: str) -> None:
    project.tables["adapters"][0]["status"] = status
    assert decided(project) == (True, "adapter_withdrawn")


def test_a_tainted_champion_is_replaced_by_what_was_trained_since_or_by_a_training(project: Project) -> None:
    project.champion = "tainted"
    found = due(project, NAMED, BASE)  # type: ignore[arg-type]
    assert (found.is_due, "sg-new" in found.sentence, "promote" in found.sentence) == (False, True, True)
    project.tables["training_runs"].pop()
    assert "champion is tainted" in due(project, NAMED, BASE).sentence  # type: ignore[arg-type]
    assert decided(project) == (True, "dataset_changed")


def test_without_a_dataset_there_is_nothing_to_do(project: Project) -> None:
    project.tables["datasets"].clear()
    assert decided(project) == (False, "dataset_missing")


def test_another_recipe_of_the_project_does_not_count(project: Project) -> None:
    for run in project.tables["training_runs"]:
        run["recipe"] = "other"
    assert decided(project) == (True, "never_trained")


def test_the_decision_loads_no_model_library() -> None:
    code = (
        "import sys; from speechgrade_trainer.running import due, scheduled; "
        "print([m for m in ('torch', 'transformers', 'trl', 'peft', 'datasets', 'accelerate') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("refusal", [None, "gate_failed"])
def test_a_new_adapter_is_promoted_by_the_gate_alone(monkeypatch: pytest.MonkeyPatch, refusal: str | None) -> None:
    asked: list[tuple[Any, ...]] = []

    def promote(*given: Any, **named: Any) -> None:
        asked.append((*given[1:], named))
        if refusal:
            raise PromotionRefused("It did not pass.", code=refusal)

    monkeypatch.setattr(aliases, "promote", promote)
    monkeypatch.setattr(SupabaseProject, "from_settings", lambda _: SimpleNamespace(close=lambda: None))
    manifest = SimpleNamespace(dataset_digest=NOW)
    registered = SimpleNamespace(run_id="run-1", package=SimpleNamespace(name="sg-new", digest="a", manifest=manifest))
    settings = TrainerSettings(supabase_url="http://127.0.0.1:9", supabase_secret_key="k" * 16, worker="cron")  # type: ignore[arg-type]
    promotion = promote_passed(settings, registered)  # type: ignore[arg-type]
    assert (promotion.is_promoted, promotion.code) == (refusal is None, refusal or "promoted")
    ((digest, actor, reason, named),) = asked
    assert (digest, actor, named) == ("a", "cron", {})
    assert "run-1" in reason
