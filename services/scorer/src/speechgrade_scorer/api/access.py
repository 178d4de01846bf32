"""Who may ask: only a caller that shows the scorer's token."""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from speechgrade_scorer.errors import CredentialRefused

_BEARER = HTTPBearer(auto_error=False, description="the scorer's own token, known to the Edge Function")


def refuse_stranger(request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
    """Compare the shown token in constant time.

    Raises:
        CredentialRefused: ``credential_missing`` or ``credential_wrong``.
    """
    if shown is None or not shown.credentials:
        raise CredentialRefused("A bearer token is needed.", code="credential_missing")
    expected: SecretStr = request.app.state.service.settings.scorer_token
    if not hmac.compare_digest(shown.credentials.encode(), expected.get_secret_value().encode()):
        raise CredentialRefused("The token is wrong.")
