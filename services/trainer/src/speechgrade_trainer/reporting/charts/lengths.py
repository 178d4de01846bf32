"""How long the examples are, in tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from speechgrade_trainer.reporting.charts.canvas import WIDTH, Scale, extent, line, picture, rect, short, words

_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 170.0, 34.0, WIDTH - 14.0, 30.0, 130.0


@dataclass(frozen=True, slots=True)
class Bar:
    """So many examples have from ``low`` to ``high`` tokens."""

    low: float
    high: float
    count: int


def lengths(bars: Sequence[Bar], split: str, limit: int | None) -> Markup | None:
    """A histogram of neighbouring bars with the recipe's limit as a line; none without examples.

    Every bar is as wide as the others, whatever it spans: buckets that double would else hide the short examples.
    """
    total = sum(bar.count for bar in bars)
    if not total:
        return None
    ordered = sorted(bars, key=lambda bar: (bar.low, bar.high))
    beyond = limit is not None and limit > ordered[-1].high
    slot = (_RIGHT - _LEFT) / (len(ordered) + beyond)
    up = Scale(0.0, float(max(bar.count for bar in bars)), _BOTTOM, _TOP)
    marks = [words(_LEFT, 14, f"{split}: {short(total)} examples", kind="name")]
    for tick in up.ticks(2):
        if tick == int(tick):
            marks += [line(_LEFT, up(tick), _RIGHT, up(tick), "grid")]
            marks += [words(_LEFT - 6, up(tick) + 4, short(tick), "end")]
    for index, bar in enumerate(ordered):
        left = _LEFT + slot * index
        marks.append(rect(left + 0.5, up(bar.count), slot - 1, _BOTTOM - up(bar.count), "model bar"))
    marks += [line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM), *_edges(ordered, slot)]
    if limit is not None:
        x = _LEFT + slot * (len(ordered) + 0.5 if beyond else _place(ordered, limit))
        marks.append(line(x, _TOP - 4, x, _BOTTOM, "limit"))
        marks.append(words(_RIGHT, 14, f"limit {short(limit)}", "end", "soft"))
    marks.append(words(_RIGHT, _HEIGHT - 6, "tokens", "end", "soft"))
    longest = max(bar.high for bar in bars if bar.count)
    return picture(_HEIGHT, f"Lengths in {split}: {total} examples, none longer than {short(longest)} tokens", *marks)


def _place(ordered: Sequence[Bar], value: float) -> float:
    """Where a number of tokens lies, in slots from the left."""
    for index, bar in enumerate(ordered):
        if value <= bar.high:
            return index + Scale(bar.low, bar.high, 0.0, 1.0)(value)
    return float(len(ordered))


def _edges(ordered: Sequence[Bar], slot: float) -> list[Markup]:
    marks, free = [], 0.0
    for index, edge in enumerate([ordered[0].low, *(bar.high for bar in ordered)]):
        text = short(edge)
        x = min(_LEFT + slot * index, WIDTH - extent(text) / 2)
        if x - extent(text) / 2 >= free:
            marks.append(words(x, _BOTTOM + 16, text, "middle"))
            free = x + extent(text) / 2 + 6
    return marks
