"""Estimates with their intervals, one below the other: paired differences, and gaps of groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from speechgrade_trainer.evaluation.figures import Interval
from speechgrade_trainer.reporting.charts.canvas import (
    WIDTH,
    Scale,
    around,
    dot,
    extent,
    fitted,
    line,
    picture,
    rect,
    short,
    signless_zero,
    words,
)

_ROW, _TOP, _FOOT = 46.0, 30.0, 24.0
_LEFT, _RIGHT = 10.0, WIDTH - 10.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its 95 % interval where there is one, and whose it is."""

    name: str
    value: float
    interval: Interval | None = None

    @property
    def figures(self) -> str:
        """As text: the number, and the interval in parentheses."""
        return f"{signed(self.value)} ({_range(self.interval)})" if self.interval else signed(self.value)

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def forest(
    estimates: Sequence[Estimate], alt: str, *, below: str, above: str, band: float | None = None
) -> Markup | None:
    """One row per estimate around a line at zero; no picture without estimates.

    ``below`` and ``above`` say what a number on either side means; ``band`` shades what counts as small.
    """
    if not estimates:
        return None
    ends = [end for one in estimates for end in (one.interval or ())]
    scale = around(0.0, *(one.value for one in estimates), *ends, *_band(band), start=_LEFT, end=_RIGHT)
    bottom = _TOP + _ROW * len(estimates)
    marks = [words(_LEFT, 14, f"← {below}", kind="soft"), words(_RIGHT, 14, f"{above} →", "end", "soft")]
    if band is not None:
        marks.append(rect(scale(-band), _TOP - 6, scale(band) - scale(-band), bottom - _TOP + 6, "band"))
    for index, estimate in enumerate(estimates):
        marks += _row(estimate, _TOP + _ROW * index, scale)
    marks.append(line(_LEFT, bottom, _RIGHT, bottom))
    for tick in scale.ticks():
        x = min(max(scale(tick), 22.0), WIDTH - 22.0)
        marks += [line(scale(tick), bottom, scale(tick), bottom + 4), words(x, bottom + 17, short(tick), "middle")]
    return picture(bottom + _FOOT, alt, *marks)


def signed(value: float) -> str:
    """A difference with its sign."""
    if not abs(value) < 1e6:
        return short(value)
    text = signless_zero(f"{value:.2f}")
    return "0.00" if text == "0.00" else (f"+{text}" if value > 0 else text.replace("-", "−"))


def _row(estimate: Estimate, top: float, scale: Scale) -> list[Markup]:
    figures = estimate.figures
    name = fitted(estimate.name, _RIGHT - _LEFT - extent(figures) - 8)
    y = top + 30
    zero = scale(0.0)
    marks = [
        line(zero, y - 10, zero, y + 10, "zero"),
        words(_LEFT, top + 14, name, kind="name"),
        words(_RIGHT, top + 14, figures, "end"),
    ]
    if estimate.interval:
        low, high = sorted(scale(end) for end in estimate.interval)
        marks += [line(low, y, high, y, "interval"), line(low, y - 4, low, y + 4, "interval")]
        marks.append(line(high, y - 4, high, y + 4, "interval"))
    marks.append(dot(scale(estimate.value), y, 5, "estimate clear" if estimate.is_clear else "estimate"))
    return marks


def _band(band: float | None) -> tuple[float, ...]:
    return () if band is None else (-band, band)


def _range(interval: Interval) -> str:
    return f"{signed(interval[0])} to {signed(interval[1])}"
