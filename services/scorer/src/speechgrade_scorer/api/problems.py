"""RFC 9457: every failure leaves as application/problem+json with a stable code, and nothing of a lower layer."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from speechgrade_shared.errors import Retry, SpeechgradeError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match

from speechgrade_scorer.errors import (
    CredentialRefused,
    InFlight,
    RequestInvalid,
    ScoreCancelled,
    ScorerBusy,
    Unscored,
    http_status,
)

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:speechgrade:problem:"
_RETRY_AFTER_S = 5
_OF_A_SCORE = Unscored | ScoreCancelled
_HTTP_CODES = {404: "route_unknown", 405: "method_not_allowed"}


class InvalidPart(BaseModel):
    """Where a request is wrong, and how; never with what."""

    where: str
    message: str


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(examples=[f"{_TYPE}no_champion"])
    title: str
    status: int
    code: str
    retry: Retry
    reason: str | None = Field(default=None, description="why a speech was left unscored")
    score_id: str | None = Field(default=None, description="the row that keeps the reason")
    evaluation_id: str | None = Field(default=None, description="what was to be scored")
    requested_by: str | None = Field(default=None, description="who asked for it")
    errors: list[InvalidPart] | None = None


def problem_response(
    error: SpeechgradeError,
    *,
    status: int | None = None,
    errors: Sequence[InvalidPart] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response for an error of any of our trees."""
    status = status or http_status(error)
    problem = Problem(
        type=f"{_TYPE}{error.code}",
        title=error.public,
        status=status,
        code=error.code,
        retry=error.retry,
        reason=error.reason if isinstance(error, Unscored) else None,
        score_id=str(error.score_id) if isinstance(error, _OF_A_SCORE | InFlight) and error.score_id else None,
        evaluation_id=error.evaluation_id if isinstance(error, _OF_A_SCORE) else None,
        requested_by=error.requested_by if isinstance(error, _OF_A_SCORE) else None,
        errors=list(errors) or None,
    )
    body = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(body, status, headers=headers or _headers(error, status), media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the problems that a route may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app leave as a problem, and describe problems in its OpenAPI."""
    app.add_exception_handler(SpeechgradeError, _on_speechgrade_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components = document.setdefault("components", {}).setdefault("schemas", {})
        components.update({**schema.pop("$defs", {}), "Problem": schema})
        return document

    app.openapi = described  # type: ignore[method-assign]


async def _on_speechgrade_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, SpeechgradeError):
        raise error
    return problem_response(error)


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        InvalidPart(where=".".join(str(part) for part in one["loc"] if part != "body"), message=_message(one))
        for one in found
    ]
    return problem_response(RequestInvalid("The request is not valid."), errors=errors)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    refusal = SpeechgradeError(
        "The request cannot be served.", code=_HTTP_CODES.get(error.status_code, "request_invalid")
    )
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return problem_response(refusal, status=error.status_code, headers=headers)


def _allowed(request: Request) -> str:
    """Every method of a path, where the framework names those of one of its routes."""
    matching = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in matching for method in getattr(route, "methods", None) or ()}))


def _message(one: Any) -> str:
    # Our own validators speak plainly; the parser's words could quote the body.
    if one["type"] == "value_error":
        return str(one["msg"]).removeprefix("Value error, ")
    return str(one["type"]).replace("_", " ")


def _headers(error: SpeechgradeError, status: int) -> dict[str, str]:
    if isinstance(error, CredentialRefused):
        return {"WWW-Authenticate": 'Bearer realm="speechgrade-scorer"'}
    if isinstance(error, InFlight):
        return {"Retry-After": "1"}
    if isinstance(error, ScorerBusy):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": str(_RETRY_AFTER_S)} if status in (429, 503) else {}
