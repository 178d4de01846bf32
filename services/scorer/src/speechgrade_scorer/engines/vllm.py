"""A thin client of vLLM's OpenAI-compatible API and of its adapter routes. Nobody else talks to the engine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from speechgrade_scorer.engines.connection import Connection, Reply
from speechgrade_scorer.engines.log_probabilities import tokens_of
from speechgrade_scorer.engines.provider import Completion, Question, token_count
from speechgrade_scorer.errors import EngineRefused, EngineUnavailable, ModelUnknown, TooLarge
from speechgrade_scorer.settings import ScorerSettings

REQUEST_ID = "x-request-id"
_ADMIN_S = 30.0
_PROBE_S = 3.0
# Every token of an answer comes with its likeliest alternatives.
_MOST_BYTES = 32 * 1024 * 1024


class Engine:
    """An engine at one address. Every call has a time limit and fails with an error of our tree."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        at_once: int = 16,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._connection = Connection(
            url, api_key=api_key, at_once=at_once, most_bytes=_MOST_BYTES, transport=transport
        )
        self._timeout_s = timeout_s

    @classmethod
    def from_settings(cls, settings: ScorerSettings) -> Self:
        key = settings.engine_api_key
        return cls(
            settings.engine_url,
            api_key=key.get_secret_value() if key else None,
            timeout_s=settings.score_deadline_s,
            at_once=settings.max_concurrent_scores,
        )

    async def close(self) -> None:
        await self._connection.close()

    async def complete(
        self, question: Question, *, trace: Mapping[str, str] | None = None, within_s: float | None = None
    ) -> Completion:
        """Ask for one answer, for at most ``within_s`` seconds.

        Raises:
            EngineUnavailable: no answer, or a failure inside the engine.
            ModelUnknown: the engine does not serve this model.
            TooLarge: prompt and answer do not fit the model's context.
            EngineRefused: the request is refused for another reason.
        """
        limit = self._timeout_s if within_s is None else within_s
        reply = await self._call("POST", "/v1/chat/completions", limit, question.as_body(), headers=trace)
        return _completion(reply.object())

    async def model_names(self) -> frozenset[str]:
        """Every name that may be asked for: the base and the loaded adapters."""
        body = (await self._call("GET", "/v1/models", _ADMIN_S)).object()
        try:
            return frozenset(str(card["id"]) for card in body["data"])
        except (KeyError, TypeError) as error:
            raise EngineUnavailable("The engine's list of models cannot be read.") from error

    async def load_adapter(self, name: str, folder: Path) -> None:
        body = {"lora_name": name, "lora_path": str(folder)}
        await self._call("POST", "/v1/load_lora_adapter", _ADMIN_S, body)

    async def unload_adapter(self, name: str) -> None:
        """Stop serving an adapter; one that is not loaded is no error."""
        try:
            await self._call("POST", "/v1/unload_lora_adapter", _ADMIN_S, {"lora_name": name})
        except ModelUnknown:
            return

    async def version(self) -> str:
        """What runs there, as ``vllm/<version>``."""
        body = (await self._call("GET", "/version", _PROBE_S)).object()
        return f"vllm/{body.get('version', 'unknown')}"

    async def changes_adapters(self, unknown: str) -> bool:
        """Whether it has the routes to load and unload adapters while it runs; ``unknown`` names none that it has."""
        body = {"lora_name": unknown}
        reply = await self._connection.ask("POST", "/v1/unload_lora_adapter", within_s=_PROBE_S, body=body)
        # With the route it says that it has no adapter of this name; without it, it cannot know the name.
        return reply.status not in (404, 405) or unknown.encode() in reply.body

    async def _call(
        self,
        method: str,
        path: str,
        within_s: float,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        reply = await self._connection.ask(method, path, within_s=within_s, body=body, headers=headers)
        if reply.is_success:
            return reply
        raise _refusal(reply)


def _refusal(reply: Reply) -> EngineUnavailable | ModelUnknown | EngineRefused | TooLarge:
    status = reply.status
    if status == 404:
        return ModelUnknown("The engine does not serve this model.")
    if status >= 500 or status in (408, 425, 429):
        return EngineUnavailable(f"The engine answered with status {status}.")
    # The engine's own words may quote the prompt, so they are looked at but never passed on.
    if status == 400 and b"context length" in reply.body:
        return TooLarge("The transcript is too long for the model.")
    return EngineRefused(f"The engine refused the request (status {status}).")


def _completion(body: Mapping[str, Any]) -> Completion:
    try:
        choice, usage = body["choices"][0], body.get("usage")
        model, text = body["model"], choice["message"]["content"]
        if not isinstance(model, str) or not isinstance(text, str | None):
            raise TypeError("a name and a text were expected")
        counts = usage if isinstance(usage, Mapping) else {}
        return Completion(
            model=model,
            text=text or "",
            finish_reason=str(choice["finish_reason"]),
            prompt_tokens=token_count(counts.get("prompt_tokens")),
            completion_tokens=token_count(counts.get("completion_tokens")),
            tokens=tokens_of(choice),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise EngineUnavailable("The engine's answer cannot be read.") from error
