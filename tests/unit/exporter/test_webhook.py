"""Signed hints: believed when the signature is right and fresh, refused with a code otherwise, and never trusted further."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from speechgrade_exporter.health import health_app
from speechgrade_exporter.service import Health
from speechgrade_exporter.settings import ExporterSettings
from speechgrade_exporter.webhook import MAX_BODY_BYTES, SignedHints, webhook_router
from speechgrade_shared.errors import SettingsInvalid
from speechgrade_shared.settings import load
from standardwebhooks.webhooks import Webhook

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(32)).decode()
BODY = '{"type": "llm.changes"}'
HINTS = SignedHints(SecretStr(SECRET))


def signed(body: str = BODY, *, secret: str = SECRET, age: timedelta = timedelta()) -> dict[str, str]:
    at = datetime.now(UTC) - age
    signature = Webhook(secret).sign("hint_1", at, body)
    return {
        "webhook-id": "hint_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


class Endpoint:
    """The exporter's HTTP face, and who was woken by it."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.http = TestClient(health_app(Health(reason=""), webhook_router(HINTS, self.woken.append)))

    def post(self, headers: dict[str, str], body: str | bytes = BODY) -> Any:
        return self.http.post("/webhook", content=body, headers=headers)

    def assert_refused(self, answer: Any, status: int, code: str) -> None:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith(code)
        assert self.woken == []


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


def test_a_genuine_hint_wakes_the_exporter(endpoint: Endpoint) -> None:
    answer = endpoint.post(signed())
    assert (answer.status_code, answer.content) == (202, b"")
    assert endpoint.woken == ["webhook"]
    assert endpoint.http.get("/readyz").json()["hints"]["webhook"] == "on"


def test_a_replay_is_harmless(endpoint: Endpoint) -> None:
    headers = signed()
    assert [endpoint.post(headers).status_code for _ in range(3)] == [202, 202, 202]


def test_while_a_secret_is_renewed_both_signatures_may_come(endpoint: Endpoint) -> None:
    headers = signed()
    headers["webhook-signature"] = signed(secret=OTHER)["webhook-signature"] + " " + headers["webhook-signature"]
    assert endpoint.post(headers).status_code == 202


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
def test_a_signature_is_good_for_five_minutes(endpoint: Endpoint, minutes: int) -> None:
    answer = endpoint.post(signed(age=timedelta(minutes=minutes)))
    endpoint.assert_refused(answer, 401, "signature_invalid")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_a_little(endpoint: Endpoint, minutes: int) -> None:
    assert endpoint.post(signed(age=timedelta(minutes=minutes))).status_code == 202


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed_and_signed(endpoint: Endpoint, header: str) -> None:
    without = {name: value for name, value in signed().items() if name != header}
    endpoint.assert_refused(endpoint.post(without), 401, "signature_invalid")
    endpoint.assert_refused(endpoint.post(without | {header: "1"}), 401, "signature_invalid")


def test_another_secret_or_another_body_is_refused(endpoint: Endpoint) -> None:
    endpoint.assert_refused(endpoint.post(signed(secret=OTHER)), 401, "signature_invalid")
    endpoint.assert_refused(endpoint.post(signed(), BODY + " "), 401, "signature_invalid")


def test_a_large_body_is_refused_before_it_is_read_whole(endpoint: Endpoint) -> None:
    body = json.dumps("x" * MAX_BODY_BYTES)
    endpoint.assert_refused(endpoint.post(signed(body), body), 413, "hint_too_large")


def test_without_a_secret_there_is_no_endpoint() -> None:
    answer = TestClient(health_app(Health(reason=""))).post("/webhook", content=BODY, headers=signed())
    assert (answer.status_code, answer.json()["code"]) == (404, "route_unknown")


def test_only_posts_are_hints(endpoint: Endpoint) -> None:
    endpoint.assert_refused(endpoint.http.get("/webhook"), 405, "method_not_allowed")


def test_the_endpoint_and_its_problems_are_documented(endpoint: Endpoint) -> None:
    route = endpoint.http.get("/openapi.json").json()["paths"]["/webhook"]["post"]
    assert {"202", "400", "401", "408", "413"} <= set(route["responses"])


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Id", "x"]),
        st.one_of(st.text(), st.sampled_from(["v1,", "v1,&", "v1,YQ== v1", ",,,", "nan", "inf", "-1e999", "1"])),
    ),
    body=st.binary(max_size=50),
)
def test_nothing_that_can_be_sent_raises(headers: dict[str, str], body: bytes) -> None:
    assert not HINTS.is_genuine(headers, body)


@given(st.text(max_size=200))
def test_whatever_is_signed_with_the_secret_is_genuine(body: str) -> None:
    assert HINTS.is_genuine(signed(body), body.encode())


@pytest.mark.parametrize(
    "secret",
    [
        "plain words that are long enough for a secret",
        "whsec_not base64 at all, however long it may be",
        "whsec_c2hvcnQ=",
    ],
)
def test_a_secret_of_another_kind_is_refused_with_the_settings(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://localhost:9")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "key-of-the-tests-only")
    monkeypatch.setenv("SPEECHGRADE_SUBJECT_KEY", "a key of the tests with more than 32 bytes")
    monkeypatch.setenv("SPEECHGRADE_WEBHOOK_SECRET", secret)
    with pytest.raises(SettingsInvalid, match="SPEECHGRADE_WEBHOOK_SECRET") as caught:
        load(ExporterSettings)
    assert secret not in caught.value.public
    monkeypatch.setenv("SPEECHGRADE_WEBHOOK_SECRET", SECRET)
    assert load(ExporterSettings).webhook_secret is not None
