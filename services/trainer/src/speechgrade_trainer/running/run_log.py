"""The row and the events of a run in ``llm``: what the app and the operator see of it.

The beginning and the end of a run must be recorded or the command fails. Everything between is told as well as the
network allows: a project that does not answer for a while never stops a training. A run that gives no sign of life for
two minutes is taken for dead by the next one that looks.
"""

import errno
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from speechgrade_shared.command_line import console
from speechgrade_shared.errors import Retry, SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import DiskFull, Interrupted, RunLost

_SECONDS_BETWEEN_STEPS = 2.0


@dataclass
class RunLog:
    """One attempt at a run, as its trainer tells it."""

    run_id: str
    attempt: int
    _project: SupabaseProject
    _telling: SupabaseProject
    _last_said: dict[str, float] = field(default_factory=dict)
    _is_heard: bool = True

    def say(self, kind: str, payload: Mapping[str, Any], progress: float | None = None) -> None:
        """Append an event; one that does not arrive is lost, and the first loss is said in the terminal."""
        params = {"p_run": self.run_id, "p_kind": kind, "p_payload": dict(payload), "p_progress": progress}
        try:
            self._telling.rpc("append_event", params)
        except SpeechgradeError as error:
            if self._is_heard:
                console.print(f"[yellow]The project does not take events at the moment ({error.code}); going on.[/]")
            self._is_heard = False
        else:
            self._is_heard = True

    def say_step(self, payload: Mapping[str, Any], progress: float | None = None, kind: str = "step") -> None:
        """Like ``say``, but each kind at most every other second; the first of a kind is always said."""
        now = time.monotonic()
        if now - self._last_said.get(kind, -_SECONDS_BETWEEN_STEPS) >= _SECONDS_BETWEEN_STEPS:
            self._last_said[kind] = now
            self.say(kind, payload, progress)

    def end(self, status: str, error_code: str, *, resumable: bool) -> None:
        """Record that the run did not succeed; success is recorded by registering its adapter."""
        params = {"p_run": self.run_id, "p_attempt": self.attempt, "p_status": status, "p_error_code": error_code}
        try:
            self._project.rpc("end_run", params | {"p_resumable": resumable})
        except SpeechgradeError as error:
            structlog.get_logger().error("run_end_not_recorded", run_id=self.run_id, status=status, code=error.code)

    def close(self) -> None:
        """Give the connection back."""
        self._telling.close()

    @contextmanager
    def until_it_ends(self) -> Iterator[None]:
        """Whatever ends the block early ends the run, with the reason.

        Raises:
            DiskFull: the work folder's disk has no room.
            Interrupted: the process was asked to stop.
        """
        try:
            yield
        except RunLost:
            raise  # Whoever took it, or cancelled it, has written its row.
        except Interrupted as error:
            self.end("interrupted", error.code, resumable=True)
            raise
        except SpeechgradeError as error:
            self.end("failed", error.code, resumable=error.retry is not Retry.NEVER)
            raise
        except KeyboardInterrupt as error:
            self.end("interrupted", Interrupted.code, resumable=True)
            raise Interrupted("The run was interrupted; the same command goes on with it.") from error
        except BaseException as error:
            full = no_room(error)
            self.end("failed", full.code if full else "internal_error", resumable=True)
            raise full or error from error


def no_room(error: BaseException) -> DiskFull | None:
    """What a full disk looks like through the layers above it: torch and safetensors raise errors of their own."""
    cause: BaseException | None = error
    while cause is not None:
        text = str(cause)
        if getattr(cause, "errno", None) == errno.ENOSPC or "No space left on device" in text or "os error 28" in text:
            return DiskFull(
                "The disk of the work folder is full. Free some room; the same command goes on with the run."
            )
        cause = cause.__cause__ or cause.__context__
    return None
