"""A provider with its circuit breaker, and with a memory of how long it takes."""

import time
from collections import deque
from collections.abc import Callable, Mapping

import structlog
from speechgrade_shared.errors import SpeechgradeError

from speechgrade_scorer.engines.breaker import Breaker
from speechgrade_scorer.engines.provider import Completion, Provider, Question
from speechgrade_scorer.errors import EngineUnavailable

_log = structlog.get_logger()
_REMEMBERED = 16
_LONGEST_PAUSE_S = 300.0


class GuardedProvider:
    """Asks a provider unless it is to be left alone.

    ``model`` is what it answers with when no adapter is asked for, ``name`` goes on the record, and ``address`` says
    which engine it is: two at one address are away together. ``is_ours`` is whether the text stays with us.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        model: str,
        name: str,
        address: str,
        is_ours: bool,
        failures: int,
        open_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = model
        self.name = name
        self.address = address
        self.is_ours = is_ours
        self.breaker = Breaker(failures, open_s, clock)
        self._provider = provider
        self._clock = clock
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)

    def shortest_s(self) -> float:
        """How long the quickest of its last answers took; in less time no answer can be hoped for. 0: not known."""
        return min(self._seconds, default=0.0)

    async def complete(
        self, question: Question, *, trace: Mapping[str, str] | None = None, within_s: float | None = None
    ) -> Completion:
        """Ask, if it is not left alone.

        Raises:
            EngineUnavailable: ``engine_paused``: it failed a moment ago, so it was not even asked; or as the provider.
            EngineError, TooLarge: as the provider.
        """
        ticket = self.breaker.admit()
        if ticket is None:
            pause = self.breaker.pause_left()
            raise EngineUnavailable(
                "The model is left alone after failures.", code="engine_paused", retry_after_s=pause
            )
        started = self._clock()
        try:
            completion = await self._provider.complete(question, trace=trace, within_s=within_s)
        except EngineUnavailable as error:
            self.breaker.failed(ticket)
            if error.retry_after_s > (within_s or 0.0):
                self.breaker.pause(min(error.retry_after_s, _LONGEST_PAUSE_S))
            _log.warning("provider_failed", provider=self.name, code=error.code, phase=self.breaker.phase.value)
            raise
        except SpeechgradeError:
            self.breaker.succeeded(ticket)
            raise
        except BaseException:
            self.breaker.abandoned(ticket)
            raise
        self.breaker.succeeded(ticket)
        self._seconds.append(self._clock() - started)
        return completion
