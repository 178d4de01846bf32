"""The scorer on the real project: what is read, what is kept, and what is staged. The engine is scripted."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from speechgrade_scorer.api.answers import answer_of
from speechgrade_scorer.api.payloads import ScoreAnswer
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.errors import EvaluationUnknown, Unscored
from speechgrade_scorer.requests.orders import Order
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.project import SupabaseProject

from .conftest import BASE, Campus
from .tiny_models import write_adapter

pytestmark = [pytest.mark.stack, pytest.mark.anyio]
ANSWER = {
    "sections": {
        "Content": {"feedback": "Clear.", "points": {"Hook": 3.5, "Proof": 2}},
        "Time": {"feedback": "", "points": {"Time": 2}},
    },
    "overallComments": "Fine.",
}


class ScriptedEngine:
    """Loads what it is told to, remembers what it was asked, and says one thing."""

    def __init__(self) -> None:
        self.loaded: set[str] = set()
        self.asked: list[str] = []
        self.answer: Any = ANSWER
        self.before_answer: Callable[[], object] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content or b"{}")
        match request.url.path:
            case "/v1/models":
                return httpx.Response(200, json={"data": [{"id": name} for name in (BASE, *self.loaded)]})
            case "/v1/load_lora_adapter":
                self.loaded.add(body["lora_name"])
            case "/v1/unload_lora_adapter":
                self.loaded.discard(body["lora_name"])
            case "/v1/chat/completions":
                self.asked.append(json.dumps(body))
                self.before_answer()
                choice = {"message": {"content": json.dumps(self.answer)}, "finish_reason": "stop"}
                return httpx.Response(200, json={"model": body["model"], "choices": [choice]})
        return httpx.Response(200, json={"version": "0"})


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
async def service(settings: ScorerSettings, engine: ScriptedEngine) -> AsyncIterator[ScoringService]:
    client = Engine("http://engine.invalid", transport=httpx.MockTransport(engine))
    service = ScoringService(settings, SupabaseProject.from_settings(settings), client)
    async with service.running(takes_up=False):
        while service.adapters.serving.problem == "starting":
            await anyio.sleep(0.01)
        yield service


@pytest.fixture
def champion(campus: Campus, tmp_path: Path) -> str:
    write_adapter(tmp_path / "trained", BASE, seed=uuid.uuid4().int % 2**32)
    digest = campus.upload_adapter(tmp_path / "trained")
    campus.promote(digest)
    return digest


async def ask(service: ScoringService, evaluation: str, key: str | None = None) -> ScoreAnswer:
    await service.adapters.look()
    return answer_of(await service.score(Order("user:1", uuid.UUID(evaluation), key=key)))


async def test_score_and_model_are_kept_together_and_audited(
    service: ScoringService, campus: Campus, engine: ScriptedEngine, champion: str
) -> None:
    evaluation = campus.add_evaluation("I am Noor Quill, taught by Ada Moss in Rhetoric Studio. Bees matter.")
    answer = await ask(service, evaluation)
    kept = campus.score(str(answer.score_id))
    assert answer.adapter is not None
    assert answer.adapter.digest == kept["adapter_digest"] == champion
    assert kept["model_used"] == answer.model_used == campus.model_used(evaluation)
    assert (float(kept["total_points"]), float(kept["max_points"])) == (7.5, 8.5)
    assert kept["sections"] == ANSWER["sections"]
    audit = campus.run("select * from llm.audit_log where action = 'score' order by id desc limit 1")[0]
    assert (audit["actor"], audit["subject"]) == ("user:1", evaluation)
    assert not any(name in engine.asked[0] for name in ("Noor", "Quill", "Moss", "Rhetoric Studio"))


async def test_one_key_keeps_one_row_also_across_scorers(
    service: ScoringService, campus: Campus, engine: ScriptedEngine, champion: str
) -> None:
    assert champion
    evaluation, key = campus.add_evaluation(), uuid.uuid4().hex
    first = await ask(service, evaluation, key)
    engine.answer = json.loads(json.dumps(ANSWER).replace("3.5", "1"))
    assert await ask(service, evaluation, key) == first
    assert len(engine.asked) == 1
    assert len(campus.run("select 1 from llm.scores where evaluation_id = %s", evaluation)) == 1


async def test_an_absent_score_is_kept_and_leaves_the_evaluation_alone(
    service: ScoringService, campus: Campus, engine: ScriptedEngine, champion: str
) -> None:
    assert champion
    engine.answer = {"sections": {}}
    evaluation = campus.add_evaluation()
    with pytest.raises(Unscored) as caught:
        await ask(service, evaluation)
    kept = campus.score(str(caught.value.score_id))
    assert (kept["status"], kept["reason"], kept["sections"], kept["attempts"]) == ("unscored", "answer_shape", None, 3)
    assert campus.model_used(evaluation) is None


async def test_an_evaluation_deleted_meanwhile_gets_no_score(
    service: ScoringService, campus: Campus, engine: ScriptedEngine, champion: str
) -> None:
    assert champion
    evaluation = campus.add_evaluation()
    engine.before_answer = lambda: campus.run("delete from public.evaluations where id = %s", evaluation)
    with pytest.raises(Unscored) as caught:
        await ask(service, evaluation)
    assert (caught.value.code, caught.value.status) == ("evaluation_gone", 410)
    assert campus.score(str(caught.value.score_id))["reason"] == "evaluation_gone"
    with pytest.raises(EvaluationUnknown):
        await ask(service, evaluation)


async def test_the_bucket_is_the_source_of_what_is_staged_and_a_taint_empties_it(
    champion: str, service: ScoringService, campus: Campus, engine: ScriptedEngine, settings: ScorerSettings
) -> None:
    await service.adapters.look()
    name = adapter_name(champion)
    assert name in engine.loaded
    staged = {path.name for path in (settings.adapter_cache / name).iterdir()}
    assert staged == {"adapter_config.json", "adapter_model.safetensors"}
    campus.taint(champion)
    await service.adapters.look()
    assert name not in engine.loaded
    assert not (settings.adapter_cache / name).exists()


async def test_an_object_changed_in_the_bucket_is_refused(
    service: ScoringService, campus: Campus, engine: ScriptedEngine, champion: str
) -> None:
    path = f"adapters/{champion}/adapter_model.safetensors"
    campus.project.upload("llm-adapters", path, b"other weights", "application/octet-stream")
    await service.adapters.look()
    assert "adapter_tampered" in {gap.code for gap in service.adapters.gaps()}
    assert adapter_name(champion) not in engine.loaded


async def test_the_rubric_inside_a_json_string_serves(
    service: ScoringService, campus: Campus, engine: ScriptedEngine, champion: str
) -> None:
    assert champion
    engine.answer = {"sections": {"Wording": {"feedback": "", "points": {"Wording": 4}}}, "overallComments": ""}
    data = json.dumps(json.dumps({"rubric_structure": {"categories": ["Wording"], "totalPoints": 5}}))
    answer = await ask(service, campus.add_evaluation(rubric_id=None, evaluation_data=data))
    assert (answer.total_score, answer.max_score) == (4, 5)
