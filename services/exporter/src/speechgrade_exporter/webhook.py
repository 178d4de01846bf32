"""The endpoint that signed hints come to, by the Standard Webhooks scheme.

A hint says only that there may be work: nothing of its body is trusted, kept or logged, and one that is replayed costs
a look at the queue. A signature is good for five minutes.
"""

import asyncio
from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.requests import ClientDisconnect

from speechgrade_exporter import metrics
from speechgrade_exporter.problems import documented, problem_response

MAX_BODY_BYTES = 16_384
_BODY_LIMIT_S = 5.0


class SignedHints:
    """Tells hints of who holds the secret from everything else."""

    def __init__(self, secret: SecretStr) -> None:
        self._webhook = Webhook(secret.get_secret_value())

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether one of the signatures is ours and at most five minutes old; never raises, whatever is given."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            # Headers that are no base64 and bodies that are no text raise ValueErrors of their own.
            return False
        return True


def webhook_router(hints: SignedHints, wake: Callable[[str], None]) -> APIRouter:
    """POST /webhook: a genuine hint calls ``wake``."""
    router = APIRouter()

    @router.post("/webhook", status_code=202, responses=documented(400, 401, 408, 413))
    async def webhook(request: Request) -> Response:
        """A signed hint that there is work; answers 202 and wakes the exporter."""
        try:
            async with asyncio.timeout(_BODY_LIMIT_S):
                body = await _bounded_body(request)
        except TimeoutError:
            return _refused("hint_too_slow", "The body did not arrive in time.", 408)
        except ClientDisconnect:
            return _refused("hint_incomplete", "The body did not arrive whole.", 400)
        if body is None:
            return _refused("hint_too_large", f"A hint has at most {MAX_BODY_BYTES} bytes.", 413)
        if not hints.is_genuine(request.headers, body):
            return _refused("signature_invalid", "The signature is missing, wrong or too old.", 401)
        wake("webhook")
        return Response(status_code=202)

    return router


async def _bounded_body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _refused(code: str, title: str, status: int) -> Response:
    metrics.HINTS_REFUSED.labels(code).inc()
    return problem_response(code, title, status)
