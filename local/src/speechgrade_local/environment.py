"""What a child process sees of this machine's environment."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Mapping

from speechgrade_local.errors import StartFailed

_LISTENING_PORTS = range(15_000, 30_000)
# A developer's own project settings must not leak into the embedded stack.
_FOREIGN = ("SUPABASE_", "SPEECHGRADE_", "PG", "VLLM_", "LITE_", "DENO_")
_QUIET = {
    "DO_NOT_TRACK": "1",
    "LITE_TELEMETRY": "0",
    "SUPABASE_TELEMETRY_DISABLED": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DENO_NO_UPDATE_CHECK": "1",
    "NO_UPDATE_NOTIFIER": "1",
}


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The inherited environment without foreign settings, silent, plus `extra`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**inherited, **_QUIET, **(extra or {})}


def free_port() -> int:
    """A loopback port nobody listens on at this moment.

    It is none of those that systems give to outgoing connections: a port that is chosen now and listened on a minute
    later would sometimes be the other end of somebody's request by then.
    """
    for port in random.SystemRandom().sample(_LISTENING_PORTS, k=200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise StartFailed("No loopback port is free.")
