"""A real vLLM on CPU, from an environment of its own (`.venv-engine/`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from speechgrade_local.child import ChildSpec
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import SetupMissing
from speechgrade_local.readiness import http_healthy, http_ready

# One grammar backend for the life of the process: "auto" latches whichever comes first, and the
# others ignore number bounds. Whitespace off: an untrained model spends its tokens on it.
_GRAMMAR = {"backend": "guidance", "disable_any_whitespace": True}
_ENVIRONMENT = {
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the executor stays inside EngineCore
    "OMP_NUM_THREADS": "1",  # more would spin against the API server on two cores
    "TORCH_COMPILE_DISABLE": "1",  # else the first log-probabilities compile C++ or kill it
    "VLLM_DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_TRACED = {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf", "OTEL_BSP_SCHEDULE_DELAY": "500"}


@dataclass(frozen=True)
class EngineSettings:
    """What the engine serves and how much room it gets."""

    model_dir: Path
    served_name: str
    port: int
    adapters_in_use: int = 4
    max_lora_rank: int = 64
    max_model_len: int = 4096
    max_sequences: int = 16
    kv_cache_bytes: int = 256 * 1024 * 1024
    dtype: str = "float32"
    prefix_caching: bool = True
    name: str = "engine"
    collector_url: str = ""
    """Where its traces go, by OTLP over HTTP; empty: it makes none."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def engine_installed(repo_root: Path) -> bool:
    """Is the engine's environment there?"""
    return _vllm(repo_root).exists()


def engine_spec(repo_root: Path, settings: EngineSettings) -> ChildSpec:
    """`vllm serve` on loopback with runtime LoRA."""
    vllm = _vllm(repo_root)
    if not vllm.exists():
        raise SetupMissing("The engine's environment .venv-engine is not installed: make setup.")
    return ChildSpec(
        name=settings.name,
        argv=(str(vllm), "serve", str(settings.model_dir), *_arguments(settings)),
        env=child_environment(_ENVIRONMENT | (_TRACED if settings.collector_url else {})),
        cwd=settings.model_dir,
        is_ready=http_ready(f"{settings.url}/health"),
        is_healthy=http_healthy(f"{settings.url}/health"),
        start_limit_s=240.0,
    )


def _vllm(repo_root: Path) -> Path:
    return repo_root / ".venv-engine" / "bin" / "vllm"


def _arguments(settings: EngineSettings) -> tuple[str, ...]:
    flags = {
        "served-model-name": settings.served_name,
        "host": "127.0.0.1",
        "port": settings.port,
        "dtype": settings.dtype,
        "max-model-len": settings.max_model_len,
        "max-num-seqs": settings.max_sequences,
        "kv-cache-memory-bytes": settings.kv_cache_bytes,
        # One slot stays empty: on CPU, rows without an adapter are computed with the last slot.
        "max-loras": settings.adapters_in_use + 1,
        "max-cpu-loras": 2 * settings.adapters_in_use,
        "max-lora-rank": settings.max_lora_rank,
        "structured-outputs-config": json.dumps(_GRAMMAR, separators=(",", ":")),
    }
    values = (part for name, value in flags.items() for part in (f"--{name}", str(value)))
    caching = "--enable-prefix-caching" if settings.prefix_caching else "--no-enable-prefix-caching"
    traced = ("--otlp-traces-endpoint", f"{settings.collector_url}/v1/traces") if settings.collector_url else ()
    return ("--enable-lora", caching, *values, *traced)
