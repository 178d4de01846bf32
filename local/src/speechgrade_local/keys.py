"""The secrets of one stack, made at its first start and kept beside its data."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from speechgrade_local.state import write_private

_TOKEN_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class StackKeys:
    """API keys as hosted projects name them, passwords, and the signing key of user tokens."""

    publishable_key: str
    secret_key: str
    jwt_secret: str
    superuser_password: str
    postgres_password: str
    lite_password: str
    signing_key: dict[str, Any]

    @property
    def jwks(self) -> dict[str, Any]:
        """The public key set that verifies user tokens."""
        public = {name: value for name, value in self.signing_key.items() if name != "d"}
        return {"keys": [public]}

    def sign_user_token(self, user_id: str, email: str, issuer: str) -> str:
        """An access token of a signed-in user, with the claims Supabase Auth gives."""
        now = datetime.now(UTC)
        claims = {
            "iss": issuer,
            "sub": user_id,
            "aud": "authenticated",
            "role": "authenticated",
            "email": email,
            "iat": now,
            "exp": now + _TOKEN_LIFE,
        }
        private = jwt.PyJWK.from_dict(self.signing_key)
        return jwt.encode(claims, private, algorithm="ES256", headers={"kid": self.signing_key["kid"]})


def load_or_create(path: Path) -> StackKeys:
    """The keys kept in `path`, or new ones written there."""
    if path.exists():
        return StackKeys(**json.loads(path.read_text()))
    keys = StackKeys(
        publishable_key=f"sb_publishable_{secrets.token_urlsafe(24)}",
        secret_key=f"sb_secret_{secrets.token_urlsafe(24)}",
        jwt_secret=secrets.token_urlsafe(48),
        superuser_password=secrets.token_hex(24),
        postgres_password=secrets.token_hex(24),
        lite_password=secrets.token_hex(24),
        signing_key=_new_signing_key(),
    )
    write_private(path, json.dumps(asdict(keys)))
    return keys


def _new_signing_key() -> dict[str, Any]:
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(private, as_dict=True)
    return {**jwk, "kid": secrets.token_hex(8), "alg": "ES256", "use": "sig"}
