"""What the instructors gave, on average, where the adapter gave so many points."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from speechgrade_trainer.evaluation.figures import Distribution
from speechgrade_trainer.reporting.charts.bins import bins_of
from speechgrade_trainer.reporting.charts.canvas import WIDTH, Scale, dot, line, picture, short, words

_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 250.0, 40.0, WIDTH - 14.0, 26.0, 194.0


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The mean human points where the adapter gave ``given``, over ``count`` scores."""

    given: float
    human: float
    count: int


def calibrated(distribution: Distribution) -> list[Calibrated]:
    """Means by the adapter's points, in the bins of the criterion."""
    bins = bins_of(distribution)
    sums: dict[int, list[float]] = {}
    for human, row in distribution.confusion.items():
        for given, count in row.items():
            kept = sums.setdefault(bins.place(float(given)), [0.0, 0.0, 0.0])
            kept[0] += count
            kept[1] += count * float(given)
            kept[2] += count * float(human)
    return [
        Calibrated(kept[1] / kept[0], kept[2] / kept[0], int(kept[0])) for _, kept in sorted(sums.items()) if kept[0]
    ]


def pooled(distributions: Mapping[str, Distribution]) -> Distribution:
    """All criteria together, in tenths of each one's maximum rounded to the nearest, as per cent."""
    confusion: dict[str, dict[str, int]] = {}
    for one in distributions.values():
        for human, row in one.confusion.items():
            for given, count in row.items():
                pair = confusion.setdefault(_percent(human, one.maximum), {})
                pair[_percent(given, one.maximum)] = pair.get(_percent(given, one.maximum), 0) + count
    return Distribution(maximum=100.0, human={}, adapter={}, confusion=confusion)


def calibration(points: list[Calibrated], maximum: float, name: str, unit: str = "points") -> Markup | None:
    """Dots whose area is their count, beside the line on which both would be equal; none without points."""
    if not points:
        return None
    top = max(maximum, *(value for one in points for value in (one.given, one.human)), 1e-9)
    across, up = Scale(0.0, top, _LEFT + 10, _RIGHT - 10), Scale(0.0, top, _BOTTOM - 10, _TOP + 10)
    marks = [words(4, 14, f"instructors' mean ({unit})", kind="soft")]
    marks += [line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM), line(_LEFT, _TOP, _LEFT, _BOTTOM)]
    marks.append(line(across(0.0), up(0.0), across(top), up(top), "ideal"))
    for tick in up.ticks():
        marks.append(words(_LEFT - 6, up(tick) + 4, short(tick), "end"))
        marks.append(words(across(tick), _BOTTOM + 16, short(tick), "middle"))
    most, free = max(one.count for one in points), 0.0
    for one in points:
        x = across(one.given)
        marks.append(dot(x, up(one.human), 3.0 + 6.0 * sqrt(one.count / most), "estimate clear"))
        if x - 14 >= free:
            marks.append(words(x, _BOTTOM + 33, str(one.count), "middle", "soft"))
            free = x + 14
    marks.append(words(_RIGHT, _HEIGHT - 6, f"adapter ({unit}), number of scores", "end", "soft"))
    return picture(_HEIGHT, f"{name}: {_finding(points, unit)}", *marks)


def _finding(points: list[Calibrated], unit: str) -> str:
    first, last = points[0], points[-1]
    said = f"where the adapter gave {short(first.given)} {unit}, instructors gave {first.human:.2f} on average"
    if first is last:
        return said
    return f"{said}; where it gave {short(last.given)}, they gave {last.human:.2f}"


def _percent(points: str, maximum: float) -> str:
    # In tenths: pooled criteria of different maxima share no grid.
    share = float(points) / maximum if maximum > 0 else 0.0
    return str(10.0 * round(10.0 * min(max(share, 0.0), 1.0)))
