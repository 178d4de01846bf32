"""Whether the adapter is kinder or harsher to some speakers than to others. Pure, but for reading the operator's file.

The measure is RSMTool's idea of a difference in standardized means (Williamson, Xi & Breyer 2012): the mean error of a
group in standard deviations of the instructors' points, less that of all speeches. It sees bias, not ability: a group
that the instructors grade lower, and the adapter equally so, has no gap. The deviations are those of the whole split
and are not drawn again, because a small group's own would make the number explode.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speechgrade_trainer.data.dataset import Example
from speechgrade_trainer.errors import GroupsInvalid
from speechgrade_trainer.evaluation.bootstrap import interval, rounded
from speechgrade_trainer.evaluation.figures import Group
from speechgrade_trainer.evaluation.ground import FloatArray, Ground, Points

MIN_PERSONS = 5
"""Fewer persons than this are shown but not judged."""
RUBRIC, LENGTH = "rubric", "length"
Axes = Mapping[str, Sequence[str | None]]
"""By axis: the group of each speech, ``None`` where it is not known."""
Known = Mapping[str, Mapping[str, str]]
"""By subject or example id: its group on each axis of the operator's file."""


def axes(examples: Sequence[Example], known: Known | None = None) -> dict[str, tuple[str | None, ...]]:
    """What is known about the speeches: their rubric, their length, and what the operator's file says."""
    found: dict[str, tuple[str | None, ...]] = {}
    rubrics = _rubrics(examples)
    if len(set(rubrics)) > 1:
        found[RUBRIC] = rubrics
    lengths = _lengths(examples)
    if len(set(lengths)) > 1:
        found[LENGTH] = lengths
    for axis in dict.fromkeys(axis for row in (known or {}).values() for axis in row):
        found[axis] = tuple(_told(known or {}, example, axis) for example in examples)
    return found


def gaps(
    ground: Ground, answers: Sequence[Points | None], by_axis: Axes, drawn: FloatArray | None
) -> dict[str, dict[str, Group]]:
    """Every group of every axis, in the order of their names."""
    error = ground.given(answers) - ground.human
    shifts = _Shifts(ground, error, error / _deviations(ground)[ground.label], drawn)
    found: dict[str, dict[str, Group]] = {}
    for axis, groups in by_axis.items():
        for name in sorted({group for group in groups if group is not None}):
            members = np.array([group == name for group in groups], dtype=np.bool_)
            found.setdefault(axis, {})[name] = _group(shifts, members)
    return found


def read_groups(path: Path) -> dict[str, dict[str, str]]:
    """Read a CSV file whose first column is a subject's pseudonym or an example's id, and each other one an axis.

    Raises:
        GroupsInvalid: it cannot be read, has no axis, or uses the name of one that is made here.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GroupsInvalid("The file of groups cannot be read.") from error
    names = rows[0][1:] if rows else []
    if not names or len(set(names)) != len(names) or not all(names):
        raise GroupsInvalid("The file of groups needs a first line: an id, then one name per kind of group.")
    if {RUBRIC, LENGTH} & set(names):
        raise GroupsInvalid(f"{RUBRIC} and {LENGTH} are measured anyway: name the file's columns otherwise.")
    wrong = [number for number, row in enumerate(rows, 1) if len(row) != len(names) + 1]
    if wrong:
        raise GroupsInvalid(f"Line {wrong[0]} of the file of groups does not have {len(names) + 1} fields.")
    return {row[0]: {name: cell for name, cell in zip(names, row[1:], strict=True) if cell} for row in rows[1:]}


@dataclass(frozen=True)
class _Shifts:
    """Errors by instance, in points and in standard deviations, and their mean in every draw."""

    ground: Ground
    error: FloatArray
    shift: FloatArray
    drawn: FloatArray | None

    def mean(self, inside: NDArray[np.bool_]) -> tuple[float | None, FloatArray | None]:
        """The mean shift over some instances, and the same in every draw."""
        counted = inside & np.isfinite(self.shift)
        if not counted.any():
            return None, None
        sums = self.ground.per_person(np.where(counted, self.shift, 0.0))
        sizes = self.ground.per_person(counted.astype(np.float64))
        mean = rounded(sums.sum() / sizes.sum())
        if self.drawn is None:
            return mean, None
        with np.errstate(divide="ignore", invalid="ignore"):
            return mean, (self.drawn @ sums) / (self.drawn @ sizes)


def _group(shifts: _Shifts, members: NDArray[np.bool_]) -> Group:
    ground = shifts.ground
    inside = members[ground.speech]
    sizes = np.abs(shifts.error[inside])
    mae = rounded(np.nanmean(sizes)) if np.isfinite(sizes).any() else None
    (smd, resampled), (whole, resampled_whole) = shifts.mean(inside), shifts.mean(np.ones_like(inside))
    persons = len(set(ground.person_of[members].tolist()))
    gap = bounds = None
    if persons >= MIN_PERSONS and smd is not None and whole is not None:
        gap = rounded(smd - whole)
        if resampled is not None and resampled_whole is not None:
            bounds = interval(resampled - resampled_whole)
    return Group(speeches=int(members.sum()), persons=persons, mae=mae, smd=smd, gap=gap, interval=bounds)


def _deviations(ground: Ground) -> FloatArray:
    """The sample standard deviation of the instructors' points of each criterion; NaN where there is none."""
    found = np.full(len(ground.labels), np.nan)
    for label in range(len(ground.labels)):
        human = ground.human[ground.label == label]
        if len(human) > 1 and human.std() > 0:
            found[label] = human.std(ddof=1)
    return found


def _rubrics(examples: Sequence[Example]) -> tuple[str, ...]:
    keys: dict[str, set[str]] = {}
    for example in examples:
        keys.setdefault(example.rubric.name, set()).add(example.rubric_key)
    return tuple(
        f"{e.rubric.name} {e.rubric_key[:6]}".strip() if len(keys[e.rubric.name]) > 1 else e.rubric.name or "unnamed"
        for e in examples
    )


def _lengths(examples: Sequence[Example]) -> tuple[str, ...]:
    words = np.array([len(example.prompt[-1]["content"].split()) for example in examples])
    if len(words) == 0:
        return ()
    low, high = (int(bound) for bound in np.quantile(words, (1 / 3, 2 / 3), method="inverted_cdf"))
    names = (f"1 short (up to {low} words)", f"2 middle (up to {high} words)", f"3 long (over {high} words)")
    return tuple(names[int(count > low) + int(count > high)] for count in words.tolist())


def _told(known: Known, example: Example, axis: str) -> str | None:
    own = known.get(example.example) or known.get(example.subject) or {}
    return own.get(axis)
