"""Who may ask: only a caller that shows the scorer's token. What is open to anybody is named here; the rest is not."""

import hmac
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from speechgrade_scorer.api.problems import problem_response
from speechgrade_scorer.errors import CredentialRefused
from speechgrade_scorer.metrics import Metrics

OPEN_PATHS: Final = frozenset({"/health", "/healthz", "/readyz", "/metrics", "/version", "/openapi.json"})
_BEARER = HTTPBearer(auto_error=False, description="the scorer's own token, known to the Edge Function")


class Gate:
    """Refuses a stranger before anything of the request is read, also where there is no such route."""

    def __init__(self, app: ASGIApp, token: SecretStr, metrics: Metrics) -> None:
        self._app = app
        self._token = token
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            try:
                check_credential(Headers(scope=scope), self._token)
            except CredentialRefused as refusal:
                self._metrics.refused.labels(refusal.code).inc()
                await problem_response(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def check_credential(headers: Headers, token: SecretStr) -> None:
    """Compare the shown token in constant time. Of two credentials nobody knows which one counts: they are refused.

    Raises:
        CredentialRefused: ``credential_missing`` or ``credential_wrong``.
    """
    shown = headers.getlist("authorization")
    scheme, credential = get_authorization_scheme_param(shown[0] if len(shown) == 1 else None)
    if scheme.lower() != "bearer" or not credential:
        raise CredentialRefused("One bearer token is needed.", code="credential_missing")
    if not hmac.compare_digest(credential.encode(), token.get_secret_value().encode()):
        raise CredentialRefused("The token is wrong.")


async def refuse_stranger(
    request: Request, _described: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> None:
    """Say in the description that a route wants the token, and check it again behind the gate.

    Raises:
        CredentialRefused: ``credential_missing`` or ``credential_wrong``.
    """
    check_credential(request.headers, request.app.state.service.settings.scorer_token)
