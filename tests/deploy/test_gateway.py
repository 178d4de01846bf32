"""The gateway of the profile `local`, run by nginx: whose key becomes whose token, and what passes untouched."""

import hashlib
import json
from collections.abc import Iterator
from http.client import HTTPConnection

import httpx
import pytest
from speechgrade_local.environment import free_port

from . import compose_file, gateway
from .gateway import NGINX, SERVICES, Gateway, StandIn

pytestmark = [pytest.mark.deploy, pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")]

SECRET, PUBLISHABLE, USER = "sb_secret_Aa-1_z", "sb_publishable_Bb-2_z", "Bearer eyJ.of-a-user.sig"
SERVICE_TOKEN, ANON_TOKEN = "eyJ.of-the-service.sig", "eyJ.of-nobody.sig"
REFUSED = "refused"
AS_SERVICE, AS_NOBODY = f"Bearer {SERVICE_TOKEN}", f"Bearer {ANON_TOKEN}"
KEYS = {
    "SUPABASE_SECRET_KEY": SECRET,
    "SUPABASE_PUBLISHABLE_KEY": PUBLISHABLE,
    "SUPABASE_SERVICE_TOKEN": SERVICE_TOKEN,
    "SUPABASE_ANON_TOKEN": ANON_TOKEN,
}


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, StandIn]]:
    made = {name: StandIn(name) for name in SERVICES}
    yield made
    for service in made.values():
        service.shutdown()
        service.server_close()


@pytest.fixture(scope="module")
def door(services: dict[str, StandIn], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    places = {f"GATEWAY_{name.upper()}": service.place for name, service in services.items()}
    with gateway.running(tmp_path_factory.mktemp("gateway"), KEYS | places) as running:
        yield running


@pytest.fixture
def http(door: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=door.url, timeout=30) as client:
        yield client


CASES = [
    # service, apikey, authorization → the authorization that arrives, or REFUSED
    ("rest", SECRET, None, AS_SERVICE),
    ("rest", PUBLISHABLE, None, AS_NOBODY),
    ("rest", PUBLISHABLE, USER, USER),
    ("rest", SECRET, f"Bearer {SECRET}", AS_SERVICE),
    ("rest", PUBLISHABLE, f"bearer {PUBLISHABLE}", AS_NOBODY),
    ("rest", PUBLISHABLE, f"Bearer {SECRET}", AS_NOBODY),
    ("rest", None, None, REFUSED),
    ("rest", None, USER, REFUSED),
    ("rest", "sb_secret_wrong", None, REFUSED),
    ("rest", "sb_secret_wrong", USER, REFUSED),
    ("rest", SECRET.swapcase(), None, REFUSED),
    ("rest", f"{SECRET}x", None, REFUSED),
    ("rest", f"x{SECRET}", None, REFUSED),
    ("auth", SECRET, None, AS_SERVICE),
    ("auth", PUBLISHABLE, USER, USER),
    ("auth", None, USER, REFUSED),
    ("storage", SECRET, None, AS_SERVICE),
    ("storage", PUBLISHABLE, None, AS_NOBODY),
    ("storage", PUBLISHABLE, USER, USER),
    ("storage", None, None, None),
    ("storage", "sb_secret_wrong", None, REFUSED),
    ("functions", PUBLISHABLE, USER, USER),
    ("functions", None, USER, USER),
    ("functions", SECRET, None, None),
]


@pytest.mark.parametrize(("service", "key", "token", "arrives"), CASES)
def test_a_key_becomes_the_token_of_its_role(
    http: httpx.Client, service: str, key: str | None, token: str | None, arrives: str | None
) -> None:
    headers = {name: value for name, value in (("apikey", key), ("authorization", token)) if value is not None}
    answer = http.get(f"/{service}/v1/things", headers=headers)
    assert answer.status_code == (401 if arrives == REFUSED else 200)
    body = answer.json()
    if arrives != REFUSED:
        assert (body["service"], body["path"]) == (service, "/things")
        assert body["headers"].get("authorization") == arrives
    else:
        assert "service" not in body
        assert "sb_" not in body["message"] + body["hint"]


def test_an_empty_key_is_nobodys_even_where_no_key_was_set(
    services: dict[str, StandIn], tmp_path_factory: pytest.TempPathFactory
) -> None:
    places = {f"GATEWAY_{name.upper()}": service.place for name, service in services.items()}
    with gateway.running(tmp_path_factory.mktemp("keyless"), dict.fromkeys(KEYS, "") | places) as keyless:
        for key in ("", "sb_", "anyone"):
            assert httpx.get(f"{keyless.url}/rest/v1/things", headers={"apikey": key}).status_code == 401
        assert httpx.get(f"{keyless.url}/rest/v1/things").status_code == 401


@pytest.mark.parametrize("path", ["verify", "callback", "authorize", ".well-known/jwks.json"])
def test_links_of_auth_and_its_public_keys_need_no_key(http: httpx.Client, path: str) -> None:
    assert http.get(f"/auth/v1/{path}").json()["path"] == f"/{path}"


@pytest.mark.parametrize(
    "path",
    ["/auth/v1/verifyx", "/auth/v1/admin/users", "/auth/v1/verify/../admin/users", "/auth/v1//verify/%2e%2e/user"],
)
def test_nothing_else_of_auth_is_open(door: Gateway, path: str) -> None:
    with httpx.Client() as client:
        request = client.build_request("GET", door.url)
        request.url = request.url.copy_with(raw_path=path.encode())
        assert client.send(request).status_code in (401, 404)


@pytest.mark.parametrize("path", ["/", "/rest/v1", "/realtime/v1/websocket", "/pg/query", "/storage"])
def test_there_is_nothing_else_behind_it(http: httpx.Client, path: str) -> None:
    assert http.get(path, headers={"apikey": SECRET}).status_code in (301, 404)


def test_names_and_queries_pass_as_they_were_sent(http: httpx.Client) -> None:
    sent = "/object/llm-datasets/a%2Fb%20c+d/%C3%A9%25.json?prefix=a%2Fb&in=(1,2)"
    answer = http.get(f"/storage/v1{sent}", headers={"apikey": SECRET})
    assert answer.json()["path"] == sent


def test_an_object_of_sixty_megabytes_passes_whole(http: httpx.Client) -> None:
    piece = bytes(range(256)) * 4096
    expected = hashlib.sha256(piece * 60)
    headers = {"apikey": SECRET, "content-type": "application/octet-stream"}
    answer = http.post("/storage/v1/object/llm-adapters/x", content=(piece for _ in range(60)), headers=headers)
    assert answer.json()["size"] == 60 * len(piece)
    assert answer.json()["sha256"] == expected.hexdigest()


def test_more_than_storage_takes_is_refused_before_it_is_sent(http: httpx.Client) -> None:
    connection = HTTPConnection(str(http.base_url.netloc, "ascii"), timeout=30)
    connection.putrequest("POST", "/storage/v1/object/llm-adapters/x")
    connection.putheader("apikey", SECRET)
    connection.putheader("content-length", str(2 << 30))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_an_upload_in_parts_keeps_its_headers(http: httpx.Client) -> None:
    parts = {"tus-resumable": "1.0.0", "upload-offset": "6291456", "content-type": "application/offset+octet-stream"}
    begun = {"upload-length": "7340032", "upload-metadata": "bucketName bGxtLWFkYXB0ZXJz", "x-upsert": "false"}
    answer = http.patch(
        "/storage/v1/upload/resumable/id", content=bytes(6 << 20), headers={"apikey": SECRET} | parts | begun
    )
    arrived = answer.json()
    assert arrived["headers"].items() >= (parts | begun).items()
    assert arrived["headers"]["authorization"] == AS_SERVICE
    assert arrived["size"] == 6 << 20
    assert answer.headers["upload-offset"] == str(6 << 20)


def test_a_large_answer_of_rest_arrives_whole(services: dict[str, StandIn], http: httpx.Client) -> None:
    services["rest"].large = json.dumps(["row"] * 2_000_000).encode()
    try:
        answer = http.get("/rest/v1/rows", headers={"apikey": SECRET})
        assert answer.content == services["rest"].large
    finally:
        services["rest"].large = b""


def test_a_large_call_of_rest_arrives_whole(http: httpx.Client) -> None:
    rows = json.dumps([{"text": "a" * 1000}] * 20_000)
    answer = http.post("/rest/v1/rpc/settle_changes", content=rows, headers={"apikey": SECRET, "prefer": "tx=commit"})
    assert answer.json()["size"] == len(rows)
    assert answer.json()["headers"]["prefer"] == "tx=commit"


def test_a_long_list_of_ids_fits_into_a_query(http: httpx.Client) -> None:
    query = "id=in.(" + ",".join(["00000000-0000-0000-0000-000000000000"] * 700) + ")"
    assert http.get(f"/rest/v1/evaluations?{query}", headers={"apikey": SECRET}).json()["path"].endswith(query)


@pytest.mark.parametrize("service", ["rest", "auth", "storage"])
def test_a_page_of_any_origin_may_ask(http: httpx.Client, service: str) -> None:
    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    before = http.options(f"/{service}/v1/x", headers=asked | {"access-control-request-headers": "apikey,prefer"})
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == "*"
    assert before.headers["access-control-allow-headers"] == "apikey,prefer"
    assert "PATCH" in before.headers["access-control-allow-methods"]
    after = http.get(f"/{service}/v1/x", headers={"apikey": SECRET, "origin": "https://app.example"})
    assert after.headers.get_list("access-control-allow-origin") == ["*"]


def test_the_function_decides_itself_which_pages_may_ask(http: httpx.Client) -> None:
    for answer in (http.options("/functions/v1/score"), http.get("/functions/v1/score")):
        assert answer.headers.get_list("access-control-allow-origin") == ["https://of.functions.example"]
        assert answer.json()["path"] == "/score"


def test_its_log_names_no_query_and_no_key(door: Gateway, http: httpx.Client) -> None:
    http.get("/rest/v1/course_students?email=eq.noor@example.org", headers={"apikey": SECRET, "authorization": USER})
    written = door.log.read_text("utf-8")
    assert {"path", "status", "key"} <= door.lines()[-1].keys()
    assert not [word for word in ("noor", SECRET, SERVICE_TOKEN, "of-a-user") if word in written]


def test_a_service_that_is_away_is_said_as_json(
    services: dict[str, StandIn], tmp_path_factory: pytest.TempPathFactory
) -> None:
    places = {f"GATEWAY_{name.upper()}": f"127.0.0.1:{free_port()}" for name in services}
    with gateway.running(tmp_path_factory.mktemp("away"), KEYS | places) as alone:
        answer = httpx.get(f"{alone.url}/rest/v1/x", headers={"apikey": SECRET})
        assert answer.status_code == 503
        assert "does not answer" in answer.json()["message"]


def test_compose_gives_the_template_every_value() -> None:
    given = compose_file.environment(compose_file.read()["services"]["gateway"])
    assert gateway.placeholders() <= set(given)
