"""Keys of a Supabase project of one's own: what signs tokens, and what the API keys stand for behind the gateway."""

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_LIFE_OF_API_KEYS = timedelta(days=3650)
_PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True)
class ProjectKeys:
    """The keys of one project: ES256 for tokens, ``sb_…`` for callers, a password for each login of the database."""

    signing_key: dict[str, Any]
    publishable_key: str
    secret_key: str
    anon_token: str
    service_token: str

    @property
    def signing_keys(self) -> str:
        """The private key as Auth reads it: a JSON array."""
        return _json([self.signing_key])

    @property
    def key_set(self) -> str:
        """The public key as everything that verifies a token reads it: a JSON Web Key Set."""
        public = {name: value for name, value in self.signing_key.items() if name != "d"}
        return _json({"keys": [public | {"key_ops": ["verify"]}]})


def new_project_keys(public_url: str) -> ProjectKeys:
    """Keys that no other project has; tokens are issued by the Auth at ``public_url``."""
    signing_key = _new_signing_key()
    issuer = f"{public_url.rstrip('/')}/auth/v1"
    return ProjectKeys(
        signing_key=signing_key,
        publishable_key=f"sb_publishable_{secrets.token_urlsafe(_PASSWORD_BYTES)}",
        secret_key=f"sb_secret_{secrets.token_urlsafe(_PASSWORD_BYTES)}",
        anon_token=_token_of("anon", issuer, signing_key),
        service_token=_token_of("service_role", issuer, signing_key),
    )


def new_password() -> str:
    """A password that needs no escaping in a database address."""
    return secrets.token_hex(_PASSWORD_BYTES)


def _new_signing_key() -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric import ec
    from jwt.algorithms import ECAlgorithm

    jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    return {**jwk, "kid": str(uuid.uuid4()), "alg": "ES256", "use": "sig", "key_ops": ["sign", "verify"]}


def _token_of(role: str, issuer: str, signing_key: dict[str, Any]) -> str:
    import jwt

    now = datetime.now(UTC)
    claims = {"iss": issuer, "role": role, "iat": now, "exp": now + _LIFE_OF_API_KEYS}
    return jwt.encode(claims, jwt.PyJWK.from_dict(signing_key), algorithm="ES256", headers={"kid": signing_key["kid"]})


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
