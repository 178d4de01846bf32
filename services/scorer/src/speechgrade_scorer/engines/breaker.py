"""A circuit breaker: what fails again and again is left alone for a while, then tried once before it is used again.

The pattern is Nygard's (Release It!, 2007): closed while all is well, open after some failures in a row, and half-open
for one trial when the pause is over. It does nothing itself and asks the clock that it is given, so it is tested
without waiting. Results of calls that began before the breaker last changed its mind are no news and are ignored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Whether calls go through: all, none, or one on trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Lets one call through; what came of it is told with the ticket."""

    number: int
    is_trial: bool = False


class Breaker:
    """The state of one provider, for one event loop."""

    def __init__(self, failures: int, open_s: float, clock: Callable[[], float]) -> None:
        self._most = failures
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._opens_again_at: float | None = None
        self._number = 0
        self._is_tried = False

    @property
    def phase(self) -> Phase:
        """The phase now; it becomes half-open by time alone."""
        if self._opens_again_at is None:
            return Phase.CLOSED
        return Phase.OPEN if self.pause_left() > 0 else Phase.HALF_OPEN

    def pause_left(self) -> float:
        """For how many seconds no call goes through."""
        return 0.0 if self._opens_again_at is None else max(0.0, self._opens_again_at - self._clock())

    def admit(self) -> Ticket | None:
        """A ticket for one call, or None if the provider is to be left alone."""
        phase = self.phase
        if phase is Phase.OPEN or (phase is Phase.HALF_OPEN and self._is_tried):
            return None
        self._is_tried = phase is Phase.HALF_OPEN
        return Ticket(self._number, is_trial=self._is_tried)

    def succeeded(self, ticket: Ticket) -> None:
        """The provider answered, whatever the answer is worth."""
        if not self._is_news(ticket):
            return
        self._failures = 0
        if ticket.is_trial:
            self._change(None)

    def failed(self, ticket: Ticket) -> None:
        """The provider was away, or failed."""
        if not self._is_news(ticket):
            return
        self._failures += 1
        if ticket.is_trial or self._failures >= self._most:
            self.pause(self._open_s)

    def abandoned(self, ticket: Ticket) -> None:
        """The call was given up by its caller: that says nothing about the provider, and frees the trial."""
        if ticket.is_trial and self._is_news(ticket):
            self._is_tried = False

    def pause(self, seconds: float) -> None:
        """Let nothing through for a while, as when the provider itself asks for it."""
        self._change(self._clock() + seconds)

    def _is_news(self, ticket: Ticket) -> bool:
        return ticket.number == self._number

    def _change(self, opens_again_at: float | None) -> None:
        self._opens_again_at = opens_again_at
        self._number += 1
        self._failures = 0
        self._is_tried = False
