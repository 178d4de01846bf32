"""SIGTERM and Ctrl-C: a training saves and stops at its next step, everything else stops at once.

Pre-empted pods get SIGTERM and a grace period. A second signal does not wait for the step.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from speechgrade_trainer.errors import Interrupted

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interruption:
    """Whether somebody wants this process to stop, and how soon it can."""

    def __init__(self) -> None:
        self.is_wanted = False
        self.reason: Exception | None = None
        self._waits_for_step = False

    def want(self, reason: Exception | None = None) -> None:
        """Stop at the next step; ``reason`` is raised then instead of ``Interrupted``."""
        self.is_wanted, self.reason = True, reason

    def check(self) -> None:
        """Stop here, if that is wanted.

        Raises:
            Interrupted: by a signal; or the reason that was given.
        """
        if self.is_wanted:
            raise self.reason or Interrupted("The run was interrupted; the same command goes on with it.")

    @contextmanager
    def at_the_next_step(self) -> Iterator[None]:
        """Inside, the first signal only asks; what runs inside looks at ``is_wanted`` where it can stop."""
        self.check()
        self._waits_for_step = True
        try:
            yield
        finally:
            self._waits_for_step = False

    @contextmanager
    def heard(self) -> Iterator["Interruption"]:
        """Listen to the signals for as long as the block runs. Only in the main thread."""
        before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        again, self.is_wanted = self.is_wanted, True
        if again or not self._waits_for_step:
            # No handler of the project's errors may hold it up; whoever ends the run makes an ``Interrupted`` of it.
            raise KeyboardInterrupt
