"""How long the examples are, in tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from speechgrade_trainer.reporting.charts.canvas import WIDTH, Scale, line, picture, rect, short, words

_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 170.0, 34.0, WIDTH - 10.0, 30.0, 130.0


@dataclass(frozen=True, slots=True)
class Bar:
    """So many examples have from ``low`` to ``high`` tokens."""

    low: float
    high: float
    count: int


def lengths(bars: Sequence[Bar], split: str, limit: int | None) -> Markup | None:
    """A histogram with the recipe's limit as a line; none without examples."""
    total = sum(bar.count for bar in bars)
    if not total:
        return None
    top = max(*(bar.high for bar in bars), float(limit or 0))
    across = Scale(0.0, top, _LEFT, _RIGHT - 4)
    up = Scale(0.0, float(max(bar.count for bar in bars)), _BOTTOM, _TOP)
    marks = [words(_LEFT, 14, f"{split}: {total} examples", kind="name")]
    for tick in up.ticks(2):
        if tick == int(tick):
            marks += [
                line(_LEFT, up(tick), _RIGHT, up(tick), "grid"),
                words(_LEFT - 6, up(tick) + 4, short(tick), "end"),
            ]
    marks += [_bar(bar, across, up) for bar in bars if bar.count > 0]
    marks.append(line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM))
    for tick in across.ticks(4):
        marks.append(words(min(across(tick), WIDTH - 22), _BOTTOM + 16, short(tick), "middle"))
    if limit:
        marks += [line(across(limit), _TOP - 4, across(limit), _BOTTOM, "limit")]
        marks.append(words(_RIGHT, 14, f"limit {short(limit)}", "end", "soft"))
    marks.append(words(_RIGHT, _HEIGHT - 6, "tokens", "end", "soft"))
    longest = max(bar.high for bar in bars if bar.count)
    return picture(_HEIGHT, f"Lengths in {split}: {total} examples, none longer than {short(longest)} tokens", *marks)


def _bar(bar: Bar, across: Scale, up: Scale) -> Markup:
    left, right = across(bar.low), across(bar.high)
    return rect(left, up(bar.count), max(right - left - 1, 1.0), _BOTTOM - up(bar.count), "model bar")
