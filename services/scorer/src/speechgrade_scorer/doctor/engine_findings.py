"""Whether the engine is there, serves the base, takes adapters while it runs, and keeps to a grammar."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import uuid4

from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.findings import Finding, Level, fine
from speechgrade_shared.prompt import Message

from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.settings import ScorerSettings

START = (
    "docker compose --profile gpu up -d (no GPU: --profile cpu), or look at its log; a cold start takes minutes.\n"
    "Kubernetes: kubectl get pods -l app.kubernetes.io/name=engine. Elsewhere: check SPEECHGRADE_ENGINE_URL."
)
_FLAGS = "Start the engine as compose.yaml and k8s/base/engine.yaml do: {flags}"
_REFUSED = "The engine wants another key: SPEECHGRADE_ENGINE_API_KEY must be its VLLM_API_KEY. Then start both again."
_GRID: Final = (3, 3.5, 4)
_LONGEST_NOTE = 5
_ASK_S = 60.0
_TOKENS = 64


async def examine_engine(engine: Engine, settings: ScorerSettings) -> AsyncIterator[Finding]:
    """Every finding about the engine; ends early where it does not answer or does not serve the base."""
    try:
        version, models = await engine.version(), await engine.model_names()
    except SpeechgradeError as error:
        fix = _REFUSED if error.code == "engine_refused" else START
        yield Finding(Level.WRONG, "engine", error.code, error.public, fix)
        return
    yield fine("engine", f"answers, {version}")
    if settings.base_model not in models:
        flags = f"--model {settings.base_model} --served-model-name {settings.base_model}"
        detail = f"does not serve {settings.base_model}"
        yield Finding(Level.WRONG, "base", "engine_base_missing", detail, _FLAGS.format(flags=flags))
        return
    yield fine("base", f"{settings.base_model} is served")
    yield await _judge_adapter_routes(engine)
    yield await _judge_grammar(engine, settings.base_model)


async def _judge_adapter_routes(engine: Engine) -> Finding:
    name = "adapters at run time"
    try:
        if await engine.changes_adapters(f"doctor-{uuid4().hex}"):
            return fine(name, "can be loaded and unloaded while it runs")
    except SpeechgradeError as error:
        return Finding(Level.WRONG, name, error.code, error.public, START)
    fix = _FLAGS.format(flags="--enable-lora, and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment")
    return Finding(Level.WRONG, name, "engine_adapters_fixed", "the engine has no route to load an adapter", fix)


async def _judge_grammar(engine: Engine, model: str) -> Finding:
    name = "structured outputs"
    try:
        answer = await engine.complete(_bounded_question(model), within_s=_ASK_S)
    except SpeechgradeError as error:
        fix = "Read the engine's log; it must take response_format json_schema and logprobs (vLLM 0.12 or later)."
        return Finding(Level.WRONG, name, error.code, error.public, fix)
    if not keeps_the_bounds(answer.text):
        fix = _FLAGS.format(flags="no other --structured-outputs-config than theirs, and the base's own chat template")
        detail = "an answer left the bounds of its schema"
        return Finding(Level.WRONG, name, "structured_outputs_ignored", detail, fix)
    return _with_certainty(name, answer)


def _with_certainty(name: str, answer: Completion) -> Finding:
    if answer.tokens:
        return fine(name, "an answer keeps to the bounds of its schema, and tells its probabilities")
    fix = _FLAGS.format(flags="--max-logprobs 10 or more")
    detail = "the engine tells no probabilities, so no score has a certainty"
    return Finding(Level.WARN, name, "log_probabilities_missing", detail, fix)


def keeps_the_bounds(text: str) -> bool:
    """Whether an answer is one that the grammar of the bounded question allows."""
    try:
        answer: Any = json.loads(text)
    except ValueError:
        return False
    if not isinstance(answer, Mapping) or set(answer) != {"points", "note"}:
        return False
    note = answer["note"]
    return answer["points"] in _GRID and isinstance(note, str) and len(note) <= _LONGEST_NOTE


def _bounded_question(model: str) -> Question:
    properties = {"points": {"enum": list(_GRID)}, "note": {"type": "string", "maxLength": _LONGEST_NOTE}}
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    asked = Message("user", "Answer in plain words, not in JSON: why are nine points more than four?")
    return Question(model, [asked], schema, _TOKENS, temperature=0.0, seed=0)
