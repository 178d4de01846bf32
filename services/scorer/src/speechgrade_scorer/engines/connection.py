"""HTTP to one model server, bounded in time and in size; whatever goes wrong is an error of our tree."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio
import httpx
from pydantic_core import from_json

from speechgrade_scorer.errors import EngineUnavailable

_CONNECT_S = 2.0
# Shorter than the 5 s after which uvicorn, and so vLLM, closes an idle connection: the client lets go first.
_KEEP_ALIVE_S = 4.0
_MOST_OF_A_REFUSAL = 64 * 1024
_IDENTITY = {"", "identity"}
_LOST: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response. The body of a refusal may be cut."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def object(self) -> dict[str, Any]:
        """The JSON object in the body.

        Raises:
            EngineUnavailable: there is none.
        """
        try:
            body = from_json(self.body)
        except (ValueError, RecursionError) as error:
            raise EngineUnavailable("The engine's answer cannot be read.") from error
        if not isinstance(body, dict):
            raise EngineUnavailable("The engine's answer cannot be read.")
        return body


class Connection:
    """A pool of connections to one address. It follows no redirect and reads no proxy from the environment."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        at_once: int = 16,
        most_bytes: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": "speechgrade-scorer",
        }
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        # Some beside the scores are for looks at the adapters.
        limits = httpx.Limits(
            max_connections=at_once + 4, max_keepalive_connections=at_once + 4, keepalive_expiry=_KEEP_ALIVE_S
        )
        self._most_bytes = most_bytes
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(_CONNECT_S),
            transport=transport
            or httpx.AsyncHTTPTransport(trust_env=False, limits=limits, socket_options=_socket_options()),
            trust_env=False,
            follow_redirects=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        within_s: float,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request and read its whole response, whatever its status, in at most ``within_s`` seconds.

        Raises:
            EngineUnavailable: ``engine_timeout``, or there is no whole response, or it is too long.
        """
        # All of it in ASCII: JSON escapes what could not be encoded.
        content = json.dumps(body, separators=(",", ":")).encode("ascii") if body is not None else b""
        timeout = httpx.Timeout(within_s, connect=min(_CONNECT_S, within_s))
        request = self._http.build_request(method, path, content=content, headers=headers, timeout=timeout)
        try:
            # A server that sends a byte now and then never runs into a timeout of httpx.
            with anyio.fail_after(within_s):
                return await self._sent(request)
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise EngineUnavailable("The engine did not answer in time.", code="engine_timeout") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise EngineUnavailable("The engine did not answer.") from error

    async def _sent(self, request: httpx.Request) -> Reply:
        sending = _Sending()
        try:
            return await self._once(request, sending)
        except _LOST:
            if not sending.was_into_the_void:
                raise
            # The server had closed a kept connection a moment before, as when it restarts.
            return await self._once(request, _Sending())

    async def _once(self, request: httpx.Request, sending: "_Sending") -> Reply:
        request.extensions["trace"] = sending
        response = await self._http.send(request, stream=True)
        try:
            return Reply(response.status_code, response.headers, await self._body(response))
        finally:
            await response.aclose()

    async def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "").strip().lower() not in _IDENTITY:
            # It was not asked for, and what is small in a packed form can be endless unpacked.
            raise EngineUnavailable("The engine's answer cannot be read.")
        parts, size = [], 0
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if not response.is_success and size > _MOST_OF_A_REFUSAL:
                return b"".join(parts)[:_MOST_OF_A_REFUSAL]
            if size > self._most_bytes:
                raise EngineUnavailable("The engine's answer is longer than any answer can be.")
        return b"".join(parts)


class _Sending:
    """Listens to how a request goes out, to tell a connection that was dead already from one that broke."""

    def __init__(self) -> None:
        self._is_new = self._is_sent = self._is_answered = False

    async def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self._is_new = True
        elif event == "http11.send_request_headers.started":
            self._is_sent = True
        elif event == "http11.receive_response_headers.complete":
            self._is_answered = True

    @property
    def was_into_the_void(self) -> bool:
        return self._is_sent and not self._is_new and not self._is_answered


def _socket_options() -> list[tuple[int, int, int]]:
    """Notice a peer that vanished without a word: probes while it thinks, and a limit on what it never confirms."""
    wanted = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}
    known = [(getattr(socket, name), value) for name, value in wanted.items() if hasattr(socket, name)]
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        *((socket.IPPROTO_TCP, option, value) for option, value in known),
    ]
