"""How a scorer that runs says that it stands: its readiness, its gaps, and its prompt."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx
from speechgrade_shared.findings import Finding, Level, fine
from speechgrade_shared.prompt import RENDERER_VERSION

_TIMEOUT_S = 5.0
_NAME = "running scorer"
_START = (
    "docker compose up -d scorer; then ask inside it: docker compose exec scorer speechgrade-scorer doctor\n"
    "Kubernetes: kubectl exec deploy/scorer -- speechgrade-scorer doctor. Or name one: --scorer-url http://HOST:PORT"
)
_RELEASE = (
    "It is another release than this command. docker compose up -d --build scorer; Kubernetes: kubectl apply -k …"
)


def examine_running(url: str) -> Iterator[Finding]:
    """What a running scorer answers to whoever operates it. That none runs where this is asked is only a warning."""
    ready, version = _asked(f"{url}/readyz"), _asked(f"{url}/version")
    if ready is None or version is None:
        yield Finding(Level.WARN, _NAME, "scorer_not_running", f"nothing answers as a scorer at {url}", _START)
        return
    prompt = str(version.get("prompt_version", ""))
    if prompt != RENDERER_VERSION:
        detail = f"renders prompts with {prompt or 'an unknown version'}, this command with {RENDERER_VERSION}"
        yield Finding(Level.WRONG, _NAME, "renderer_mismatch", detail, _RELEASE)
    reasons = [str(reason) for reason in ready.get("reasons") or []]
    if reasons:
        fix = "It becomes ready by itself once what the other findings name is mended; starting: ask again in a moment."
        yield Finding(Level.WRONG, _NAME, "scorer_not_ready", ", ".join(reasons), fix)
    elif prompt == RENDERER_VERSION:
        yield fine(_NAME, "ready")
    yield from map(_gap, ready.get("gaps") or [])


def _gap(gap: Mapping[str, Any]) -> Finding:
    code = str(gap.get("code", "unknown"))
    detail = f"{gap.get('adapter') or 'nobody'} does not answer as {gap.get('alias')} of {gap.get('scope')}"
    fix = "Load it and hear why it does not come: speechgrade-scorer sync"
    return Finding(Level.WARN, f"gap {gap.get('scope')}", code, detail, fix)


def _asked(address: str) -> dict[str, Any] | None:
    try:
        answer = httpx.get(address, timeout=_TIMEOUT_S, trust_env=False)
        body = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    known = answer.status_code in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
    return body if known and isinstance(body, dict) else None
