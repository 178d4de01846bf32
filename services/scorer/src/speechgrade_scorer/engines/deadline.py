"""The moment by which something must have ended. Every step of a chain gets what is left, never a time of its own."""

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds that only go forward, such as ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a clock; there is never more left than there was."""

    ends_at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        return cls(clock() + seconds, clock)

    def left(self) -> float:
        """The seconds that are left; 0 once it is over."""
        return max(0.0, self.ends_at - self.clock())

    def is_over(self) -> bool:
        return self.left() <= 0.0

    def first(self, share: float) -> "Deadline":
        """The deadline of a step that may use ``share`` of what is left, so that the next ones have the rest."""
        return Deadline(self.clock() + share * self.left(), self.clock)
