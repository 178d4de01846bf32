"""Whatever looks like a secret or an address never comes out of a log, wherever in an event it stands."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.log_redaction import LONGEST, REDACTED, LogRedaction

URL_SAFE = string.ascii_letters + string.digits + "-_"
WORDS = st.text("abcdefgh .,:()[]{}\"'\n\\/=?&<>", max_size=30)
NAMES = st.sampled_from(["event", "url", "reason", "code", "error", "headers", "detail"])


def random_part(least: int, most: int, alphabet: str = URL_SAFE) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


JWT = st.builds(
    "eyJ{}.eyJ{}.{}".format, random_part(10, 60), random_part(10, 120), random_part(20, 60, URL_SAFE.replace("-", ""))
)
EMAIL = st.builds(
    "{}@{}.{}".format,
    random_part(1, 30, string.ascii_letters + string.digits + "._+"),
    random_part(1, 20, string.ascii_lowercase + string.digits),
    st.sampled_from(["edu", "org", "co.uk", "example", "школа", "ac.jp"]),
)
PREFIXED = st.builds(
    "{}{}".format,
    st.sampled_from(["sb_secret_", "sb_publishable_", "whsec_", "github_pat_", "ghp_", "glpat-", "sbp_", "xoxb-"]),
    random_part(20, 60, string.ascii_letters + string.digits),
)
OF_PROVIDERS = st.builds(
    "{}{}".format, st.sampled_from(["sk-", "sk-proj-", "hf_", "rk_live_"]), random_part(16, 50, string.ascii_letters)
)
LONG = (
    random_part(40, 90)
    .filter(lambda word: min(sum(map(kind, word)) for kind in (str.isdigit, str.isupper, str.islower)) >= 3)
    .map(str)
)
SECRETS = st.one_of(JWT, EMAIL, PREFIXED, OF_PROVIDERS, LONG)


def wrapped(secret: str) -> st.SearchStrategy[Any]:
    """A value that holds a secret: in a text, in a list, in a mapping, as a name, in an object's words."""

    class Thing:
        def __str__(self) -> str:
            return f"<Thing {secret}>"

    texts = st.builds(lambda before, after: f"{before} {secret} {after}", WORDS, WORDS)
    return st.one_of(
        texts,
        texts.map(lambda text: [1, text]),
        texts.map(lambda text: {"inner": {"deeper": (text,)}}),
        texts.map(lambda text: {text: 1}),
        texts.map(ValueError),
        st.just(Thing()),
        st.just(secret.encode()),
    )


@given(data=st.data(), secret=SECRETS, name=NAMES)
def test_what_has_the_shape_of_a_secret_never_comes_out(data: st.DataObject, secret: str, name: str) -> None:
    event = {"event": "something", name: data.draw(wrapped(secret))}
    assert secret not in json.dumps(LogRedaction().event(event), ensure_ascii=False)


@given(secret=st.text(min_size=8, max_size=60).filter(lambda text: text.strip() == text), before=WORDS, after=WORDS)
def test_a_secret_of_the_process_never_comes_out_whatever_its_shape(secret: str, before: str, after: str) -> None:
    told = LogRedaction([secret]).event({"event": f"{before}{secret}{after}", "more": [secret]})
    # What stands around it may be a part of it once more, as in "aaaa" + "aaaaaaaa".
    assert told["more"] == [REDACTED]
    assert secret not in told["event"].replace(REDACTED, "\n" if "\n" not in secret else "")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    )
)
def test_anything_can_be_logged(value: Any) -> None:
    json.dumps(LogRedaction().event({"event": "something", "value": value}))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 64,
        "0f3c9a" * 10,
        "6a6f3e1c-8a55-4a6e-9d0e-0f8d8c1a2b3c",
        "mistralai/Mistral-7B-Instruct-v0.2@63a8b081895390a26e140280378bc85ec8bce07a+sg-8b032f9b37261a28d2db+r1-b0c73dcf8da4",
        "speechgrade_scorer.requests.worker:117",
        "/models/huggingface/hub/models--mistralai--Mistral-7B-Instruct-v0.2/snapshots",
        "champion_not_loaded",
        "2026-11-30T08:43:41.125646Z",
        "http://engine:8000/v1/models",
        "application/json; charset=utf-8",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert LogRedaction().event({"event": text, "value": text}) == {"event": text, "value": text}


@pytest.mark.parametrize(
    "name",
    [
        "transcript",
        "Authorization",
        "speech_text",
        "api_key",
        "apikey",
        "access_token",
        "feedback",
        "e_mail",
        "password",
        "first_name",
        "studentName",
        "nicknames",
        "sis_id",
        "prompt",
        "messages",
    ],
)
def test_a_name_that_says_so_is_enough(name: str) -> None:
    told = LogRedaction().event({"event": "something", name: "Noor", "inner": {name: ["Noor"]}})
    assert "Noor" not in json.dumps(told)


def test_counts_of_tokens_are_no_tokens() -> None:
    told = {"event": "x", "prompt_tokens": 7, "tokens": 3, "prompt_version": "r1-b0c73dcf8da4"}
    assert LogRedaction().event(told) == told


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        # pragma: allowlist nextline secret
        ("GET http://user:hunter2@host/x", "GET http://[redacted]host/x"),
        ("failed for Authorization: Bearer abc.def-123", "failed for Authorization: [redacted]"),
        ("https://h/x?apikey=abc&limit=3", "https://h/x?[redacted]&limit=3"),
        ("password = 'hunter2' given", "[redacted]' given"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nabc\ndef", "[redacted]"),
    ],
)
def test_credentials_in_headers_addresses_and_sentences_go(text: str, kept: str) -> None:
    assert LogRedaction().text(text) == kept


def test_a_speech_that_slipped_in_is_cut() -> None:
    assert len(LogRedaction().text("word " * 5000)) <= LONGEST + 1
