"""RFC 9457: what the exporter's HTTP face refuses leaves as a problem with a stable code."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:speechgrade:problem:"
_CODES = {404: "route_unknown", 405: "method_not_allowed"}


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(examples=[f"{_TYPE}signature_invalid"])
    title: str
    status: int
    code: str


def problem_response(code: str, title: str, status: int) -> JSONResponse:
    """A problem with this code; ``title`` is safe to show to anyone."""
    body = Problem(type=f"{_TYPE}{code}", title=title, status=status, code=code)
    return JSONResponse(body.model_dump(), status, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the problems that a route may answer with."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install_problem_handler(app: FastAPI) -> None:
    """Make unknown routes and methods leave as problems too."""
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem_response(_CODES.get(status, "request_invalid"), "The request cannot be served.", status)
