"""Asks the deployed Edge Function how it stands, through the address at which the app calls it."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from speechgrade_shared.findings import Finding, Level, fine
from speechgrade_shared.prompt import RENDERER_VERSION

DEPLOY = "make deploy-supabase"
_AGAIN = f"{DEPLOY} ARGS=--redeploy"
_PAUSED = 540
_TIMEOUT_S = 20.0
_SECRETS = "Set it in the env file (.env), then: make deploy-supabase"
_REACH = (
    "Open the address in SPEECHGRADE_SCORER_URL from outside this network: a name that resolves, a TLS proxy before\n"
    "the scorer, and a scorer that runs. A changed address: set it in .env, then: make deploy-supabase"
)
# What earlier versions answer to a caller who shows an API key and no session.
_OUTDATED = {"credential_missing", "settings_invalid"}
_FIXES = {
    "settings_invalid": _SECRETS,
    "scorer_unreachable": _REACH,
    "scorer_timeout": _REACH,
    "scorer_unreadable": "SPEECHGRADE_SCORER_URL must lead to the scorer and not to a page or a redirect.\n" + _SECRETS,
    "scorer_credential_refused": (
        "Scorer and function must have the same SPEECHGRADE_SCORER_TOKEN. Restart the scorer with the one in .env,\n"
        "then: make deploy-supabase"
    ),
    "scorer_not_ready": "Where the scorer runs: speechgrade-scorer doctor",
}


def function_address(project_url: str) -> str:
    """Where a project's function is called."""
    return f"{project_url.rstrip('/')}/functions/v1/score"


def examine_function(address: str, secret_key: str, *, renderer: str = RENDERER_VERSION) -> Iterator[Finding]:
    """What the function says of itself and of the scorer that it reaches, each trouble with its fix."""
    answer = _asked(address, secret_key)
    if isinstance(answer, Finding):
        yield answer
        return
    yield fine("function", f"deployed, version {_text(answer, 'versions', 'function') or 'unknown'}")
    for one in answer["findings"]:
        yield _judged(one)
    there = _text(answer, "versions", "scorer", "prompt_version")
    if there:
        yield judge_renderer(there, renderer)


def judge_renderer(there: str, here: str) -> Finding:
    """Whether the scorer that the function reaches renders prompts as this installation does."""
    name = "function's scorer"
    if there == here:
        return fine(name, f"renders prompts with {here}, as this installation does")
    detail = f"renders prompts with {there}, this installation with {here}"
    fix = "One of them is another version. Bring both to the same release; adapters of another renderer are refused."
    return Finding(Level.WRONG, name, "renderer_mismatch", detail, fix)


def _asked(address: str, secret_key: str) -> dict[str, Any] | Finding:
    try:
        answer = httpx.get(address, params={"check": "1"}, headers={"apikey": secret_key}, timeout=_TIMEOUT_S)
        body = answer.json() if answer.content else {}
    except (httpx.HTTPError, httpx.InvalidURL):
        fix = "Check SUPABASE_URL, and that the project is up."
        return _wrong("function_unreachable", "the project's address for functions does not answer", fix)
    except ValueError:
        body = {}
    if answer.status_code == HTTPStatus.OK and _is_check(body):
        return dict(body)
    return _refusal(answer.status_code, body if isinstance(body, dict) else {})


def _refusal(status: int, body: Mapping[str, Any]) -> Finding:
    code = str(body.get("code", ""))
    if status == _PAUSED:
        return _wrong("function_unreachable", "the project is paused", "Restore the project in the dashboard.")
    if status == HTTPStatus.NOT_FOUND:
        return _wrong("function_missing", "the project has no function score", DEPLOY)
    if code in _OUTDATED or status == HTTPStatus.OK:
        return _wrong("function_outdated", "the function is of a version that cannot check itself", _AGAIN)
    if code == "credential_wrong":
        fix = f"Check SUPABASE_SECRET_KEY: it must be a secret key of this very project. A new one: {_AGAIN}"
        return _wrong("function_key_refused", "the function does not know the secret key", fix)
    if status == HTTPStatus.UNAUTHORIZED:
        fix = f"Deploy it as supabase/config.toml has it, with verify_jwt = false: {_AGAIN}"
        return _wrong("function_shut", "the gateway refuses calls that carry an API key alone", fix)
    fix = f"Read the function's log in the dashboard (Edge Functions, score, Logs), then: {_AGAIN}"
    return _wrong("function_failed", f"the function answers with status {status}", fix)


def _judged(one: Mapping[str, Any]) -> Finding:
    name, code, detail = (str(one.get(part, "")) for part in ("name", "code", "detail"))
    name = f"function's {name}"
    if code == "ok":
        return fine(name, detail)
    fix = _FIXES.get(code, "Read the function's log in the dashboard (Edge Functions, score, Logs).")
    return Finding(Level.WRONG, name, code, detail, fix)


def _wrong(code: str, detail: str, fix: str) -> Finding:
    return Finding(Level.WRONG, "function", code, detail, fix)


def _is_check(body: object) -> bool:
    return isinstance(body, dict) and isinstance(body.get("findings"), list) and isinstance(body.get("versions"), dict)


def _text(answer: object, *path: str) -> str:
    for part in path:
        answer = answer.get(part) if isinstance(answer, dict) else None
    return answer if isinstance(answer, str) else ""
