"""Starts processes in order, notices when one dies, stops them in reverse order."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from speechgrade_local.child import Child, ChildSpec
from speechgrade_local.errors import ProcessDied, StartFailed

_PROBE_PAUSE_S = 0.05
_WATCH_PAUSE_S = 0.2
_HEALTH_EVERY_S = 2.0
_NUDGE_EVERY_S = 1.0


class Supervisor:
    """The processes of one stack. Deaths are raised in the main thread as `ProcessDied`."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._children: list[Child] = []
        self._ready: set[str] = set()
        self._death: ProcessDied | None = None
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="stack-watcher", daemon=True)
        self._restore: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Begin to watch. Called from the main thread, deaths interrupt whatever it does."""
        if threading.current_thread() is threading.main_thread():
            previous = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP)}
            signal.signal(signal.SIGUSR1, self._on_death)
            signal.signal(signal.SIGTERM, _on_terminate)
            signal.signal(signal.SIGHUP, _on_terminate)
            self._restore = lambda: _restore_handlers(previous)
        self._watcher.start()

    def start(self, spec: ChildSpec) -> Child:
        """Start one process and wait until it is ready."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        child = Child(spec, self._log_dir / f"{spec.name}.log")
        self._children.append(child)
        deadline = time.monotonic() + spec.start_limit_s
        while not spec.is_ready():
            self.check_alive()
            if self._closing.is_set():
                raise StartFailed(f"{spec.name} was stopped before it was ready.")
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{spec.name} was not ready after {spec.start_limit_s:.0f} seconds; "
                    f"its log is {child.log}.{child.log_tail()}"
                )
            time.sleep(_PROBE_PAUSE_S)
        self.check_alive()
        self._ready.add(spec.name)
        return child

    @property
    def process_ids(self) -> dict[str, int]:
        """What was started, by name."""
        return {child.spec.name: child.pid for child in tuple(self._children)}

    def check_alive(self) -> None:
        """Raise `ProcessDied` if any process ended on its own."""
        for child in self._children:
            if self._death is None and child.has_ended():
                self._death = ProcessDied(child.obituary())
        if self._death is not None:
            raise self._death

    def await_death(self, seconds: float) -> None:
        """Give the kernel a moment: raise if a process turns out to be dead."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check_alive()
            time.sleep(_PROBE_PAUSE_S)

    def close(self) -> None:
        """Stop everything, last started first. A second Ctrl-C does not cut this short."""
        self._closing.set()
        on_main = threading.current_thread() is threading.main_thread()
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN) if on_main else None
        try:
            for child in reversed(self._children):
                child.stop()
        finally:
            self._children.clear()
            if on_main:
                self._restore()
                signal.signal(signal.SIGINT, interrupt)

    def _watch(self) -> None:
        next_health = time.monotonic()
        while not self._closing.wait(_WATCH_PAUSE_S):
            if time.monotonic() >= next_health:
                self._probe_health()
                next_health = time.monotonic() + _HEALTH_EVERY_S
            try:
                self.check_alive()
            except ProcessDied:
                self._interrupt_main()

    def _probe_health(self) -> None:
        for child in tuple(self._children):
            probe = child.spec.is_healthy
            if probe is None or child.spec.name not in self._ready or self._death is not None:
                continue
            if not probe() and not self._closing.is_set():
                self._death = ProcessDied(child.obituary())

    def _interrupt_main(self) -> None:
        """Nudge until the stack closes: code in between may swallow the first exception."""
        while not self._closing.is_set():
            os.kill(os.getpid(), signal.SIGUSR1)
            self._closing.wait(_NUDGE_EVERY_S)

    def _on_death(self, _number: int, _frame: FrameType | None) -> None:
        if self._death is not None and not self._closing.is_set():
            raise self._death


def _on_terminate(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _restore_handlers(handlers: Mapping[signal.Signals, object]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
