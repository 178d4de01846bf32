"""The proxy does what it is told, or nothing that it finds would mean anything."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .processes import ScriptedEngineProcess, running
from .proxy import FaultProxy, dripping, garbage, late, proxied, refused, reset, silent, truncated


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    engine = ScriptedEngineProcess(Path(tmp_path_factory.mktemp("engine")))
    with running(engine), proxied(engine.url) as proxy:
        yield proxy


def test_unharmed_exchanges_pass(proxy: FaultProxy) -> None:
    with httpx.Client(base_url=proxy.url, trust_env=False) as client:
        assert [client.get("/version").json() for _ in range(3)] == [{"version": "0"}] * 3


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reset(), httpx.ReadError),
        (reset(30), httpx.ReadError),
        (silent(), httpx.ReadTimeout),
        (silent(30), httpx.ReadTimeout),
        (truncated(30), httpx.RemoteProtocolError),
        (garbage(), httpx.RemoteProtocolError),
        (refused(), httpx.ReadError),
    ],
)
def test_a_fault_meets_its_exchange_and_no_other(proxy: FaultProxy, fault: object, expected: type[Exception]) -> None:
    with httpx.Client(base_url=proxy.url, trust_env=False, timeout=0.3) as client:
        assert client.get("/version").status_code == 200
        proxy.once("/version", fault)  # type: ignore[arg-type]
        assert client.get("/v1/models").status_code == 200
        with pytest.raises(expected):
            client.get("/version")
        assert client.get("/version").status_code == 200


@pytest.mark.parametrize("fault", [late(0.3), dripping(pause_s=0.002)])
def test_a_slow_answer_comes_whole(proxy: FaultProxy, fault: object) -> None:
    proxy.always("/version", fault)  # type: ignore[arg-type]
    begun = time.monotonic()
    with httpx.Client(base_url=proxy.url, trust_env=False) as client:
        assert client.get("/version").json() == {"version": "0"}
    assert time.monotonic() - begun >= 0.2
    proxy.heal()
