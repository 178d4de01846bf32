"""vLLM as a process of this one's: started on loopback for one evaluation, and gone after it whatever happens."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import torch
from speechgrade_shared.prompt import CHAT_TEMPLATE

from speechgrade_trainer.errors import EngineFailed
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.training.arguments import torch_dtype
from speechgrade_trainer.training.base import Base
from speechgrade_trainer.training.device import read_device

_START_LIMIT_S, _STOP_LIMIT_S, _LOOK_EVERY_S = 900.0, 15.0, 0.25
_CPU_CACHE_BYTES = 512 * 1024 * 1024
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes for --max-lora-rank."""
# The grammar of the scorer's engine: one backend for the life of the process, and no optional white space.
_GRAMMAR = {"backend": "guidance", "disable_any_whitespace": True}
# The engine needs the machine's settings (paths, CUDA), but neither our secrets nor our import path.
_KEPT_BACK = ("SUPABASE_", "SPEECHGRADE_", "PYTHON", "VIRTUAL_ENV", "VLLM_", "PG")
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
# On a CPU: one process less, no thread spinning against the API server, and no compiler at run time.
_ON_CPU = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "OMP_NUM_THREADS": "1", "TORCH_COMPILE_DISABLE": "1"}


@dataclass(frozen=True, slots=True)
class Served:
    """What is to be served: the base under its id, and adapters of it by name."""

    base: Base
    recipe: Recipe
    adapters: Mapping[str, Path]
    max_model_len: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running engine."""

    url: str
    api_key: str
    version: str
    log: Path


@contextmanager
def serving(vllm: Path, served: Served, folder: Path, alive: Callable[[], None]) -> Iterator[Server]:
    """Start vLLM, wait until it serves everything, and stop it at the end of the block. ``folder`` takes its log.

    Raises:
        EngineFailed: it does not start, or does not serve what it should.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log, key, port = folder / "engine.log", secrets.token_urlsafe(24), _free_port()
    template = folder / "chat_template.jinja"
    template.write_text(CHAT_TEMPLATE, "utf-8")
    argv = [str(vllm), "serve", str(served.base.folder), *arguments(served, port, template)]
    with log.open("wb") as out:
        try:
            process = subprocess.Popen(
                argv, env=_environment(key), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            raise EngineFailed(f"The engine {vllm} cannot be started.") from error
    try:
        server = Server(f"http://127.0.0.1:{port}", key, "", log)
        version = _wait(process, server, {served.base.model, *served.adapters}, alive)
        yield Server(server.url, key, version, log)
    finally:
        _stop(process)


def arguments(served: Served, port: int, template: Path) -> list[str]:
    """The engine's flags."""
    device = read_device()
    ranks = [_rank(folder) for folder in served.adapters.values()]
    flags: dict[str, object] = {
        "served-model-name": served.base.model,
        "host": "127.0.0.1",
        "port": port,
        "dtype": str(torch_dtype(served.recipe, device)).removeprefix("torch."),
        "max-model-len": served.max_model_len,
        "chat-template": template,
        # One slot stays empty: on a CPU, rows without an adapter are computed with the last slot.
        "max-loras": len(ranks) + 1,
        "max-lora-rank": next((rank for rank in _RANKS if rank >= max(ranks, default=1)), _RANKS[-1]),
        "structured-outputs-config": json.dumps(_GRAMMAR, separators=(",", ":")),
    }
    if device.is_gpu:
        # What this process still holds of the card is not the engine's.
        free, total = torch.cuda.mem_get_info(device.index)
        flags["gpu-memory-utilization"] = f"{min(0.9, 0.95 * free / total):.2f}"
    else:
        flags["kv-cache-memory-bytes"] = _CPU_CACHE_BYTES
    given = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
    modules = [f"{name}={folder.resolve()}" for name, folder in served.adapters.items()]
    return ["--enable-lora", *given, *(["--lora-modules", *modules] if modules else [])]


def _rank(folder: Path) -> int:
    return int(json.loads((folder / "adapter_config.json").read_bytes())["r"])


def _environment(key: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_BACK)}
    on_this = {} if torch.cuda.is_available() else _ON_CPU
    return {**inherited, **_OFFLINE, **on_this, "VLLM_API_KEY": key}


def _wait(process: "subprocess.Popen[bytes]", server: Server, names: set[str], alive: Callable[[], None]) -> str:
    deadline = time.monotonic() + _START_LIMIT_S
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=5.0, trust_env=False) as http:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EngineFailed(f"The engine ended before it served; its log is {server.log}.")
            alive()
            with contextlib.suppress(httpx.TransportError):
                if http.get("/health").is_success:
                    return _checked(http, names, server)
            time.sleep(_LOOK_EVERY_S)
    raise EngineFailed(f"The engine did not come up in {_START_LIMIT_S:.0f} s; its log is {server.log}.")


def _checked(http: httpx.Client, names: set[str], server: Server) -> str:
    try:
        cards = {str(card["id"]) for card in http.get("/v1/models").raise_for_status().json()["data"]}
        version = str(http.get("/version").raise_for_status().json()["version"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise EngineFailed(f"The engine does not say what it serves; its log is {server.log}.") from error
    if not names <= cards:
        raise EngineFailed(f"The engine does not serve every adapter; its log is {server.log}.")
    return version


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_LIMIT_S)
    process.poll()
    # What it started is in its group, and may outlive it; a killed process holds its memory until it is gone.
    deadline = time.monotonic() + _STOP_LIMIT_S
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(_LOOK_EVERY_S)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
