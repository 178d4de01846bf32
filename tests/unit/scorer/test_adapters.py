"""Only what was registered, verified and fits is loaded; what may not answer any more stops at the next look."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.errors import AdapterRefused, NoChampion
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.digest import sha256_hex, tree_digest
from speechgrade_shared.errors import ProjectUnreachable
from speechgrade_shared.manifests import adapter_name

from .conftest import BASE, FakeEngine, FakeProject, fails

pytestmark = pytest.mark.anyio


async def test_the_champion_is_staged_whole_and_loaded_under_its_digest(
    service: ScoringService, project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    await service.adapters.look()
    champion = service.adapters.route(Scopes()).answering
    assert engine.loaded == {champion.name} == {project.state[0]["name"]}
    staged = settings.adapter_cache / champion.name
    assert {p.name for p in staged.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    assert [p.name for p in settings.adapter_cache.iterdir()] == [champion.name]


@pytest.mark.parametrize("path", ["adapter_model.safetensors", "adapter_config.json"])
async def test_a_changed_object_is_never_loaded(
    service: ScoringService, project: FakeProject, engine: FakeEngine, settings: ScorerSettings, path: str
) -> None:
    project.objects[f"{project.state[0]['object_prefix']}/{path}"] += b" "
    await service.adapters.look()
    assert refusal(service) == "adapter_tampered"
    assert engine.loaded == set()
    assert list(settings.adapter_cache.iterdir()) == []


async def test_a_cached_folder_that_was_changed_is_fetched_again(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine, service: ScoringService
) -> None:
    await service.adapters.look()
    weights = settings.adapter_cache / project.state[0]["name"] / "adapter_model.safetensors"
    weights.write_bytes(b"other")
    engine.loaded.clear()
    await service.adapters.look()
    assert weights.read_bytes() == b"weights one"
    assert service.adapters.route(Scopes()).answering.name in engine.loaded


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"base_model": "other"}, "adapter_base_mismatch"),
        ({"base_revision": "2"}, "adapter_base_mismatch"),
        ({"renderer_version": "r0"}, "adapter_renderer_mismatch"),
        ({"lora_rank": 65}, "adapter_rank_too_large"),
        ({"lora_rank": 16}, "adapter_config_mismatch"),
        ({"digest": "0" * 64, "name": adapter_name("0" * 64)}, "adapter_digest_mismatch"),
        ({"name": "sg-../../etc"}, "adapter_name_invalid"),
        ({"name": "champion"}, "adapter_name_invalid"),
        ({"object_prefix": "elsewhere"}, None),
    ],
)
async def test_an_adapter_that_does_not_fit_is_refused(
    service: ScoringService, project: FakeProject, engine: FakeEngine, changes: dict[str, Any], code: str | None
) -> None:
    project.add_adapter(**changes)
    await service.adapters.look()
    if code is None:
        service.adapters.route(Scopes())
        return
    assert refusal(service) == code
    assert engine.loaded == set()
    assert service.adapters.obstacles() == [code]


@pytest.mark.parametrize(
    "path", ["../escape", "/etc/passwd", "a/../../b", ".hidden", "model.bin", "evil.py", "a//b", ""]
)
async def test_files_that_could_do_harm_are_refused(
    service: ScoringService, project: FakeProject, tmp_path: Path, path: str
) -> None:
    files = project.state[0]["files"] | {path: sha256_hex(b"x")}
    digest = tree_digest(files)
    project.state[0] |= {"files": files, "digest": digest, "name": adapter_name(digest)}
    project.objects[f"{project.state[0]['object_prefix']}/{path}"] = b"x"
    await service.adapters.look()
    assert refusal(service) == "adapter_files_invalid"
    assert not list(tmp_path.rglob("escape"))


async def test_a_tainted_champion_stops_at_the_next_look_and_leaves_the_disk(
    service: ScoringService, project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    await service.adapters.look()
    project.state[0] |= {"servable": False, "status": "tainted"}
    await service.adapters.look()
    with pytest.raises(NoChampion):
        service.adapters.route(Scopes())
    assert engine.loaded == set()
    assert list(settings.adapter_cache.iterdir()) == []


async def test_a_tainted_champion_stops_even_if_the_engine_cannot_be_told(
    service: ScoringService, project: FakeProject, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.adapters.look()
    project.state[0] |= {"servable": False, "status": "tainted"}
    monkeypatch.setattr(engine, "_answer", lambda _request: fails(500)({}))
    broken = engine.client()
    service.adapters._residence.host = broken
    await service.adapters.look()
    with pytest.raises(NoChampion):
        service.adapters.route(Scopes())
    assert "engine_unavailable" in service.adapters.obstacles()
    await broken.close()


async def test_what_cannot_be_confirmed_for_too_long_is_not_served(
    service: ScoringService, project: FakeProject, settings: ScorerSettings
) -> None:
    now = 1000.0
    service.adapters._clock = lambda: now
    await service.adapters.look()
    project.failures["serving_state"] = ProjectUnreachable("no")
    now += settings.serve_unconfirmed_s - 1
    await service.adapters.look()
    assert service.adapters.route(Scopes()).answering
    now += 2
    with pytest.raises(NoChampion) as caught:
        service.adapters.route(Scopes())
    assert caught.value.code == "adapters_stale"


async def test_a_new_champion_replaces_the_old_one_which_stays_a_while_for_other_scorers(
    service: ScoringService, project: FakeProject, engine: FakeEngine, settings: ScorerSettings
) -> None:
    now = 1000.0
    service.adapters._clock = lambda: now
    first = project.state[0]
    await service.adapters.look()
    second = project.add_adapter("two")
    await service.adapters.look()
    assert service.adapters.route(Scopes()).answering.name == second["name"]
    assert engine.loaded == {first["name"], second["name"]}
    await service.adapters.look()
    now += settings.sync_interval_s
    await service.adapters.look()
    assert engine.loaded == {second["name"]}
    await service.adapters.look()
    now += 4 * settings.sync_interval_s
    await service.adapters.look()
    assert [path.name for path in settings.adapter_cache.iterdir()] == [second["name"]]


async def test_one_bad_adapter_does_not_keep_the_others_from_answering(
    service: ScoringService, project: FakeProject
) -> None:
    champion = project.state[0]
    challenger = project.add_adapter("two", alias="challenger", renderer_version="r0")
    project.state = [challenger, champion]
    await service.adapters.look()
    assert service.adapters.route(Scopes()).answering.name == champion["name"]
    assert service.adapters.serving.refused == {challenger["name"]: "adapter_renderer_mismatch"}


async def test_other_peoples_models_in_the_engine_are_left_alone(
    service: ScoringService, engine: FakeEngine, project: FakeProject
) -> None:
    # What another scorer has just loaded may be newer than what this one knows: it is judged at the next look.
    engine.loaded = {"someone-elses", "sg-forgotten"}
    for _ in range(2):
        await service.adapters.look()
    assert engine.loaded == {"someone-elses", project.state[0]["name"]}


def refusal(service: ScoringService) -> str:
    with pytest.raises(AdapterRefused) as caught:
        service.adapters.route(Scopes())
    return caught.value.code


def test_the_fake_config_is_the_one_that_is_checked(project: FakeProject) -> None:
    config = project.objects[f"{project.state[0]['object_prefix']}/adapter_config.json"]
    assert json.loads(config)["base_model_name_or_path"] == BASE


async def test_a_look_that_hangs_is_given_up_and_the_next_one_sees_what_is(
    service: ScoringService, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speechgrade_scorer.adapters.sync._LONGEST_LOOK_S", 0.05)
    answered = project.rpc
    monkeypatch.setattr(project, "rpc", lambda *_: time.sleep(0.3) or [])
    await service.adapters.look()
    assert service.adapters.obstacles() == ["sync_timeout"]
    monkeypatch.setattr(project, "rpc", answered)
    monkeypatch.undo()
    await service.adapters.look()
    assert service.adapters.obstacles() == []
