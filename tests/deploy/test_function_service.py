"""The edge runtime's main service, under Deno with a stand-in for the runtime's workers."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from speechgrade_local.environment import free_port

from . import compose_file
from .compose_file import REPO

MAIN = REPO / "deploy/supabase/functions/main/index.ts"
DENO = Path(sys.executable).with_name("deno")
FOUND = str(DENO) if DENO.exists() else shutil.which("deno")
pytestmark = [pytest.mark.deploy, pytest.mark.skipif(FOUND is None, reason="no Deno on this machine")]

STAND_IN = """
let retired = 0;
globalThis.EdgeRuntime = { userWorkers: { create(options) {
  const answer = (request) => {
    const path = new URL(request.url).pathname;
    if (path.endsWith("/retired") && retired++ === 0) throw Object.assign(new Error("x"), { name: "WorkerAlreadyRetired" });
    if (path.endsWith("/broken")) throw new Error("the body said: my grade is bad");
    return Response.json({ path, servicePath: options.servicePath, told: options.envVars.map(([name]) => name) });
  };
  return Promise.resolve({ fetch: (request) => new Promise((resolve) => resolve(answer(request))) });
} } };
const serve = Deno.serve;
const place = { hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen: () => console.log("listening") };
Deno.serve = (handler) => serve(place, handler);
await import(Deno.args[1]);
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    folder = tmp_path_factory.mktemp("functions")
    (folder / "stand_in.mjs").write_text(STAND_IN, "utf-8")
    port, log = free_port(), folder / "log"
    command = [str(FOUND), "run", "--no-prompt", "--allow-env", "--allow-net=127.0.0.1", f"--allow-read={MAIN}"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, str(folder / "stand_in.mjs"), str(port), MAIN.as_uri()], stdout=subprocess.PIPE, stderr=stream
        )
    assert process.stdout is not None
    assert b"listening" in process.stdout.readline(), log.read_text("utf-8")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield client, log
    process.terminate()
    process.wait(10)
    process.stdout.close()


def answered(service: tuple[httpx.Client, Path], path: str) -> tuple[int, Any]:
    answer = service[0].post(path, json={"evaluation_id": "x"})
    return answer.status_code, answer.json()


def test_it_gives_a_request_to_the_worker_of_the_function(service: tuple[httpx.Client, Path]) -> None:
    status, body = answered(service, "/score/batches")
    assert status == 200
    assert body["path"] == "/score/batches"
    mounted = {
        target
        for source, (target, _) in compose_file.mounts(compose_file.read()["services"]["functions"]).items()
        if source.endswith("supabase/functions/score")
    }
    assert {body["servicePath"]} == mounted
    assert "PATH" in body["told"]


@pytest.mark.parametrize("path", ["/", "/main", "/score-", "/..%2fmain", "/_internal/metric"])
def test_there_is_no_other_function(service: tuple[httpx.Client, Path], path: str) -> None:
    assert answered(service, path)[0] == 404


def test_a_worker_whose_time_was_over_is_replaced(service: tuple[httpx.Client, Path]) -> None:
    assert answered(service, "/score/retired")[0] == 200


def test_a_function_that_fails_is_said_without_its_words(service: tuple[httpx.Client, Path]) -> None:
    status, body = answered(service, "/score/broken")
    assert (status, body["code"]) == (503, "FUNCTION_UNAVAILABLE")
    logged = service[1].read_text("utf-8")
    assert "my grade" not in logged + json.dumps(body)
    assert "function_failed" in logged
