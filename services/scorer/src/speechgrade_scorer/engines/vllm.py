"""A thin client of vLLM's OpenAI-compatible API and of its adapter routes. Nobody else talks to the engine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from speechgrade_scorer.engines.log_probabilities import tokens_of
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.errors import EngineRefused, EngineUnavailable, ModelUnknown, TooLarge
from speechgrade_scorer.settings import ScorerSettings

REQUEST_ID = "x-request-id"
_ADMIN_TIMEOUT = httpx.Timeout(30.0, connect=2.0)
_PROBE_TIMEOUT = httpx.Timeout(3.0, connect=2.0)


class Engine:
    """An engine at one address. Every call has a time limit and fails with an error of our tree."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=2.0),
            transport=transport,
            trust_env=False,
        )

    @classmethod
    def from_settings(cls, settings: ScorerSettings) -> Self:
        key = settings.engine_api_key
        return cls(
            settings.engine_url,
            api_key=key.get_secret_value() if key else None,
            timeout_s=settings.score_deadline_s,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def complete(self, question: Question, *, trace: Mapping[str, str] | None = None) -> Completion:
        """Ask for one answer.

        Raises:
            EngineUnavailable: no answer, or a failure inside the engine.
            ModelUnknown: the engine does not serve this model.
            TooLarge: prompt and answer do not fit the model's context.
            EngineRefused: the request is refused for another reason.
        """
        response = await self._call("POST", "/v1/chat/completions", json=question.as_body(), headers=dict(trace or {}))
        return _completion(_json(response))

    async def model_names(self) -> frozenset[str]:
        """Every name that may be asked for: the base and the loaded adapters."""
        body = _json(await self._call("GET", "/v1/models", timeout=_ADMIN_TIMEOUT))
        try:
            return frozenset(str(card["id"]) for card in body["data"])
        except (KeyError, TypeError) as error:
            raise EngineUnavailable("The engine's list of models cannot be read.") from error

    async def load_adapter(self, name: str, folder: Path) -> None:
        body = {"lora_name": name, "lora_path": str(folder)}
        await self._call("POST", "/v1/load_lora_adapter", json=body, timeout=_ADMIN_TIMEOUT)

    async def unload_adapter(self, name: str) -> None:
        """Stop serving an adapter; one that is not loaded is no error."""
        try:
            await self._call("POST", "/v1/unload_lora_adapter", json={"lora_name": name}, timeout=_ADMIN_TIMEOUT)
        except ModelUnknown:
            return

    async def version(self) -> str:
        """What runs there, as ``vllm/<version>``."""
        body = _json(await self._call("GET", "/version", timeout=_PROBE_TIMEOUT))
        return f"vllm/{body.get('version', 'unknown')}"

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise EngineUnavailable("The engine did not answer.") from error
        if response.is_success:
            return response
        raise _refusal(response)


def _refusal(response: httpx.Response) -> EngineUnavailable | ModelUnknown | EngineRefused | TooLarge:
    status = response.status_code
    if status == 404:
        return ModelUnknown("The engine does not serve this model.")
    if status >= 500 or status in (408, 425, 429):
        return EngineUnavailable(f"The engine answered with status {status}.")
    # The engine's own words may quote the prompt, so they are looked at but never passed on.
    if status == 400 and "context length" in response.text:
        return TooLarge("The transcript is too long for the model.")
    return EngineRefused(f"The engine refused the request (status {status}).")


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise EngineUnavailable("The engine's answer cannot be read.") from error
    if not isinstance(body, dict):
        raise EngineUnavailable("The engine's answer cannot be read.")
    return body


def _completion(body: Mapping[str, Any]) -> Completion:
    try:
        choice, usage = body["choices"][0], body.get("usage") or {}
        return Completion(
            model=str(body["model"]),
            text=str(choice["message"]["content"] or ""),
            finish_reason=str(choice["finish_reason"]),
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
            tokens=tokens_of(choice),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise EngineUnavailable("The engine's answer cannot be read.") from error
