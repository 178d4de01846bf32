"""Our own client through the gateway, with a whole project behind it: the embedded one."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from speechgrade_local.stack import Stack
from speechgrade_shared.errors import ProjectRefused
from speechgrade_shared.project import SupabaseProject

from . import gateway
from .compose_file import REPO
from .gateway import NGINX, Gateway

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.stack,
    pytest.mark.skipif(NGINX is None, reason="no nginx on this machine"),
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(REPO, tmp_path_factory.mktemp("project"), fresh=True) as running:
        running.start_postgres()
        running.apply_migrations()
        running.start_supabase()
        yield running


@pytest.fixture(scope="module")
def door(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    place = urlsplit(stack.supabase_url).netloc
    signing = jwt.PyJWK.from_dict(stack.keys.signing_key)

    def token(role: str) -> str:
        claims = {"role": role, "iss": "x", "exp": 4102444800}
        return jwt.encode(claims, signing, algorithm="ES256", headers={"kid": stack.keys.signing_key["kid"]})

    values = {
        "SUPABASE_SECRET_KEY": stack.secret_key,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "SUPABASE_SERVICE_TOKEN": token("service_role"),
        "SUPABASE_ANON_TOKEN": token("anon"),
        "GATEWAY_REST": f"{place}/rest/v1",
        "GATEWAY_AUTH": f"{place}/auth/v1",
        "GATEWAY_STORAGE": f"{place}/storage/v1",
        "GATEWAY_FUNCTIONS": f"{place}/functions/v1",
    }
    with gateway.running(tmp_path_factory.mktemp("gateway"), values) as running:
        yield running


@pytest.fixture
def project(stack: Stack, door: Gateway) -> Iterator[SupabaseProject]:
    made = SupabaseProject(door.url, stack.secret_key, attempts=1)
    yield made
    made.close()


def test_the_secret_key_works_the_queue(project: SupabaseProject) -> None:
    assert project.rpc("claim_changes", {"p_worker": "w", "p_limit": 5, "p_lease_seconds": 60}) == []
    assert list(project.rows("datasets", "digest", key="digest")) == []


def test_the_publishable_key_does_not(stack: Stack, door: Gateway) -> None:
    stranger = SupabaseProject(door.url, stack.publishable_key, attempts=1)
    with pytest.raises(ProjectRefused):
        stranger.rpc("claim_changes", {"p_worker": "w", "p_limit": 5, "p_lease_seconds": 60})
    stranger.close()


def test_an_adapter_goes_in_and_comes_back(project: SupabaseProject, tmp_path: Path) -> None:
    file = tmp_path / "adapter_model.safetensors"
    file.write_bytes(bytes(range(256)) * (60 << 12))
    project.upload_file("llm-adapters", "a b/adapter_model.safetensors", file, "application/octet-stream")
    digest = project.download_to("llm-adapters", "a b/adapter_model.safetensors", tmp_path / "back")
    assert digest == project.object_sha256("llm-adapters", "a b/adapter_model.safetensors")
    assert (tmp_path / "back").stat().st_size == file.stat().st_size == 60 << 20
    assert project.object_names("llm-adapters", "a b") == ["adapter_model.safetensors"]
    project.remove("llm-adapters", ["a b/adapter_model.safetensors"])


def test_a_user_is_whom_their_own_token_names(stack: Stack, door: Gateway) -> None:
    user = "00000000-0000-4000-8000-000000000001"
    token = stack.sign_user_token(user, "ada@example.org")
    asked = {"apikey": stack.publishable_key, "authorization": f"Bearer {token}"}
    seen = httpx.get(f"{door.url}/rest/v1/evaluations?select=id", headers=asked, timeout=30)
    assert (seen.status_code, seen.json()) == (200, [])
    of_another_key = asked | {"authorization": f"Bearer {token[:-4]}AAAA"}
    assert httpx.get(f"{door.url}/rest/v1/evaluations?select=id", headers=of_another_key, timeout=30).status_code == 401


def test_the_public_keys_are_there_for_everyone(stack: Stack, door: Gateway) -> None:
    assert httpx.get(f"{door.url}/auth/v1/.well-known/jwks.json").json() == stack.jwks
