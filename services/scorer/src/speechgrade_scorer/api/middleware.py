"""What happens to every request: a size limit, ids bound into its logs, a metric, and no traceback to anyone."""

import re
import time
from collections.abc import Mapping
from uuid import uuid4

import structlog
from speechgrade_shared.bugs import place_of
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.tracing import TRACEPARENT, TRACESTATE, UNRECORDED, span, trace_headers, trace_id_of
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from speechgrade_scorer.api.access import OPEN_PATHS
from speechgrade_scorer.api.problems import problem_response
from speechgrade_scorer.engines.vllm import REQUEST_ID
from speechgrade_scorer.errors import TooLarge
from speechgrade_scorer.metrics import Metrics
from speechgrade_scorer.spans import Facts, Spans

_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_log = structlog.get_logger()


class RequestContext:
    """Binds request and trace id into the logs, answers with the request id, counts, and contains bugs."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, trace = _ids(Headers(scope=scope))
        # What a probe asks every other second is no part of anything.
        begun = UNRECORDED if scope["path"] in OPEN_PATHS else span(Spans.REQUEST, parent=trace, role="answer")
        with begun as step:
            status, route = await self._answer(scope, receive, send, request_id, step.carried(trace))
            step.note(Facts.METHOD, scope["method"])
            step.note(Facts.ROUTE, route)
            step.note(Facts.STATUS, status)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, trace: Mapping[str, str]
    ) -> tuple[int, str]:
        """Status and route of the answer that was sent."""
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "trace": trace}
        status, route = 500, "unknown"
        started = time.monotonic()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id, trace_id=trace_id_of(trace)):
            try:
                await self._app(scope, receive, named)
            except Exception as error:
                # The message of an unforeseen error may quote a speech: only its kind and place are logged.
                _log.error("internal_error", kind=type(error).__name__, place=place_of(error))
                response = problem_response(SpeechgradeError("Something went wrong inside the scorer."))
                await response(scope, receive, named)
            finally:
                route = getattr(scope.get("route"), "path", route)
                self._metrics.requests.labels(route, str(status)).inc()
                _log.debug("request", route=route, status=status, ms=round(1000 * (time.monotonic() - started)))
        return status, route


class BodyLimit:
    """Refuses a body that is longer than is accepted, announced or not, before anything looks at it."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = TooLarge(f"The request is longer than {self._most} bytes.", code="body_too_large")
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._most:
            await problem_response(refusal)(scope, receive, send)
            return
        messages: list[Message] = []
        received = 0
        while True:
            message = await receive()
            messages.append(message)
            received += len(message.get("body", b""))
            if received > self._most:
                await problem_response(refusal)(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        messages.reverse()

        async def replayed() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replayed, send)


def _ids(headers: Headers) -> tuple[str, dict[str, str]]:
    given = headers.get(REQUEST_ID, "")
    request_id = given if _SAFE_ID.fullmatch(given) else uuid4().hex
    trace = trace_headers(headers.get(TRACEPARENT, ""), ",".join(headers.getlist(TRACESTATE)))
    return request_id, {REQUEST_ID: request_id, **trace}
