"""How often each number of points was given, by the instructors and by the adapter."""

from markupsafe import Markup

from speechgrade_trainer.evaluation.figures import Distribution
from speechgrade_trainer.reporting.charts.bins import Bins, bins_of
from speechgrade_trainer.reporting.charts.canvas import WIDTH, Scale, extent, line, picture, rect, short, words

_HEIGHT, _LEFT, _TOP, _BOTTOM = 190.0, 30.0, 34.0, 152.0


def distribution(of: Distribution, name: str) -> Markup | None:
    """Pairs of bars, the instructors' hollow and the adapter's filled; none if there are no scores."""
    bins = bins_of(of)
    human, adapter = bins.counts(of.human), bins.counts(of.adapter)
    most = max(*human, *adapter, 0)
    if not most:
        return None
    up = Scale(0.0, float(most), _BOTTOM, _TOP)
    slot = (WIDTH - _LEFT - 4) / len(bins)
    width = min(slot * 0.38, 24.0)
    marks = [*_legend(), line(_LEFT, _BOTTOM, WIDTH - 4, _BOTTOM)]
    for tick in up.ticks(3):
        if tick == int(tick):
            marks += [
                line(_LEFT, up(tick), WIDTH - 4, up(tick), "grid"),
                words(_LEFT - 6, up(tick) + 4, short(tick), "end"),
            ]
    for index in range(len(bins)):
        middle = _LEFT + slot * (index + 0.5)
        marks.append(_bar(middle - width, width, up(human[index]), "human bar"))
        marks.append(_bar(middle, width, up(adapter[index]), "model bar"))
    marks += _labels(bins, slot)
    marks.append(words(WIDTH - 4, _HEIGHT - 4, "points", "end", "soft"))
    return picture(_HEIGHT, f"{name}: {_finding(bins, human, adapter)}", *marks)


def _legend() -> list[Markup]:
    return [
        rect(_LEFT + 1, 5, 10, 10, "human bar"),
        words(_LEFT + 16, 14, "instructors"),
        rect(_LEFT + 101, 5, 10, 10, "model bar"),
        words(_LEFT + 116, 14, "adapter"),
    ]


def _bar(x: float, width: float, top: float, kind: str) -> Markup:
    return rect(x + 1, top, width - 2, _BOTTOM - top, kind)


def _labels(bins: Bins, slot: float) -> list[Markup]:
    marks, free = [], 0.0
    for index, label in enumerate(bins.labels):
        middle = _LEFT + slot * (index + 0.5)
        middle = min(middle, WIDTH - extent(label) / 2 - 1)
        if middle - extent(label) / 2 >= free:
            marks.append(words(middle, _BOTTOM + 16, label, "middle"))
            free = middle + extent(label) / 2 + 4
    return marks


def _finding(bins: Bins, human: list[int], adapter: list[int]) -> str:
    said = []
    for who, counts in (("instructors", human), ("the adapter", adapter)):
        most = max(counts)
        said.append(
            f"{who} gave {bins.labels[counts.index(most)]} most often ({most} of {sum(counts)})" if most else ""
        )
    return "; ".join(filter(None, said))
