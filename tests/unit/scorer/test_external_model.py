"""Any OpenAI-compatible API can answer: asked plainly, bounded in time and size, named as it names itself."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.engines.dialect import NEGOTIABLE, portable_body, portable_schema, refused_parameter
from speechgrade_scorer.engines.external import ExternalModel, api_base, retry_after_s
from speechgrade_scorer.engines.provider import Completion, Question
from speechgrade_scorer.errors import EngineRefused, EngineUnavailable, ModelUnknown, TooLarge
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.prompt import Message
from speechgrade_shared.rubric import parse_rubric

from .conftest import GOOD, RUBRIC
from .scripted_server import ScriptedServer, answers, response, running

SCHEMA = answer_schema(parse_rubric(RUBRIC))
QUESTION = Question("gpt-x", [Message("user", "secret words of the speech")], SCHEMA, 200, 0.0, 1)


async def asked(server: ScriptedServer, within_s: float = 3.0, path: str = "", times: int = 1) -> Completion:
    model = ExternalModel(server.url + path, api_key="sk-secret")
    try:
        for _ in range(times):
            completion = await model.complete(QUESTION, trace={"x-request-id": "ours"}, within_s=within_s)
        return completion
    finally:
        await model.close()


@pytest.mark.anyio
async def test_it_is_asked_plainly_and_named_as_it_names_itself() -> None:
    async with running(answers()) as server:
        completion = await asked(server)
    assert (completion.model, json.loads(completion.text)) == ("gpt-x-2026-01-01", GOOD)
    assert (completion.prompt_tokens, completion.completion_tokens) == (100, 20)
    (seen,) = server.seen
    assert (seen.path, seen.headers["authorization"]) == ("/v1/chat/completions", "Bearer sk-secret")
    assert "x-request-id" not in seen.headers
    assert not any("logprob" in name for name in seen.body)
    assert seen.body["response_format"]["json_schema"]["strict"] is True
    assert "maxLength" in json.dumps(seen.body)


@pytest.mark.anyio
@pytest.mark.parametrize("words", [{"message": "'maxLength' is not permitted", "param": "response_format"}, "no"])
async def test_a_schema_that_it_does_not_understand_is_made_plainer_from_then_on(words: object) -> None:
    async with running(response({"error": words}, 400), answers()) as server:
        await asked(server, times=2)
    assert ["maxLength" in json.dumps(seen.body) for seen in server.seen] == [True, False, False]


@pytest.mark.parametrize(
    ("given_", "base"),
    [
        ("https://api.example.com", "https://api.example.com/v1"),
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("https://example.com/proxy", "https://example.com/proxy/v1"),
        ("https://example.com/v1beta/openai", "https://example.com/v1beta/openai"),
    ],
)
def test_the_version_may_be_left_out_of_the_address(given_: str, base: str) -> None:
    assert api_base(given_) == base


CASES: list[tuple[tuple[bytes, str], type[SpeechgradeError], str]] = [
    (response({}, 401), EngineRefused, "provider_credential_refused"),
    (response({}, 403), EngineRefused, "provider_credential_refused"),
    (response({}, 404), ModelUnknown, "engine_model_unknown"),
    (response({}, 429), EngineUnavailable, "provider_rate_limited"),
    (response({}, 500), EngineUnavailable, "engine_unavailable"),
    (response({"error": {"message": "secret words"}}, 400), EngineRefused, "engine_refused"),
    (response({"error": {"code": "context_length_exceeded"}}, 400), TooLarge, "transcript_too_long"),
    (response({}, 413), TooLarge, "transcript_too_long"),
    (response({}, 307, location="http://127.0.0.1:9/v1/chat/completions"), EngineRefused, "engine_refused"),
    (response(b"x" * 5_000_000), EngineUnavailable, "engine_unavailable"),
    (response(b"x" * 5_000_000, 400), EngineRefused, "engine_refused"),
    (response(b"[]"), EngineUnavailable, "engine_unavailable"),
    (response(b"{" * 100_000), EngineUnavailable, "engine_unavailable"),
    (response({"choices": [], "model": "x"}), EngineUnavailable, "engine_unavailable"),
    (answers(model="a+b"), EngineRefused, "engine_model_unexpected"),
    (answers(model=""), EngineRefused, "engine_model_unexpected"),
    (response({}, content_encoding="gzip"), EngineUnavailable, "engine_unavailable"),
    ((b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", "close"), EngineUnavailable, "engine_unavailable"),
    ((b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", "reset"), EngineUnavailable, "engine_unavailable"),
    ((b"no http at all\r\n\r\n", "close"), EngineUnavailable, "engine_unavailable"),
    ((b"", "close"), EngineUnavailable, "engine_unavailable"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("step", "kind", "code"), CASES, ids=lambda case: case if isinstance(case, str) else "")
async def test_whatever_it_does_is_an_error_of_our_tree_without_its_words(
    step: tuple[bytes, str], kind: type[SpeechgradeError], code: str
) -> None:
    async with running(step) as server:
        with pytest.raises(SpeechgradeError) as raised:
            await asked(server)
    assert (type(raised.value), raised.value.code) == (kind, code)
    assert "secret" not in raised.value.public
    # A request that was not understood is said more plainly, once.
    assert len(server.seen) == (2 if code == "engine_refused" and b" 400 " in step[0][:20] else 1)


@pytest.mark.anyio
@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"])
async def test_a_model_that_hangs_is_left_in_time(data: bytes) -> None:
    async with running((data, "hang")) as server:
        started = time.monotonic()
        with pytest.raises(EngineUnavailable) as raised:
            await asked(server, within_s=0.2)
        assert time.monotonic() - started < 1.0
    assert raised.value.code == "engine_timeout"


@pytest.mark.anyio
@pytest.mark.parametrize("text", [None, ""])
async def test_a_model_that_declines_has_said_nothing(text: str | None) -> None:
    async with running(answers(text, usage=None)) as server:
        completion = await asked(server)
    assert (completion.text, completion.prompt_tokens) == ("", 0)


@pytest.mark.anyio
@pytest.mark.parametrize("usage", [[], "x", {"prompt_tokens": "9"}, {"prompt_tokens": -1}, {"prompt_tokens": 1e400}])
async def test_a_count_that_is_none_is_not_known(usage: Any) -> None:
    async with running(answers(usage=usage)) as server:
        assert (await asked(server)).prompt_tokens == 0


@pytest.mark.anyio
async def test_a_parameter_that_it_does_not_support_is_renamed_or_left_out_from_then_on() -> None:
    refusals = [
        response({"error": {"message": "no", "param": "max_tokens", "code": "unsupported_parameter"}}, 400),
        response({"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"]}]}, 422),
    ]
    async with running(*refusals, answers()) as server:
        await asked(server, times=2)
    bodies = [seen.body for seen in server.seen]
    assert [("max_tokens" in body, "seed" in body) for body in bodies] == [
        (True, True),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert [body.get("max_completion_tokens") for body in bodies] == [None, 200, 200, 200]


@pytest.mark.anyio
async def test_a_parameter_refused_for_ever_is_no_endless_talk() -> None:
    refusal = response({"error": {"param": "seed"}}, 400)
    async with running(refusal) as server:
        with pytest.raises(EngineRefused):
            await asked(server)
    assert len(server.seen) == 2


@pytest.mark.anyio
async def test_a_kept_connection_that_died_is_not_the_requests_fault() -> None:
    async with running(answers(), (b"", "close"), answers()) as server:
        await asked(server, times=2)
    assert [seen.connection for seen in server.seen] == [1, 1, 2]


@pytest.mark.anyio
async def test_a_rate_limit_says_when_to_come_back() -> None:
    async with running(response({}, 429, retry_after="7")) as server:
        with pytest.raises(EngineUnavailable) as raised:
            await asked(server)
    assert raised.value.retry_after_s == 7


def test_a_retry_after_can_be_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    assert retry_after_s("1.5", now) == 1.5
    assert retry_after_s("Thu, 01 Jan 2026 12:00:30 GMT", now) == 30
    assert retry_after_s("Thu, 01 Jan 2026 11:00:00 GMT", now) == 0
    assert retry_after_s("Thu, 01 Jan 2026 12:00:30", now + timedelta(seconds=10)) == 20


@given(st.text())
def test_any_other_retry_after_asks_for_nothing_strange(header: str) -> None:
    assert 0 <= retry_after_s(header, datetime(2026, 1, 1, tzinfo=UTC)) < float("inf")


def test_a_plain_schema_is_wider_and_accepts_what_the_strict_one_accepts() -> None:
    plain = portable_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(plain)
    jsonschema.validate(GOOD, SCHEMA)
    jsonschema.validate(GOOD, plain)
    hook = plain["properties"]["sections"]["properties"]["Content"]["properties"]["points"]["properties"]["Hook"]
    grid = plain["$defs"][hook["$ref"].rpartition("/")[2]]
    assert (grid["type"], grid["enum"][-1]) == ("number", 4)
    assert list(plain["properties"]["sections"]["properties"]) == ["Content", "Time"]


@given(st.dictionaries(st.text(max_size=12), st.just({"type": "string", "maxLength": 3, "pattern": "x"})))
def test_a_criterion_may_be_called_like_a_keyword(properties: dict[str, Any]) -> None:
    named = properties | {"maxLength": {"type": "string", "maxLength": 3}, "properties": {"enum": [1, None]}}
    plain = portable_schema({"type": "object", "properties": named, "required": list(named)})
    assert list(plain["properties"]) == list(named)
    assert plain["properties"]["maxLength"] == {"type": "string"}
    assert plain["properties"]["properties"]["type"] == ["null", "number"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["error", "param", "detail", "loc"]), inner)
    ),
)


@given(JSON)
def test_any_error_body_is_looked_at_without_harm(body: Any) -> None:
    assert refused_parameter(body) in (None, *NEGOTIABLE)


def test_the_question_itself_cannot_be_negotiated_away() -> None:
    assert refused_parameter({"error": {"param": "messages"}}) is None
    body = portable_body(QUESTION, NEGOTIABLE)
    assert set(body) == {"model", "messages", "response_format", "max_completion_tokens"}


@pytest.mark.anyio
async def test_many_are_asked_at_once() -> None:
    async with running(answers()) as server:
        server.pause_s = 0.05
        model = ExternalModel(server.url, at_once=4)
        async with anyio.create_task_group() as tasks:
            for _ in range(6):
                tasks.start_soon(model.complete, QUESTION)
        await model.close()
    assert len(server.seen) == 6
