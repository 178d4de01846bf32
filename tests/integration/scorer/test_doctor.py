"""The failure matrix of the scorer's doctor: each thing is broken for real, and named with its code and its fix.

The project is the real one and the function runs in Deno; the engine is scripted, on a real port.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from pydantic import SecretStr
from speechgrade_scorer.doctor.examination import Wishes, examine
from speechgrade_scorer.doctor.rehearsal import NAME as REHEARSAL
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.findings import Finding, Level
from speechgrade_shared.function_check import examine_function
from speechgrade_shared.manifests import adapter_name

from .conftest import BASE, Campus, settings_for
from .served_scorer import serve
from .test_edge_function import serve_function
from .tiny_models import write_adapter

pytestmark = pytest.mark.stack
GOOD = {
    "sections": {"Content": {"feedback": "Clear.", "points": {"Main point": 2, "Support": 1}}},
    "overallComments": "",
}


@dataclass
class BreakableEngine:
    """vLLM's face as far as the doctor looks at it, sound until a test says otherwise."""

    url: str = ""
    models: set[str] = field(default_factory=lambda: {BASE})
    has_adapter_routes: bool = True
    sees_the_cache: bool = True
    keeps_to_grammar: bool = True
    tells_probabilities: bool = True
    key: str = ""
    answer: Mapping[str, Any] = field(default_factory=lambda: GOOD)

    def reply(self, path: str, asked: Mapping[str, Any], headers: Any) -> tuple[int, object]:
        if self.key and path != "/version" and headers["authorization"] != f"Bearer {self.key}":
            return 401, {"error": "Unauthorized"}
        if path in ("/v1/load_lora_adapter", "/v1/unload_lora_adapter"):
            return self._adapter(path, asked)
        if path == "/v1/chat/completions":
            return 200, self._completion(asked)
        if path == "/v1/models":
            return 200, {"data": [{"id": name} for name in sorted(self.models)]}
        return 200, {"version": "0"}

    def _adapter(self, path: str, asked: Mapping[str, Any]) -> tuple[int, object]:
        name = asked["lora_name"]
        if not self.has_adapter_routes:
            return 404, {"detail": "Not Found"}
        if path.startswith("/v1/load"):
            if not (self.sees_the_cache and Path(asked["lora_path"]).is_dir()):
                return 404, {"error": {"message": "No adapter found", "code": 404}}
            self.models.add(name)
        elif name not in self.models:
            return 404, {"error": {"message": f"The lora adapter '{name}' cannot be found.", "code": 404}}
        self.models.discard(name if path.startswith("/v1/unload") else "")
        return 200, "Success"

    def _completion(self, asked: Mapping[str, Any]) -> object:
        is_probe = "points" in asked["response_format"]["json_schema"]["schema"]["properties"]
        probe = {"points": 3.5, "note": "x"} if self.keeps_to_grammar else {"points": 9, "note": "because nine is more"}
        text = json.dumps(probe if is_probe else self.answer)
        choice: dict[str, Any] = {"message": {"content": text}, "finish_reason": "stop"}
        if self.tells_probabilities:
            token = {"token": text, "logprob": -0.1, "bytes": list(text.encode())}
            choice["logprobs"] = {"content": [{**token, "top_logprobs": [token]}]}
        return {"model": asked["model"], "choices": [choice]}


@pytest.fixture
def engine() -> Iterator[BreakableEngine]:
    engine = BreakableEngine()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
            status, answer = engine.reply(self.path, asked, self.headers)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing of a test's traffic is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        engine.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield engine
        server.shutdown()
        thread.join()


@pytest.fixture
def champion(campus: Campus, tmp_path: Path) -> Iterator[str]:
    """An adapter in its bucket that answers by default; afterwards nobody does."""
    write_adapter(tmp_path / "trained", BASE, seed=uuid.uuid4().int % 2**32)
    digest = campus.upload_adapter(tmp_path / "trained")
    campus.promote(digest)
    yield digest
    campus.run("delete from llm.aliases")


@pytest.fixture
def sound(campus: Campus, engine: BreakableEngine, champion: str, tmp_path: Path) -> ScorerSettings:
    assert champion
    return settings_for(campus, tmp_path / "cache", engine.url)


def examined(
    settings: ScorerSettings, url: str = "http://127.0.0.1:9", *, with_function: bool = False
) -> list[Finding]:
    return anyio.run(examine, settings, Wishes(url, with_function))


def troubles(found: list[Finding]) -> dict[str, Finding]:
    """What is not well, by name, beside that no scorer runs here; each has a fix."""
    wrong = {one.name: one for one in found if one.level is not Level.OK and one.code != "scorer_not_running"}
    assert all(one.fix for one in wrong.values())
    return wrong


def one_trouble(found: list[Finding]) -> tuple[str, Level, str, str]:
    ((name, one),) = troubles(found).items()
    return name, one.level, one.code, one.fix


def test_what_is_sound_is_said_to_be_sound_and_nothing_is_kept(
    campus: Campus, sound: ScorerSettings, champion: str
) -> None:
    before = campus.run("select count(*) as n from llm.scores")
    found = examined(sound)
    assert troubles(found) == {}
    rehearsal = next(one for one in found if one.name == REHEARSAL)
    assert adapter_name(champion) in rehearsal.detail
    assert campus.run("select count(*) as n from llm.scores") == before


BROKEN_ENGINES: list[tuple[Mapping[str, Any], str, str]] = [
    ({"models": {"another/base"}}, "engine_base_missing", "--served-model-name"),
    ({"has_adapter_routes": False}, "engine_adapters_fixed", "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"),
    ({"keeps_to_grammar": False}, "structured_outputs_ignored", "--structured-outputs-config"),
    ({"key": "another key"}, "engine_refused", "SPEECHGRADE_ENGINE_API_KEY"),
]


@pytest.mark.parametrize(
    ("change", "code", "fix"), BROKEN_ENGINES, ids=lambda case: case if isinstance(case, str) else ""
)
def test_an_engine_that_is_not_as_it_must_be(
    sound: ScorerSettings, engine: BreakableEngine, change: Mapping[str, Any], code: str, fix: str
) -> None:
    for name, value in change.items():
        setattr(engine, name, value)
    _, level, found, said = one_trouble(examined(sound))
    assert (level, found) == (Level.WRONG, code)
    assert fix in said


def test_an_engine_that_is_down(sound: ScorerSettings) -> None:
    _, level, code, fix = one_trouble(examined(sound.model_copy(update={"engine_url": "http://127.0.0.1:9"})))
    assert (level, code) == (Level.WRONG, "engine_unavailable")
    assert "docker compose" in fix
    assert "kubectl" in fix


def test_an_engine_that_tells_no_probabilities_is_only_warned_about(
    sound: ScorerSettings, engine: BreakableEngine
) -> None:
    engine.tells_probabilities = False
    _, level, code, fix = one_trouble(examined(sound))
    assert (level, code) == (Level.WARN, "log_probabilities_missing")
    assert "--max-logprobs" in fix


def test_an_engine_that_does_not_see_the_cache(sound: ScorerSettings, engine: BreakableEngine) -> None:
    engine.sees_the_cache = False
    found = troubles(examined(sound))
    assert "SPEECHGRADE_ENGINE_ADAPTER_CACHE" in found["adapters in the engine"].fix
    assert REHEARSAL in found


def test_an_answer_that_fits_no_rubric_is_heard_in_the_rehearsal(
    sound: ScorerSettings, engine: BreakableEngine
) -> None:
    engine.answer = {"sections": {}}
    name, level, code, _ = one_trouble(examined(sound))
    assert (name, level) == (REHEARSAL, Level.WRONG)
    assert code.startswith("answer_")


def test_a_cache_that_cannot_be_written(sound: ScorerSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    _, level, code, fix = one_trouble(examined(sound.model_copy(update={"adapter_cache": tmp_path / "file"})))
    assert (level, code) == (Level.WRONG, "adapter_cache_failed")
    assert "65532" in fix


def test_nobody_was_promoted(campus: Campus, sound: ScorerSettings) -> None:
    campus.run("delete from llm.aliases")
    _, level, code, fix = one_trouble(examined(sound))
    assert (level, code) == (Level.WRONG, "no_champion")
    assert "speechgrade-trainer promote" in fix
    with_base = sound.model_copy(update={"score_fallback": ("base",)})
    assert troubles(examined(with_base))["champion"].level is Level.WARN


def test_the_champion_is_tainted(campus: Campus, sound: ScorerSettings, champion: str) -> None:
    campus.taint(champion)
    _, level, code, fix = one_trouble(examined(sound))
    assert (level, code) == (Level.WRONG, "adapter_tainted")
    assert "speechgrade-trainer train" in fix


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("renderer_version = 'r0-other'", ("adapter_renderer_mismatch", "another release")),
        ("base_revision = 'other'", ("adapter_base_mismatch", "SPEECHGRADE_BASE_REVISION=other")),
        ("lora_rank = 128", ("adapter_rank_too_large", "--max-lora-rank 128")),
    ],
)
def test_the_champion_does_not_fit(
    campus: Campus, sound: ScorerSettings, champion: str, change: str, told: tuple[str, str]
) -> None:
    campus.run(f"update llm.adapters set {change} where digest = %s", champion)
    _, level, code, fix = one_trouble(examined(sound))
    assert (level, code) == (Level.WRONG, told[0])
    assert told[1] in fix


def test_the_champions_files_are_gone_from_the_bucket(campus: Campus, sound: ScorerSettings, champion: str) -> None:
    campus.project.remove("llm-adapters", [f"adapters/{champion}/adapter_model.safetensors"])
    _, level, code, fix = one_trouble(examined(sound))
    assert (level, code) == (Level.WRONG, "object_missing")
    assert "rollback" in fix


def test_a_key_that_is_not_the_projects(sound: ScorerSettings) -> None:
    found = troubles(examined(sound.model_copy(update={"supabase_secret_key": SecretStr("sb_secret_of_nobody_here")})))
    assert "SUPABASE_SECRET_KEY" in found["project"].fix


def test_a_grant_that_was_taken_away(campus: Campus, sound: ScorerSettings) -> None:
    campus.run("revoke execute on function llm.still_approved(text[]) from service_role")
    try:
        found = troubles(examined(sound))
    finally:
        campus.run("grant execute on function llm.still_approved(text[]) to service_role")
    assert found["grants"].fix == "grant execute on function llm.still_approved(text[]) to service_role;"


def test_a_running_scorer_is_ready_and_one_that_is_not_says_why(campus: Campus, sound: ScorerSettings) -> None:
    with serve(sound) as url:
        _until_ready(url)
        found = examined(sound, url)
        assert troubles(found) == {}
        assert [one.detail for one in found if one.name == "running scorer"] == ["ready"]
        campus.run("delete from llm.aliases")
        assert _eventually(lambda: "running scorer" in troubles(examined(sound, url)))
        found = examined(sound, url)
        assert troubles(found)["running scorer"].code == "scorer_not_ready"
        assert "no_champion" in troubles(found)["running scorer"].detail


def test_a_scorer_that_does_not_run_here_is_a_warning(sound: ScorerSettings) -> None:
    (one,) = [one for one in examined(sound) if one.code == "scorer_not_running"]
    assert one.level is Level.WARN
    assert "docker compose exec scorer" in one.fix


def test_the_function_is_asked_at_its_real_door(campus: Campus, sound: ScorerSettings) -> None:
    key = campus.stack.secret_key
    with serve(sound) as scorer:
        _until_ready(scorer)
        with serve_function(campus, scorer) as url:
            found = list(examine_function(url, key))
            assert [one.code for one in found] == ["ok"] * 6, found
            assert _codes(url, campus.stack.publishable_key) == ["function_key_refused"]
            assert _codes(url, key, renderer="r0-other")[-1] == "renderer_mismatch"
        with serve_function(campus, scorer, SPEECHGRADE_SCORER_TOKEN="w" * 40) as url:
            assert "scorer_credential_refused" in _codes(url, key)
    with serve_function(campus, "http://127.0.0.1:9") as url:
        assert _codes(url, key) == ["ok", "ok", "scorer_unreachable"]
    with serve_function(campus, "") as url:
        assert _codes(url, key) == ["ok", "settings_invalid"]
    assert _codes("http://127.0.0.1:9", key) == ["function_unreachable"]


@pytest.mark.parametrize("is_sound", [True, False])
def test_the_command_answers_in_json_and_by_its_exit_code(sound: ScorerSettings, is_sound: bool) -> None:
    environment = {
        "SUPABASE_URL": sound.supabase_url,
        "SUPABASE_SECRET_KEY": sound.supabase_secret_key.get_secret_value(),
        "SPEECHGRADE_ENGINE_URL": sound.engine_url if is_sound else "http://127.0.0.1:9",
        "SPEECHGRADE_BASE_MODEL": BASE,
        "SPEECHGRADE_BASE_REVISION": "1",
        "SPEECHGRADE_SCORER_TOKEN": sound.scorer_token.get_secret_value(),
        "SPEECHGRADE_ADAPTER_CACHE": str(sound.adapter_cache),
        "SPEECHGRADE_SCORER_PORT": "9",
    }
    command = [sys.executable, "-m", "speechgrade_scorer", "doctor", "--no-function", "--json"]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == (0 if is_sound else 1), done.stderr
    codes = {one["code"] for one in json.loads(done.stdout)}
    assert codes == {"ok", "scorer_not_running"} | (set() if is_sound else {"engine_unavailable"})
    for secret in (environment["SUPABASE_SECRET_KEY"], environment["SPEECHGRADE_SCORER_TOKEN"]):
        assert secret not in done.stdout + done.stderr


def _codes(url: str, key: str, **options: str) -> list[str]:
    found = list(examine_function(url, key, **options))
    assert all(one.fix for one in found if one.level is not Level.OK)
    return [one.code for one in found]


def _until_ready(url: str) -> None:
    assert _eventually(lambda: httpx.get(f"{url}/readyz", trust_env=False).status_code == 200)


def _eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False
