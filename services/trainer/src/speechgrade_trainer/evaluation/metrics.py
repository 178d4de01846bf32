"""How far given points are from the instructors', in points of the rubric. Pure: no model, no files.

Errors are taken over the answers that were accepted; the share that was accepted stands next to them. Everything is a
function of sums per person and criterion, so that a bootstrap draw costs one row of a matrix product. That holds for
quadratic weighted kappa as well: with the observed table O and the product of its margins E,
``1 - sum w O / sum w E = 1 - mean (h-g)^2 / (var h + var g + (mean h - mean g)^2)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from speechgrade_trainer.evaluation.bootstrap import interval, rounded
from speechgrade_trainer.evaluation.figures import Agreement, Scorer
from speechgrade_trainer.evaluation.ground import FloatArray, Ground, IntArray, Points, named_apart, points_of

__all__ = ["Points", "agreement", "by_criterion", "by_section", "points_of", "scorer", "total_error"]
_MOMENTS = 13
_NO_VARIANCE = 1e-12
_EQUAL = 1e-9
_FIVE_HUNDREDTHS = 0.05
Numbers = dict[str, FloatArray]


def scorer(
    ground: Ground, answers: Sequence[Points | None], drawn: FloatArray | None, first_accepted: Sequence[bool]
) -> Scorer:
    """Everything about one of those who are compared; ``first_accepted`` has one entry per speech."""
    given = ground.given(answers)
    sums, speeches = _by_person(ground, given), _by_speech(ground, given)
    point = _overall(sums.sum(0)) | _of_speeches(speeches.sum(0))
    resampled: Numbers = {}
    if drawn is not None:
        resampled = _overall(_drawn(drawn, sums)) | _of_speeches(_drawn(drawn, speeches))
    known = _known(point, resampled)
    known["valid"] = float(np.nan_to_num(point["valid"]))
    first = fmean(first_accepted) if first_accepted else 0.0
    count = int(np.isfinite(given).sum())
    return Scorer(instances=count, speeches=ground.speeches, valid_first=first, **known)


def by_criterion(ground: Ground, answers: Sequence[Points | None], drawn: FloatArray | None) -> dict[str, Agreement]:
    """Agreement of each criterion."""
    return _by_label(ground.labels, _by_person(ground, ground.given(answers)), drawn)


def by_section(ground: Ground, answers: Sequence[Points | None], drawn: FloatArray | None) -> dict[str, Agreement]:
    """Agreement of the sections' sums, by the section's name."""
    names, label, speech, total = _sections(ground)
    given = ground.given(answers)
    points = (total(ground.human), total(given), total(ground.on_grid(given)))
    pairs = _Pairs(*points, label, ground.person_of[speech])
    return _by_label(names, _sums(pairs, ground.people, len(names)), drawn)


def agreement(ground: Ground, answers: Sequence[Points | None], drawn: FloatArray | None) -> Agreement:
    """Agreement over all criteria, without what is about speeches as a whole."""
    sums = _by_person(ground, ground.given(answers))
    known = _known(_overall(sums.sum(0)), {} if drawn is None else _overall(_drawn(drawn, sums)))
    known.pop("mcrmse", None)
    known["intervals"].pop("mcrmse", None)
    return Agreement(instances=int(sums[..., 0].sum()), **known)


def total_error(truth: Points, answer: Points) -> float:
    """The mean absolute error of one speech."""
    return fmean(abs(answer[place] - truth[place]) for place in truth)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Points that belong together; ``rounded`` are the given ones on the grid. NaN where nothing was given."""

    human: FloatArray
    given: FloatArray
    rounded: FloatArray
    label: IntArray
    person: IntArray


def _by_person(ground: Ground, given: FloatArray) -> FloatArray:
    pairs = _Pairs(ground.human, given, ground.on_grid(given), ground.label, ground.person)
    return _sums(pairs, ground.people, len(ground.labels))


def _sums(pairs: _Pairs, people: int, labels: int) -> FloatArray:
    """Sums of what every figure is made of, of shape (people, labels, moments), over the answered pairs."""
    answered = np.isfinite(pairs.given)
    label, person = pairs.label[answered], pairs.person[answered]
    human = pairs.human[answered]
    # Kappa, Pearson and smd do not change when both are shifted, and their sums lose no digits when they are small.
    middle = np.bincount(label, human, labels) / np.maximum(np.bincount(label, minlength=labels), 1)
    h, g, r = (values - middle[label] for values in (human, pairs.given[answered], pairs.rounded[answered]))
    # No grid of the app's rubrics is coarser than one point, so one point is what adjacent means.
    error, off = np.abs(g - h), np.abs(r - h)
    columns = [np.ones_like(h), error, error**2, off <= _EQUAL, off <= 1 + _EQUAL]
    columns += [h, g, h * h, g * g, h * g, r, r * r, h * r]
    sums = np.zeros((people, labels, _MOMENTS))
    np.add.at(sums, (person, label), np.stack(columns, axis=-1).astype(np.float64))
    return sums


def _drawn(drawn: FloatArray, sums: FloatArray) -> FloatArray:
    flat: FloatArray = drawn @ sums.reshape(len(sums), -1)
    return flat.reshape(len(drawn), *sums.shape[1:])


def _figures(sums: FloatArray) -> Numbers:
    """Every figure of sums of shape (…, moments), of shape (…); NaN where there is none."""
    n = sums[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / n[..., None]
        _, size, square, exact, adjacent, h, g, hh, gg, hg, r, rr, hr = np.moveaxis(mean, -1, 0)
        var_h, var_g = (np.maximum(a - b * b, 0) for a, b in ((hh, h), (gg, g)))
        apart = hh + rr - 2 * h * r
        return {
            "mae": size,
            "rmse": np.sqrt(square),
            "exact": exact,
            "adjacent": adjacent,
            "qwk": np.where(apart > _NO_VARIANCE, 1 - (hh + rr - 2 * hr) / apart, np.nan),
            "pearson": np.where(
                np.minimum(var_h, var_g) > _NO_VARIANCE, np.clip((hg - h * g) / np.sqrt(var_h * var_g), -1, 1), np.nan
            ),
            "smd": np.where((n > 1) & (var_h > _NO_VARIANCE), (g - h) / np.sqrt(var_h * n / (n - 1)), np.nan),
        }


def _overall(sums: FloatArray) -> Numbers:
    """Figures over all labels, from sums of shape (…, labels, moments)."""
    pooled, each, weights = _figures(sums.sum(-2)), _figures(sums), sums[..., 0]
    for name in ("qwk", "pearson", "smd"):
        pooled[name] = _mean(each[name], weights)
    return pooled | {"mcrmse": _mean(each["rmse"], np.ones_like(weights))}


def _mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    weights = np.where(np.isfinite(values), weights, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: FloatArray = (np.nan_to_num(values) * weights).sum(-1) / weights.sum(-1)
    return mean


def _by_speech(ground: Ground, given: FloatArray) -> FloatArray:
    """Speeches, answered ones, their totals' errors, and totals that are close, of shape (people, 4)."""
    human, machine, maximum = (
        np.bincount(ground.speech, values, ground.speeches) for values in (ground.human, given, ground.maximum)
    )
    answered = np.isfinite(machine)
    off = np.abs(np.where(answered, machine, human) - human)
    close = answered & (off <= _FIVE_HUNDREDTHS * maximum + _EQUAL)
    columns = np.stack((np.ones_like(off), answered, off, close), axis=-1).astype(np.float64)
    sums = np.zeros((ground.people, 4))
    np.add.at(sums, ground.person_of, columns)
    return sums


def _of_speeches(sums: FloatArray) -> Numbers:
    speeches, answered, off, close = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"valid": answered / speeches, "total_mae": off / answered, "within_five": close / answered}


def _sections(ground: Ground) -> tuple[tuple[str, ...], IntArray, IntArray, Any]:
    """The sections' names; each section instance's label and speech; and the function that sums instances into them."""
    worth: dict[tuple[int, str], float] = {}
    for one in ground.instances:
        place = (one.speech, one.section)
        worth[place] = worth.get(place, 0.0) + one.criterion.max_points
    where = {place: index for index, place in enumerate(worth)}
    into = np.array([where[one.speech, one.section] for one in ground.instances], dtype=np.int64)
    titles = named_apart([section for _, section in worth], [round(maximum, 4) for maximum in worth.values()])
    names = tuple(dict.fromkeys(titles))
    label = np.array([names.index(title) for title in titles], dtype=np.int64)
    speech = np.array([speech for speech, _ in worth], dtype=np.int64)
    return names, label, speech, lambda values: np.bincount(into, values, len(worth))


def _by_label(labels: Sequence[str], sums: FloatArray, drawn: FloatArray | None) -> dict[str, Agreement]:
    found = {}
    for index, name in enumerate(labels):
        mine = sums[:, index]
        resampled = {} if drawn is None else _figures(_drawn(drawn, mine))
        known = _known(_figures(mine.sum(0)), resampled)
        found[name] = Agreement(instances=int(mine[:, 0].sum()), **known)
    return found


def _known(point: Numbers, resampled: Numbers) -> dict[str, Any]:
    values = {name: rounded(float(value)) if np.isfinite(value) else None for name, value in point.items()}
    intervals = {name: interval(resampled[name]) for name in resampled if values[name] is not None}
    return {**values, "intervals": {name: bounds for name, bounds in intervals.items() if bounds is not None}}
