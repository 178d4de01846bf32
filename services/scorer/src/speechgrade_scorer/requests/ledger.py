"""What a score costs: its share of the engine's time, and what the settings say that this is worth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from speechgrade_scorer.settings import ScorerSettings

_HOUR_S = 3600.0


class EngineShare:
    """Divides the time that passes among the scores that are being worked on: n at once get an n-th each."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._active = 0
        self._per_score_s = 0.0
        self._last = clock()

    @contextmanager
    def measured(self) -> Iterator[Callable[[], float]]:
        """Count a score in; what is yielded tells its share in seconds, as of when the block ended."""
        self._pass_time()
        begun, self._active = self._per_score_s, self._active + 1
        share = 0.0
        try:
            yield lambda: share
        finally:
            self._pass_time()
            self._active -= 1
            share = self._per_score_s - begun

    def _pass_time(self) -> None:
        now = self._clock()
        if self._active:
            self._per_score_s += (now - self._last) / self._active
        self._last = now


def ledger_of(settings: ScorerSettings, engine_s: float) -> dict[str, Any] | None:
    """Seconds, cost, energy in kWh and CO2 in kg of one score; None where the ledgers are off.

    The energy is the settings' watts over the score's share of the time, as the app itself reckons.
    """
    if not settings.ledgers:
        return None
    kwh = settings.engine_watts / 1000.0 * engine_s / _HOUR_S
    return {
        "gpu_seconds": round(engine_s, 3),
        "cost": round(settings.gpu_price_per_hour * engine_s / _HOUR_S, 6),
        "kwh": round(kwh, 9),
        "co2_kg": round(kwh * settings.grid_kg_per_kwh, 9),
        "watts": settings.engine_watts,
    }
