"""The publisher's lease: of several exporters side by side, one publishes, erases and sweeps at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.errors import PublisherBusy
from speechgrade_exporter.heartbeat import beating

log = structlog.get_logger()
_NAME = "publisher"
_PAUSE_S = 0.2


class PublisherLease:
    """A lease that the database checks again in every transaction that changes what is published.

    Within its block it may be taken again by the same object, which changes nothing.
    """

    def __init__(self, project: SupabaseProject, owner: str, *, seconds: int, patience_s: float) -> None:
        self.owner = owner
        self._project = project
        self._seconds = seconds
        self._patience_s = patience_s
        self._is_held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it while the block runs.

        Raises:
            PublisherBusy: another exporter has held it for longer than we wait.
        """
        if self._is_held:
            yield
            return
        self._await()
        self._is_held = True
        try:
            with beating(self._acquire, self._seconds / 3, name=_NAME):
                yield
        finally:
            self._is_held = False
            self._release()

    def _await(self) -> None:
        deadline = time.monotonic() + self._patience_s
        while not self._acquire():
            if time.monotonic() >= deadline:
                raise PublisherBusy("Another exporter is publishing at the moment.")
            time.sleep(_PAUSE_S)

    def _release(self) -> None:
        try:
            self._project.rpc("release_lease", {"p_name": _NAME, "p_owner": self.owner})
        except SpeechgradeError as error:
            # It runs out by itself, and whatever went wrong before is what the caller should hear of.
            log.warning("lease_left_to_run_out", lease=_NAME, code=error.code)

    def _acquire(self) -> bool:
        params = {"p_name": _NAME, "p_owner": self.owner, "p_seconds": self._seconds}
        return bool(self._project.rpc("acquire_lease", params))
