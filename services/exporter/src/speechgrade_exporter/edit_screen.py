"""What the app's edit screen does to points by itself, so that it is not mistaken for a person's judgement.

Opening the screen replaces every criterion's points by the share that belongs to its letter, and takes a missing letter
for an F; the dialog for a section cuts fractions off. Saving keeps what came of it.
"""

import math
from enum import StrEnum

from speechgrade_exporter.recorded_points import RecordedScore

_SHARES = {"A": 1.0, "B": 0.85, "C": 0.75, "D": 0.65, "F": 0.3}
_LOWEST = (("A", 0.9), ("B", 0.8), ("C", 0.7), ("D", 0.6))
_NO_LETTER = "F"
_SAME = 0.01
_ROUNDED = 0.06


class Difference(StrEnum):
    """How the points that stand differ from those that a model gave."""

    CONFIRMED = "confirmed"
    CHANGED = "changed"
    SNAPPED = "snapped"
    TRUNCATED = "truncated"
    UNGRADED = "ungraded"


def difference(before: RecordedScore, after: RecordedScore) -> Difference:
    """Compare a criterion's points as a model gave them with those that stand."""
    if same_points(before.points, after.points):
        return Difference.CONFIRMED
    if after.points is None:
        return Difference.CHANGED
    maximum = after.max_points or before.max_points
    letter = _letter(before, maximum)
    shown = _shown(letter or _NO_LETTER, (after.letter or _NO_LETTER), maximum)
    if shown is not None and abs(after.points - shown) <= _ROUNDED:
        return Difference.SNAPPED if letter else Difference.UNGRADED
    if _cut(before.points, after.points):
        return Difference.TRUNCATED
    return Difference.CHANGED


def same_points(one: float | None, other: float | None) -> bool:
    """Whether two numbers of points are the same but for the noise of arithmetic."""
    return one is other if one is None or other is None else abs(one - other) <= _SAME


def _letter(before: RecordedScore, maximum: float | None) -> str:
    if before.letter is not None or not maximum or before.points is None:
        return before.letter or ""
    # Our own scores keep no letter: the app makes it from the percentage.
    share = before.points / maximum
    return next((letter for letter, lowest in _LOWEST if share >= lowest), "F")


def _shown(before: str, after: str, maximum: float | None) -> float | None:
    """The points that the screen gives to a letter that was left as it is."""
    if before != after or before not in _SHARES or maximum is None:
        return None
    return _SHARES[before] * maximum


def _cut(points: float | None, after: float) -> bool:
    return points is not None and not points.is_integer() and after == math.floor(points)
