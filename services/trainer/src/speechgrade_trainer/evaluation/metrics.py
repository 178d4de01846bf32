"""How far given points are from an instructor's, in points of the rubric. Pure: no model, no files.

Errors are taken over the answers that were accepted; the share that was accepted stands next to them, as ``valid``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from speechgrade_shared.sections import ScoredSpeech

Points = Mapping[tuple[str, str], float]
"""The points of a speech by (category, criterion)."""

_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement with the instructors over some instances; without instances there is none to speak of."""

    mae: float | None
    exact: float | None
    instances: int

    def as_dict(self) -> dict[str, Any]:
        return {"mae": self.mae, "exact": self.exact, "instances": self.instances}


def points_of(scored: ScoredSpeech) -> Points:
    """The points of every criterion of a scored speech."""
    return {(section.name, criterion): points for section in scored.sections for criterion, points in section.points}


def agreement(errors: Iterable[float]) -> Agreement:
    """Mean absolute error, and the share of exact hits."""
    sizes = [abs(error) for error in errors]
    if not sizes:
        return Agreement(None, None, 0)
    return Agreement(fmean(sizes), fmean(size <= _EQUAL for size in sizes), len(sizes))


def measure(human: Sequence[Points], given: Sequence[Points | None]) -> dict[str, Any]:
    """``mae`` and ``exact`` over criteria, and ``valid``: the share of speeches with an accepted answer."""
    answered = [(truth, answer) for truth, answer in zip(human, given, strict=True) if answer is not None]
    errors = (answer[place] - truth[place] for truth, answer in answered for place in truth)
    valid = len(answered) / len(human) if human else 0.0
    return agreement(errors).as_dict() | {"valid": valid, "speeches": len(human)}


def by_section(human: Sequence[Points], given: Sequence[Points | None]) -> dict[str, dict[str, Any]]:
    """Agreement of the sections' sums, by the section's name."""
    errors: dict[str, list[float]] = {}
    for truth, answer in zip(human, given, strict=True):
        for section in dict.fromkeys(section for section, _ in truth) if answer is not None else ():
            errors.setdefault(section, []).append(_sum(answer or {}, section) - _sum(truth, section))
    return {section: agreement(of).as_dict() for section, of in errors.items()}


def by_criterion(human: Sequence[Points], given: Sequence[Points | None]) -> dict[str, dict[str, Any]]:
    """Agreement of each criterion, by ``category / criterion``."""
    errors: dict[str, list[float]] = {}
    for truth, answer in zip(human, given, strict=True):
        for place in truth if answer is not None else ():
            errors.setdefault(" / ".join(place), []).append((answer or {})[place] - truth[place])
    return {name: agreement(of).as_dict() for name, of in errors.items()}


def total_error(truth: Points, answer: Points) -> float:
    """The mean absolute error of one speech."""
    return fmean(abs(answer[place] - truth[place]) for place in truth)


def _sum(points: Points, section: str) -> float:
    return sum(value for (name, _), value in points.items() if name == section)
