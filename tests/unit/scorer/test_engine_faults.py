"""Whatever an engine sends, or stops sending, is an answer or an error of our tree: never a bug, never an invention."""

import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.engines.vllm import Engine, _completion
from speechgrade_scorer.errors import EngineError, EngineRefused, EngineUnavailable
from speechgrade_shared.errors import SpeechgradeError

from .conftest import GOOD
from .scripted_server import ScriptedServer, answers, response, running

QUESTION = Question("base", [], {}, 10, 0.0, 1)
PART = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"


async def asked(server: ScriptedServer, within_s: float = 2.0, times: int = 1) -> Completion:
    engine = Engine(server.url)
    try:
        for _ in range(times):
            completion = await engine.complete(QUESTION, within_s=within_s)
        return completion
    finally:
        await engine.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (response(b"{"), EngineUnavailable),
        (response(b"\xff\xfe"), EngineUnavailable),
        (response(b"9" * 5000), EngineUnavailable),
        (response(b"[" * 200_000), EngineUnavailable),
        (response({}), EngineUnavailable),
        (response({}, 204), EngineUnavailable),
        (answers(choices={}), EngineUnavailable),
        (answers(choices=["text"]), EngineUnavailable),
        (answers(choices=[{"message": {"content": ["text"]}, "finish_reason": "stop"}]), EngineUnavailable),
        (answers(choices=[{"message": None, "finish_reason": "stop"}]), EngineUnavailable),
        (answers(model=None), EngineUnavailable),
        (response({}, content_encoding="br"), EngineUnavailable),
        (response({}, 302, location="/v1/chat/completions"), EngineRefused),
        ((PART, "close"), EngineUnavailable),
        ((PART, "reset"), EngineUnavailable),
        ((b"", "reset"), EngineUnavailable),
        ((b"HTTP/1.1 200", "close"), EngineUnavailable),
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\"", "close"), EngineUnavailable),
        ((b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n", "close"), EngineUnavailable),
    ],
)  # fmt: skip
async def test_what_is_no_answer_is_an_engine_that_failed(step: tuple[bytes, str], kind: type[EngineError]) -> None:
    async with running(step) as server:
        with pytest.raises(SpeechgradeError) as raised:
            await asked(server)
    assert type(raised.value) is kind
    assert len(server.seen) == 1


@pytest.mark.anyio
async def test_an_answer_without_counts_is_an_answer() -> None:
    for usage in (None, [], "many", {"prompt_tokens": None, "completion_tokens": float("inf")}):
        async with running(answers(usage=usage)) as server:
            completion = await asked(server)
        assert (completion.prompt_tokens, completion.completion_tokens) == (0, 0)
        assert json.loads(completion.text) == GOOD


@pytest.mark.anyio
async def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechgrade_scorer.engines.vllm._MOST_BYTES", 100_000)
    endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    async with running((endless + (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 8, "hang")) as server:
        with pytest.raises(EngineUnavailable) as raised:
            await asked(server, within_s=5.0)
    assert raised.value.code == "engine_unavailable"


@pytest.mark.anyio
@pytest.mark.parametrize("data", [b"", PART])
async def test_a_half_open_connection_holds_nobody_beyond_the_time_given(data: bytes) -> None:
    async with running((data, "hang")) as server:
        started = time.monotonic()
        with pytest.raises(EngineUnavailable) as raised:
            await asked(server, within_s=0.2)
        assert time.monotonic() - started < 0.6
    assert raised.value.code == "engine_timeout"


@pytest.mark.anyio
async def test_an_engine_that_sends_a_byte_now_and_then_is_not_waited_for() -> None:
    class Dribbling(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            import anyio

            while True:
                yield b" "
                await anyio.sleep(0.02)

    transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Dribbling()))
    engine = Engine("http://engine.invalid", transport=transport)
    with pytest.raises(EngineUnavailable) as raised:
        await engine.complete(QUESTION, within_s=0.2)
    assert raised.value.code == "engine_timeout"
    await engine.close()


@pytest.mark.anyio
async def test_an_engine_that_restarted_is_found_on_a_new_connection() -> None:
    async with running(answers(), (b"", "reset"), answers()) as server:
        await asked(server, times=2)
        assert [seen.connection for seen in server.seen] == [1, 1, 2]


@pytest.mark.anyio
async def test_a_connection_that_breaks_twice_or_within_an_answer_is_not_tried_again_here() -> None:
    async with running(answers(), (b"", "close")) as server:
        with pytest.raises(EngineUnavailable):
            await asked(server, times=2)
        assert len(server.seen) == 3
    async with running(answers(), (PART, "close"), answers()) as server:
        with pytest.raises(EngineUnavailable):
            await asked(server, times=2)
        assert len(server.seen) == 2


@pytest.mark.anyio
async def test_nobody_there_is_said_at_once() -> None:
    engine = Engine("http://127.0.0.1:9")
    with pytest.raises(EngineUnavailable):
        await engine.complete(QUESTION, within_s=5)
    await engine.close()


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(
    ["choices", "message", "content", "finish_reason", "model", "usage", "prompt_tokens", "logprobs"]
)
BODIES = st.dictionaries(
    NAMES,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner), max_leaves=12),
)


@given(BODIES)
def test_any_object_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        completion = _completion(body)
    except EngineUnavailable:
        return
    choice = body["choices"][0]
    assert completion.model == body["model"]
    assert completion.text == (choice["message"]["content"] or "")
    assert completion.prompt_tokens >= 0
