"""What an engine tells of its tokens is read; what cannot be read costs no score."""

import math
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.engines.log_probabilities import tokens_of
from speechgrade_scorer.engines.provider import TOP_LOGPROBS, Question

from .conftest import GOOD, FakeEngine, says


def told(token: str, chance: float, **others: float) -> dict[str, Any]:
    top = [(token, chance), *((name.strip("_"), other) for name, other in others.items())]
    listed = [{"token": text, "logprob": math.log(share) if share else -9999.0} for text, share in top]
    return {**listed[0], "bytes": None, "top_logprobs": listed}


def choice(*entries: object) -> dict[str, Any]:
    return {"logprobs": {"content": list(entries)}}


def test_tokens_that_print_the_same_are_one_and_what_the_grammar_forbids_is_none() -> None:
    (token,) = tokens_of(choice(told("5", 0.4, _5=0.2, _4=0.3, _x=0)))
    assert (token.text, token.logprob) == ("5", math.log(0.4))
    assert {text: round(math.exp(logprob), 6) for text, logprob in token.alternatives} == {"5": 0.6, "4": 0.3}


def test_a_token_that_is_not_among_the_likeliest_is_one_of_its_alternatives_all_the_same() -> None:
    entry = told("5", 0.1, _4=0.5)
    entry["top_logprobs"] = entry["top_logprobs"][1:]
    assert dict(tokens_of(choice(entry))[0].alternatives) == {"4": math.log(0.5), "5": math.log(0.1)}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"logprobs": None},
        {"logprobs": []},
        {"logprobs": 7},
        {"logprobs": {"content": None}},
        {"logprobs": {"content": 7}},
        choice(None),
        choice({"token": "5"}),
        choice({"token": 5, "logprob": -1}),
        choice({"token": "5", "logprob": "low"}),
        choice({"token": "5", "logprob": math.nan}),
        choice(told("5", 0.5), {"token": "5", "logprob": 10**400}),
        choice({"token": "5", "logprob": -1, "top_logprobs": [3]}),
    ],
)
def test_what_cannot_be_read_is_no_tokens(broken: dict[str, Any]) -> None:
    assert tokens_of(broken) == ()


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(allow_nan=False)), min_size=1, max_size=6))
def test_no_alternative_is_likelier_than_certain_unless_the_engine_says_so(listed: list[tuple[str, float]]) -> None:
    entries = [{"token": text, "logprob": logprob} for text, logprob in listed]
    (token,) = tokens_of(choice({**entries[0], "top_logprobs": entries}))
    assert len({text for text, _ in token.alternatives}) == len(token.alternatives)
    assert token.logprob <= 0


@pytest.mark.anyio
async def test_they_are_asked_for_and_read_only_where_certainty_is_wanted(engine: FakeEngine) -> None:
    engine.replies = [lambda body: with_tokens(says(GOOD)(body))]
    client = engine.client()
    unsure = Question("tiny-base", [], {}, 9, 0.0, 1, with_certainty=False)
    assert await client.complete(unsure)
    completion = await client.complete(Question("tiny-base", [], {}, 9, 0.0, 1))
    await client.close()
    assert "logprobs" not in engine.asked[0]
    assert "top_logprobs" not in engine.asked[0]
    assert (engine.asked[1]["logprobs"], engine.asked[1]["top_logprobs"]) == (True, TOP_LOGPROBS)
    assert [token.text for token in completion.tokens] == ["5"]


def with_tokens(response: httpx.Response) -> httpx.Response:
    body = response.json()
    body["choices"][0] |= choice(told("5", 0.5))
    return httpx.Response(200, json=body)
