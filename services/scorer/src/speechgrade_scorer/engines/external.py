"""A client of any OpenAI-compatible API: a fallback elsewhere, or the primary engine by configuration.

It is asked with anonymized text only, which is the scorer's to ensure, and it hears nothing of us but the question: no
ids, no trace. It is named as it names itself, since hosted names carry dates (``x`` answers as ``x-2026-01-01``).
"""

import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from speechgrade_scorer.engines.connection import Connection, Reply
from speechgrade_scorer.engines.deadline import Deadline
from speechgrade_scorer.engines.dialect import SCHEMA, portable_body, refused_parameter
from speechgrade_scorer.engines.provider import Completion, Question, token_count
from speechgrade_scorer.errors import EngineRefused, EngineUnavailable, ModelUnknown, TooLarge

_MOST_BYTES = 4 * 1024 * 1024
_VERSION = re.compile(r"v\d+[a-z0-9]*")
# It goes on a student's record, where + parts the names.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,159}")
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_NOT_UNDERSTOOD = {400, 422}
_TOO_LONG_CODES = {"context_length_exceeded", "string_above_max_length"}


class ExternalModel:
    """A model at an OpenAI-compatible API."""

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
            api_base(url), api_key=api_key, at_once=at_once, most_bytes=_MOST_BYTES, transport=transport
        )
        self._timeout_s = timeout_s
        self._refused: frozenset[str] = frozenset()

    async def close(self) -> None:
        await self._connection.close()

    async def complete(
        self,
        question: Question,
        *,
        trace: Mapping[str, str] | None = None,  # noqa: ARG002
        within_s: float | None = None,
    ) -> Completion:
        """Ask for one answer. ``trace`` stays here.

        Raises:
            EngineUnavailable: no answer, or a failure there; ``provider_rate_limited`` says when to come back.
            ModelUnknown: there is no such model for this key.
            TooLarge: prompt and answer do not fit the model's context.
            EngineRefused: ``provider_credential_refused``, or the request is refused for another reason.
        """
        reply = await self._negotiated(question, self._timeout_s if within_s is None else within_s)
        if not reply.is_success:
            raise _refusal(reply)
        return _completion(reply.object())

    async def _negotiated(self, question: Question, within_s: float) -> Reply:
        """The reply to the question in the first form that is not refused, which is the one to begin with next time."""
        deadline = Deadline.after(within_s, time.monotonic)
        refused = self._refused
        while True:
            body = portable_body(question, refused)
            reply = await self._connection.ask("POST", "/chat/completions", within_s=deadline.left(), body=body)
            if reply.is_success:
                self._refused |= refused
            if reply.status not in _NOT_UNDERSTOOD or _is_about_length(reply):
                return reply
            # Not every API says what it minds; then the schema is the likeliest.
            name = refused_parameter(_error_body(reply)) or SCHEMA
            if name in refused:
                return reply
            refused |= {name}


def api_base(url: str) -> str:
    """The address below which an API has its routes; the version may be left out of what is given."""
    has_version = any(_VERSION.fullmatch(part) for part in urlsplit(url).path.split("/"))
    return url.rstrip("/") if has_version else f"{url.rstrip('/')}/v1"


def retry_after_s(header: str, now: datetime) -> float:
    """The seconds that a Retry-After header asks for, as a number or as a date; 0 if it cannot be read."""
    if _SECONDS.fullmatch(header):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _refusal(reply: Reply) -> EngineUnavailable | ModelUnknown | EngineRefused | TooLarge:
    if reply.status in (401, 403):
        return EngineRefused("The provider refused our credential.", code="provider_credential_refused")
    if reply.status == 404:
        return ModelUnknown("The provider does not have this model.")
    wait = retry_after_s(reply.headers.get("retry-after", ""), datetime.now(UTC))
    if reply.status == 429:
        return EngineUnavailable("The provider limits our rate.", code="provider_rate_limited", retry_after_s=wait)
    if reply.status >= 500 or reply.status in (408, 425):
        return EngineUnavailable(f"The provider answered with status {reply.status}.", retry_after_s=wait)
    # A provider's own words may quote the prompt, so they are looked at but never passed on.
    if _is_about_length(reply):
        return TooLarge("The transcript is too long for the model.")
    return EngineRefused(f"The provider refused the request (status {reply.status}).")


def _is_about_length(reply: Reply) -> bool:
    if reply.status == 413:
        return True
    body = _error_body(reply)
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return reply.status == 400 and (code in _TOO_LONG_CODES or b"context length" in reply.body)


def _error_body(reply: Reply) -> object:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def _completion(body: Mapping[str, Any]) -> Completion:
    try:
        choice, message = body["choices"][0], body["choices"][0]["message"]
        name, text = body["model"], message["content"]
        if not isinstance(name, str) or not isinstance(text, str | None):
            raise TypeError("a name and a text were expected")
        reason = str(choice["finish_reason"])
    except (KeyError, IndexError, TypeError) as error:
        raise EngineUnavailable("The provider's answer cannot be read.") from error
    if not _NAME.fullmatch(name):
        raise EngineRefused(
            "The provider names its model in a way that cannot be kept.", code="engine_model_unexpected"
        )
    usage = body.get("usage")
    counts = usage if isinstance(usage, Mapping) else {}
    return Completion(
        model=name,
        # A model that declines has said nothing; that is for the validation to find.
        text=text or "",
        finish_reason=reason,
        prompt_tokens=token_count(counts.get("prompt_tokens")),
        completion_tokens=token_count(counts.get("completion_tokens")),
    )
