"""One supervised process: how it is started, described and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launch.py")
_TAIL_LINES = 5
_TAIL_BYTES = 8192


@dataclass(frozen=True)
class Identity:
    """The operating-system user a process runs as."""

    uid: int = field(default_factory=os.geteuid)
    gid: int = field(default_factory=os.getegid)


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to know that it works."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    is_ready: Callable[[], bool]
    start_limit_s: float = 30.0
    stop_limit_s: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM
    identity: Identity = field(default_factory=Identity)
    is_healthy: Callable[[], bool] | None = None


class Child:
    """A started process in a session and process group of its own."""

    def __init__(self, spec: ChildSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self._process = _spawn(spec, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def obituary(self) -> str:
        """One sentence on how it ended and where its log is, then the log's last lines."""
        return f"{self.spec.name} {self._ending()}; its log is {self.log}.{self.log_tail()}"

    def log_tail(self) -> str:
        """The last lines of the log, indented, beginning with a line break; or nothing."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
                text = stream.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
        lines = [line for line in text.splitlines() if line.strip()][-_TAIL_LINES:]
        return "".join(f"\n    {line[:300]}" for line in lines)

    def stop(self) -> None:
        """Ask politely, wait, then end the whole group."""
        if not self.has_ended():
            self._process.send_signal(self.spec.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self.spec.stop_limit_s)
        self.kill_group()

    def kill_group(self) -> None:
        """End what is left of the process and of everything it started."""
        deadline = time.monotonic() + 2
        while _group_exists(self.pid) and time.monotonic() < deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.poll()
            time.sleep(0.01)

    def _ending(self) -> str:
        code = self._process.returncode
        if code is None:
            return "stopped answering"
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def launched(
    command: Sequence[str],
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    identity: Identity | None = None,
) -> tuple[str, ...]:
    """The command, bound to the life of this process, as the given user."""
    user = identity or Identity()
    launcher = (sys.executable, "-I", "-S", str(_LAUNCHER))
    bonds = (os.getpid(), int(stop_signal), user.uid, user.gid)
    return (*launcher, *map(str, bonds), *command)


def _spawn(spec: ChildSpec, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen(
            launched(spec.argv, stop_signal=spec.stop_signal, identity=spec.identity),
            env=dict(spec.env),
            cwd=spec.cwd,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
