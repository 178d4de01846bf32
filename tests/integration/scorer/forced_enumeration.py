"""What a grammar's distribution must be, found without a grammar: every allowed token is forced, and its chance read."""

import math
from collections.abc import Sequence
from typing import Any

import httpx


def forced_chances(engine_url: str, model: str, prompt: Sequence[int], allowed: Sequence[Sequence[int]]) -> list[float]:
    """The chance of each group of tokens after ``prompt``, among the groups alone."""
    weights = [sum(math.exp(_logprob(engine_url, model, [*prompt, token])) for token in tokens) for tokens in allowed]
    return [weight / sum(weights) for weight in weights]


def told_ids(engine_url: str, body: dict[str, Any]) -> tuple[list[int], list[int]]:
    """The ids of the prompt and of the answer to a chat request."""
    answered = _post(engine_url, "/v1/chat/completions", body | {"return_token_ids": True})
    return answered["prompt_token_ids"], answered["choices"][0]["token_ids"]


def _logprob(engine_url: str, model: str, tokens: Sequence[int]) -> float:
    body = {"model": model, "prompt": list(tokens), "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0}
    last = _post(engine_url, "/v1/completions", body)["choices"][0]["prompt_logprobs"][-1]
    return float(last[str(tokens[-1])]["logprob"])


def _post(engine_url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = httpx.post(f"{engine_url}{path}", json=body, timeout=60, trust_env=False)
    response.raise_for_status()
    return dict(response.json())
