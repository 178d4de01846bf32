"""What a training takes: time, tokens, memory, energy and money.

Energy is the card's own counter (NVML, in millijoules since the driver was loaded), or the integral of its power where
there is no counter. Without a driver, and on a card that is divided (MIG), energy is unknown, not zero.
"""

import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

import pynvml
import torch

from speechgrade_trainer.training.device import Device

_MILLIJOULES_PER_KWH = 3.6e9
_WATT_SECONDS_PER_KWH = 3.6e6


class EnergyCounter(Protocol):
    """Something that knows how much energy was used up to now."""

    def kwh(self) -> float:
        """Kilowatt-hours since some moment that does not change."""
        ...


@dataclass(frozen=True, slots=True)
class Prices:
    """What an hour of the card and a kilowatt-hour cost; 0 is unknown."""

    per_hour: float = 0.0
    per_kwh: float = 0.0
    currency: str = "USD"

    def cost(self, seconds: float, energy_kwh: float | None) -> float | None:
        """The cost so far; ``None`` if neither price is known, or the only known one is of an unknown energy."""
        parts = [seconds / 3600 * self.per_hour] if self.per_hour else []
        if self.per_kwh and energy_kwh is not None:
            parts.append(energy_kwh * self.per_kwh)
        return sum(parts) if parts else None


UNKNOWN = Prices()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a training took so far.

    ``tokens`` are real ones, no padding, and are those of this process alone, as are memory and energy;
    ``supervised_tokens`` are those with a loss; ``padding_share`` is the part of what was computed that was padding.
    """

    device: str
    seconds: float
    tokens: int
    supervised_tokens: int
    tokens_per_s: float
    padding_share: float
    peak_memory_bytes: int
    energy_kwh: float | None
    cost: float | None
    currency: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Meter:
    """Measures from ``start`` on. What was measured before an interruption is not known to it."""

    device: Device
    prices: Prices = Prices()
    counter: EnergyCounter | None = None
    clock: Callable[[], float] = time.monotonic
    _began: float = 0.0
    _began_kwh: float = 0.0
    _tokens: int = field(default=0, init=False)
    _padded: int = field(default=0, init=False)
    _supervised: int = field(default=0, init=False)

    @classmethod
    def of(cls, device: Device, prices: Prices) -> Self:
        """A meter of the device's time and, where the driver tells, of its energy."""
        return cls(device, prices, nvml_counter(device))

    def start(self) -> None:
        """Begin, or begin anew."""
        self._began, self._began_kwh = self.clock(), self.counter.kwh() if self.counter else 0.0
        self._tokens = self._padded = self._supervised = 0
        if self.device.is_gpu:
            torch.cuda.reset_peak_memory_stats(self.device.index)

    def add_tokens(self, real: int, padded: int, supervised: int = 0) -> None:
        """A batch was computed: its tokens, those that its tensor has room for, and those with a loss."""
        self._tokens += real
        self._padded += padded
        self._supervised += supervised

    def reading(self) -> Reading:
        """What was taken up to now."""
        seconds = self.clock() - self._began
        energy = self._energy_kwh()
        return Reading(
            device=self.device.name,
            seconds=seconds,
            tokens=self._tokens,
            supervised_tokens=self._supervised,
            tokens_per_s=self._tokens / seconds if seconds > 0 else 0.0,
            padding_share=1 - self._tokens / self._padded if self._padded else 0.0,
            peak_memory_bytes=peak_memory_bytes(self.device),
            energy_kwh=energy,
            cost=self.prices.cost(seconds, energy),
            currency=self.prices.currency,
        )

    def _energy_kwh(self) -> float | None:
        if self.counter is None:
            return None
        with suppress(pynvml.NVMLError):
            return self.counter.kwh() - self._began_kwh
        return None


def peak_memory_bytes(device: Device) -> int:
    """The most memory that tensors took on the card; on a CPU the most that the process took."""
    if device.is_gpu:
        return int(torch.cuda.max_memory_allocated(device.index))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def tokens_of(batch: dict[str, Any]) -> tuple[int, int, int]:
    """The real, the padded and the supervised tokens of a batch as the collator made it."""
    padded = int(batch["input_ids"].numel())
    mask = batch.get("attention_mask")
    return padded if mask is None else int(mask.sum()), padded, int((batch["labels"] != -100).sum())


class CardCounter:
    """A card's own count of its energy."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def kwh(self) -> float:
        return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / _MILLIJOULES_PER_KWH


class PowerIntegral:
    """Power over time, for cards without a counter; as good as it is asked often."""

    def __init__(self, watts: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._watts, self._clock, self._sum = watts, clock, 0.0
        self._last = clock(), watts()

    def kwh(self) -> float:
        now, watts = self._clock(), self._watts()
        then, before = self._last
        self._sum += (now - then) * (watts + before) / 2
        self._last = now, watts
        return self._sum / _WATT_SECONDS_PER_KWH


def nvml_counter(device: Device) -> EnergyCounter | None:
    """The energy counter of a card, or ``None``: there is no driver, or it does not tell."""
    if not device.is_gpu:
        return None
    try:
        pynvml.nvmlInit()
        # By its UUID: NVML counts all cards of the machine, PyTorch those that it may use.
        handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device.index).uuid}")
    except pynvml.NVMLError:
        return None
    return _counter_of(handle)


def _counter_of(handle: Any) -> EnergyCounter | None:
    card = CardCounter(handle)
    with suppress(pynvml.NVMLError):
        card.kwh()
        return card
    with suppress(pynvml.NVMLError):
        return PowerIntegral(lambda: float(pynvml.nvmlDeviceGetPowerUsage(handle)) / 1000)
    return None
