"""Answers by vLLM over its OpenAI-compatible API: the same messages, schema and limits as the scorer sends.

The scorer asks for log-probabilities besides, which change no answer.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import httpx
from speechgrade_shared.answer import answer_schema

from speechgrade_trainer.errors import EngineFailed
from speechgrade_trainer.evaluation.asking import Question, Reply
from speechgrade_trainer.evaluation.figures import BASE
from speechgrade_trainer.evaluation.vllm_server import Server

_AT_ONCE = 32
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)


class VllmAnswerer:
    """Asks a running engine by the names of its adapters; ``base`` is the model without any."""

    def __init__(self, server: Server, base_model: str, max_tokens: int) -> None:
        self._server, self._base_model, self._max_tokens = server, base_model, max_tokens

    @property
    def engine(self) -> str:
        return f"vllm {self._server.version}"

    def replies(self, who: str, questions: Sequence[Question], tell: Callable[[int], None]) -> list[Reply]:
        """One reply per question, in order; ``tell`` hears about each.

        Raises:
            EngineFailed: the engine refuses, fails or is silent.
        """
        model = self._base_model if who == BASE else who
        headers = {"Authorization": f"Bearer {self._server.api_key}"}
        limits = httpx.Limits(max_connections=_AT_ONCE)
        found: dict[int, Reply] = {}
        with (
            httpx.Client(
                base_url=self._server.url, headers=headers, timeout=_TIMEOUT, limits=limits, trust_env=False
            ) as http,
            ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="asking") as pool,
        ):
            asked = {
                pool.submit(self._reply, http, self._body(model, question)): place
                for place, question in enumerate(questions)
            }
            try:
                for done in as_completed(asked):
                    found[asked[done]] = done.result()
                    tell(len(found))
            finally:
                # After a failure nobody waits for the rest.
                pool.shutdown(wait=False, cancel_futures=True)
        return [found[place] for place in range(len(questions))]

    def _body(self, model: str, question: Question) -> dict[str, Any]:
        schema = {"name": "scores", "schema": answer_schema(question.example.rubric), "strict": True}
        return {
            "model": model,
            "messages": [dict(turn) for turn in question.example.prompt],
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_tokens": self._max_tokens,
            "temperature": question.temperature,
            "seed": question.seed,
        }

    def _reply(self, http: httpx.Client, body: dict[str, Any]) -> Reply:
        try:
            response = http.post("/v1/chat/completions", json=body)
            answered = response.raise_for_status().json()
            choice = answered["choices"][0]
            model, text, reason = answered["model"], choice["message"]["content"] or "", choice["finish_reason"]
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise EngineFailed(f"The engine answered with status {status}; its log is {self._server.log}.") from error
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
            raise EngineFailed(f"The engine did not answer; its log is {self._server.log}.") from error
        if model != body["model"]:
            raise EngineFailed("Another model answered than was asked.")
        return Reply(str(text), reason == "stop")
