"""A scorer whose project and engine are scripted, so that every failure can be had at will."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import httpx
import pytest
from pydantic import SecretStr
from speechgrade_scorer.api.app import create_app
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.digest import sha256_hex, tree_digest
from speechgrade_shared.errors import ObjectMissing
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.prompt import RENDERER_VERSION

from .kept_scores import KeptScores

TOKEN = "t" * 40
BASE = "tiny-base"
RUBRIC = {
    "name": "Short",
    "totalPoints": 10,
    "gradeScale": {"A": {"min": 90, "label": "Fine"}},
    "categories": [
        {"name": "Content", "subcategories": [{"name": "Hook", "points": 4}, {"name": "Proof", "points": 4}]},
        {"name": "Time", "points": 2, "subcategories": []},
    ],
}
GOOD = {
    "sections": {
        "Content": {"feedback": "Clear.", "points": {"Hook": 3.5, "Proof": 4}},
        "Time": {"feedback": "Short.", "points": {"Time": 2}},
    },
    "overallComments": "Well done.",
}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


class FakeProject(KeptScores):
    """The part of ``SupabaseProject`` that the scorer uses, in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.state: list[dict[str, Any]] = []
        self.approved: set[str] = set()
        self.objects: dict[str, bytes] = {}
        self.failures: dict[str, Exception] = {}

    def rpc(self, name: str, params: dict[str, Any] | None = None) -> Any:
        if name in self.failures:
            raise self.failures[name]
        return getattr(self, f"_{name}")(**(params or {}))

    def close(self) -> None:
        """Nothing to give back."""

    def download(self, bucket: str, path: str) -> bytes:
        assert bucket == "llm-adapters"
        if path not in self.objects:
            raise ObjectMissing("An object is not in its bucket.")
        return self.objects[path]

    def download_to(self, bucket: str, path: str, target: Path) -> str:
        data = self.download(bucket, path)
        target.write_bytes(data)
        return sha256_hex(data)

    def add_adapter(self, seed: str = "one", **changes: Any) -> dict[str, Any]:
        """Put an adapter into the bucket and make it the champion."""
        config = json.dumps({"base_model_name_or_path": BASE, "r": 8, "seed": seed}).encode()
        contents = {"adapter_config.json": config, "adapter_model.safetensors": f"weights {seed}".encode()}
        files = {path: sha256_hex(data) for path, data in contents.items()}
        digest = tree_digest(files)
        row = {
            "scope_kind": "default",
            "scope_id": "",
            "alias": "champion",
            "servable": True,
            "status": "approved",
            "digest": digest,
            "name": adapter_name(digest),
            "base_model": BASE,
            "base_revision": "1",
            "renderer_version": RENDERER_VERSION,
            "lora_rank": 8,
            "object_prefix": f"adapters/{digest}",
            "files": files,
        } | changes
        self.objects |= {f"{row['object_prefix']}/{path}": data for path, data in contents.items()}
        self.state = [row]
        self.approved.add(row["name"])
        return row

    def add_evaluation(self, transcript: str | None = "My speech is about bees.", **changes: Any) -> str:
        evaluation_id = str(uuid4())
        row = {
            "evaluation_id": evaluation_id,
            "evaluation": {"transcript": transcript, "evaluation_data": {}},
            "rubric": {"name": "Short", "total_points": 10, "categories": RUBRIC["categories"]},
            "roster": {"people": [{"role": "speaker", "first_name": "Noor", "last_name": "Quill"}], "courses": []},
        }
        self.evaluations[evaluation_id] = row | changes
        return evaluation_id

    def _serving_state(self) -> list[dict[str, Any]]:
        return self.state

    def _still_approved(self, p_names: list[str]) -> list[str]:
        return [name for name in p_names if name in self.approved]


Reply = Callable[[dict[str, Any]], httpx.Response] | Exception


class FakeEngine:
    """An engine that answers chat requests with the scripted replies; the last one is repeated."""

    def __init__(self) -> None:
        self.loaded: set[str] = set()
        self.asked: list[dict[str, Any]] = []
        self.headers: list[httpx.Headers] = []
        self.replies: list[Reply] = [says(GOOD)]
        self.base = BASE
        self.delay_s = 0.0

    def client(self) -> Engine:
        async def slow(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/v1/chat/completions":
                await anyio.sleep(self.delay_s)
            return self._answer(request)

        return Engine("http://engine.invalid", transport=httpx.MockTransport(slow))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        match request.url.path:
            case "/v1/models":
                return httpx.Response(200, json={"data": [{"id": name} for name in (self.base, *self.loaded)]})
            case "/version":
                return httpx.Response(200, json={"version": "0"})
            case "/v1/load_lora_adapter":
                assert (Path(body["lora_path"]) / "adapter_config.json").is_file()
                self.loaded.add(body["lora_name"])
                return httpx.Response(200)
            case "/v1/unload_lora_adapter":
                self.loaded.discard(body["lora_name"])
                return httpx.Response(200)
        self.asked.append(body)
        self.headers.append(request.headers)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        if body["model"] not in {self.base, *self.loaded}:
            return httpx.Response(404, json={"error": {"message": "no such model"}})
        return reply(body)


def says(answer: object, finish_reason: str = "stop", model: str | None = None) -> Reply:
    text = answer if isinstance(answer, str) else json.dumps(answer)

    def reply(body: dict[str, Any]) -> httpx.Response:
        choice = {"message": {"content": text}, "finish_reason": finish_reason}
        usage = {"prompt_tokens": 100, "completion_tokens": 20}
        return httpx.Response(200, json={"model": model or body["model"], "choices": [choice], "usage": usage})

    return reply


def fails(status: int, message: str = "secret words of the speech") -> Reply:
    return lambda _body: httpx.Response(status, json={"error": {"message": message}})


@pytest.fixture
def settings(tmp_path: Path) -> ScorerSettings:
    return ScorerSettings(
        supabase_url="http://project.invalid",
        supabase_secret_key=SecretStr("sb_secret_0123456789"),
        engine_url="http://engine.invalid",
        base_model=BASE,
        base_revision="1",
        scorer_token=SecretStr(TOKEN),
        adapter_cache=tmp_path / "adapters",
        sync_interval_s=15,
        claim_interval_s=0.01,
        score_patience_s=0,
        max_transcript_chars=2000,
        max_body_bytes=20_000,
    )


@pytest.fixture
def project() -> FakeProject:
    project = FakeProject()
    project.add_adapter()
    return project


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def service(settings: ScorerSettings, project: FakeProject, engine: FakeEngine) -> ScoringService:
    return ScoringService(settings, project, engine.client())  # type: ignore[arg-type]


@asynccontextmanager
async def calling(service: ScoringService, token: str = TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of a scorer that runs, after its first look at the adapters."""
    async with service.running():
        while service.adapters.serving.problem == "starting":
            await anyio.sleep(0)
        transport = httpx.ASGITransport(create_app(service))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://scorer", headers=headers) as client:
            yield client


@pytest.fixture
async def client(service: ScoringService) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with the token."""
    async with calling(service) as client:
        yield client
