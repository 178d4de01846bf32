"""How often each number of points met each other: human points down, the adapter's across."""

from markupsafe import Markup

from speechgrade_trainer.evaluation.figures import Distribution
from speechgrade_trainer.reporting.charts.bins import bins_of
from speechgrade_trainer.reporting.charts.canvas import WIDTH, extent, picture, rect, words

_TOP, _MOST_CELL = 42.0, 34.0
_DARKEST = 0.55
"""Of a cell's colour, so that its number stays readable on it."""


def confusion(distribution: Distribution, name: str) -> Markup | None:
    """A table of counts with shaded cells and framed agreement; none if nothing was answered."""
    bins = bins_of(distribution)
    rows = bins.table(distribution.confusion)
    total = sum(map(sum, rows))
    if not total:
        return None
    left = 30 + max(extent(label) for label in bins.labels)
    cell = min(_MOST_CELL, (WIDTH - left - 4) / len(bins))
    most = max(map(max, rows))
    marks = [words(4, 14, "instructor ↓ · adapter →", kind="soft")]
    for index, label in enumerate(bins.labels):
        marks.append(words(left - 8, _TOP + cell * (index + 0.5) + 4, label, "end"))
        marks.append(words(left + cell * (index + 0.5), _TOP - 8, _head(label, cell), "middle"))
        marks.append(rect(left + cell * index + 1, _TOP + cell * index + 1, cell - 2, cell - 2, "agreed", opacity=0))
    for down, row in enumerate(rows):
        marks += [_cell(left + cell * across, _TOP + cell * down, cell, n, n / most) for across, n in enumerate(row)]
    agreed = sum(rows[index][index] for index in range(len(bins)))
    where = "are in the same part of the scale" if bins.are_ranges else "are the instructor's own"
    alt = f"{name}: {agreed} of {total} scores {where}; the others lie off the diagonal"
    return picture(_TOP + cell * len(bins) + 6, alt, *marks)


def _cell(x: float, y: float, size: float, count: int, share: float) -> Markup:
    shade = rect(x + 1, y + 1, size - 2, size - 2, "cell", opacity=_DARKEST * share)
    middle = x + size / 2
    return shade + (
        words(middle, y + size / 2 + 4, str(count), "middle", "figure")
        if count
        else words(middle, y + size / 2 + 4, "·", "middle", "soft")
    )


def _head(label: str, cell: float) -> str:
    lower = label.split("–", 1)[0]
    return lower if extent(lower) <= cell + 6 else ""
