"""The rubric as every service sees it: categories of criteria, each with a maximum and a grid of allowed points.

The app stores rubrics in several shapes (snake or camel case, sub-categories as strings or objects, points missing);
they all end here. The rules for a missing maximum are the app's own: an equal share of the total.

A part of a rubric may say with ``evidence`` what it is judged by (``transcript``, ``video``, ``audio``); a criterion's
own word counts before its category's, and where neither says it, a reviewed list of names does.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.evidence import Medium, listed_medium, marked_medium

DEFAULT_STEP = 0.5
MAX_CRITERIA = 60
MAX_POINTS = 1000.0
_LONGEST_NAME = 200
_POINTS = ("points", "maxPoints", "maxScore")
# What no database keeps as text, and what nobody can see in a name.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
_LETTERS = ("A", "B", "C", "D", "F")
_DEFAULT_THRESHOLDS = {"A": 90.0, "B": 80.0, "C": 70.0, "D": 60.0, "F": 0.0}
# A tokenizer makes one token of them, which no grammar can spell: an engine asked to write such a name fails.
_CONTROL_TOKEN = re.compile(r"</?s>|<unk>|<pad>|<\|[^|>]{1,40}\|>|\[/?INST\]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is scored. Points lie on multiples of ``step``; 0 and the maximum are always allowed.

    ``max_source`` says where the maximum was read: rubric, equal_share of the total, or the evaluation's own scores.
    ``evidence`` is what it is judged by.
    """

    name: str
    description: str
    max_points: float
    max_source: str
    step: float = DEFAULT_STEP
    evidence: Medium = Medium.TRANSCRIPT

    @property
    def is_observable(self) -> bool:
        """Whether the words of a speech show it."""
        return self.evidence is Medium.TRANSCRIPT

    def grid(self) -> tuple[float, ...]:
        """Every number of points that may be given, ascending from 0."""
        count = math.floor(self.max_points / self.step + 1e-9)
        values = [round(index * self.step, 4) for index in range(count + 1)]
        if values[-1] != self.max_points:
            values.append(self.max_points)
        return tuple(values)

    def nearest(self, points: float) -> float:
        """The grid value nearest to ``points``; the lower one on a tie."""
        if points <= 0:
            return 0.0
        lower = round(math.floor(points / self.step + 1e-9) * self.step, 4)
        if lower >= self.max_points:
            return self.max_points
        upper = min(round(lower + self.step, 4), self.max_points)
        return upper if upper - points < points - lower else lower


@dataclass(frozen=True, slots=True)
class Category:
    """A section of the rubric. ``implicit`` marks one without sub-categories: its single criterion is itself."""

    name: str
    description: str
    criteria: tuple[Criterion, ...]
    implicit: bool = False

    @property
    def max_points(self) -> float:
        return round(sum(criterion.max_points for criterion in self.criteria), 4)

    @property
    def observable_criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if criterion.is_observable)


@dataclass(frozen=True, slots=True)
class NotScored:
    """A criterion that a transcript cannot show. ``reason``: ``needs_video`` or ``needs_audio``."""

    category: str
    criterion: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return {"category": self.category, "criterion": self.criterion, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class GradeBand:
    """A letter, the lowest percentage that earns it, and the word the instructor uses for it."""

    letter: str
    min_percent: float
    label: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """A rubric that can be graded with: at least one criterion, unique names, positive total."""

    name: str
    speech_type: str
    categories: tuple[Category, ...]
    grade_scale: tuple[GradeBand, ...]

    @property
    def max_points(self) -> float:
        return round(sum(category.max_points for category in self.categories), 4)

    @property
    def is_observable(self) -> bool:
        """Whether a transcript can show any of it."""
        return any(category.observable_criteria for category in self.categories)

    @property
    def observable(self) -> "Rubric":
        """The same rubric with only what a transcript can show: what is asked, answered and taught.

        Raises:
            RubricInvalid: ``rubric_not_observable``: nothing is left.
        """
        if not self.not_scored:
            return self
        if not self.is_observable:
            raise RubricInvalid(
                "No criterion of the rubric can be judged by words alone.", code="rubric_not_observable"
            )
        kept = (replace(category, criteria=category.observable_criteria) for category in self.categories)
        return replace(self, categories=tuple(category for category in kept if category.criteria))

    @property
    def not_scored(self) -> tuple[NotScored, ...]:
        """What a transcript cannot show, in the rubric's order."""
        return tuple(
            NotScored(category.name, criterion.name, reason_not_scored(criterion))
            for category in self.categories
            for criterion in category.criteria
            if not criterion.is_observable
        )

    def letter(self, points: float, max_points: float) -> GradeBand:
        """The grade band that a share of the maximum earns."""
        percent = 100.0 * points / max_points if max_points else 0.0
        for band in self.grade_scale:
            if percent + 1e-9 >= band.min_percent:
                return band
        return self.grade_scale[-1]

    def as_dict(self) -> dict[str, Any]:
        """The app's own rubric shape; ``parse_rubric`` reads it back to an equal rubric."""
        return {
            "name": self.name,
            "speechType": self.speech_type,
            "totalPoints": self.max_points,
            "gradeScale": {band.letter: {"min": band.min_percent, "label": band.label} for band in self.grade_scale},
            "categories": [_category_dict(category) for category in self.categories],
        }


def parse_rubric(raw: object) -> Rubric:
    """Read a rubric in any of the app's shapes.

    Raises:
        RubricInvalid: ``rubric_unreadable``, ``rubric_empty``, ``rubric_no_points``, ``rubric_duplicate_name`` or
            ``rubric_too_large``.
    """
    if not isinstance(raw, Mapping):
        raise RubricInvalid("The rubric is not an object.")
    drafts = [_draft_category(item) for item in _sequence(raw.get("categories"))]
    if not drafts:
        raise RubricInvalid("The rubric has no categories.", code="rubric_empty")
    count = sum(len(draft.criteria) for draft in drafts)
    if count > MAX_CRITERIA:
        raise RubricInvalid(f"The rubric has more than {MAX_CRITERIA} criteria.", code="rubric_too_large")
    total = finite_number(raw.get("totalPoints", raw.get("total_points")))
    share = total / count if total and total > 0 else None
    step = _step(raw.get("pointStep", raw.get("point_step")))
    categories = tuple(_finish_category(draft, share, step) for draft in drafts)
    _refuse_duplicates(categories)
    return Rubric(
        name=_text(raw.get("name")),
        speech_type=_text(raw.get("speechType", raw.get("speech_type"))),
        categories=categories,
        grade_scale=_grade_scale(raw.get("gradeScale", raw.get("grade_scale"))),
    )


def reason_not_scored(criterion: Criterion) -> str:
    """The code of why a criterion is not scored from a transcript."""
    return f"needs_{criterion.evidence}"


def fold(name: str) -> str:
    """A name without differences of case, spacing and character form, for matching."""
    # The same few names come in every row; what is too long for a name is not kept in memory.
    return _folded(name) if len(name) <= 2 * _LONGEST_NAME else _folded.__wrapped__(name)


@lru_cache(maxsize=8192)
def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", _plain(name)).casefold()


def finite_number(value: object) -> float | None:
    """A number, also one written as a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def positive_points(item: Mapping[str, Any]) -> float | None:
    """What a part of a rubric is worth, under any of the names that the app has used; None if that is nothing."""
    for key in _POINTS:
        number = finite_number(item.get(key))
        if number is not None and number > 0:
            return number
    return None


@dataclass(frozen=True, slots=True)
class _DraftCriterion:
    name: str
    description: str
    points: float | None = None
    step: float | None = None
    source: str = "rubric"
    mark: Medium | None = None


@dataclass(frozen=True, slots=True)
class _DraftCategory:
    name: str
    description: str
    criteria: tuple[_DraftCriterion, ...]
    implicit: bool
    mark: Medium | None = None


def _draft_category(item: object) -> _DraftCategory:
    if isinstance(item, str):
        return _DraftCategory(_name(item), "", (_DraftCriterion(_name(item), ""),), implicit=True)
    if not isinstance(item, Mapping):
        raise RubricInvalid("A category of the rubric is neither a name nor an object.")
    name, description = _name(item.get("name")), _text(item.get("description"))
    criteria = tuple(_draft_criterion(sub) for sub in _sequence(item.get("subcategories")))
    if criteria:
        mark = marked_medium(item.get("evidence"))
        return _DraftCategory(name, description, criteria, implicit=False, mark=mark)
    return _DraftCategory(name, description, (_draft_criterion({**item, "description": ""}),), implicit=True)


def _draft_criterion(item: object) -> _DraftCriterion:
    if isinstance(item, str):
        return _DraftCriterion(_name(item), "")
    if not isinstance(item, Mapping):
        raise RubricInvalid("A criterion of the rubric is neither a name nor an object.")
    points = positive_points(item)
    step = None if item.get("step") is None else _step(item["step"])
    stated = item.get("maxSource")
    source = stated if stated in ("equal_share", "evaluation") else "rubric"
    mark = marked_medium(item.get("evidence"))
    return _DraftCriterion(_name(item.get("name")), _text(item.get("description")), points, step, source, mark)


def _finish_category(draft: _DraftCategory, share: float | None, step: float) -> Category:
    criteria = tuple(
        replace(_finish_criterion(criterion, share, step), evidence=_evidence(criterion, draft))
        for criterion in draft.criteria
    )
    return Category(draft.name, draft.description, criteria, draft.implicit)


def _evidence(criterion: _DraftCriterion, category: _DraftCategory) -> Medium:
    return criterion.mark or category.mark or listed_medium(criterion.name, category.name)


def _finish_criterion(draft: _DraftCriterion, share: float | None, step: float) -> Criterion:
    points = draft.points if draft.points is not None else share
    source = draft.source if draft.points is not None else "equal_share"
    maximum = round(points, 4) if points is not None else 0.0
    if maximum <= 0:
        raise RubricInvalid("A criterion of the rubric is worth no points.", code="rubric_no_points")
    if maximum > MAX_POINTS:
        raise RubricInvalid(f"A criterion is worth more than {MAX_POINTS:g} points.", code="rubric_too_large")
    return Criterion(draft.name, draft.description, maximum, source, draft.step or step)


def _refuse_duplicates(categories: Iterable[Category]) -> None:
    seen: set[str] = set()
    for category in categories:
        name, names = fold(category.name), [fold(criterion.name) for criterion in category.criteria]
        if name in seen or len(set(names)) != len(names):
            raise RubricInvalid("Two parts of the rubric have the same name.", code="rubric_duplicate_name")
        seen.add(name)


def _grade_scale(raw: object) -> tuple[GradeBand, ...]:
    given = raw if isinstance(raw, Mapping) else {}
    bands = [_grade_band(letter, given.get(letter)) for letter in _LETTERS]
    return tuple(sorted(bands, key=lambda band: (-band.min_percent, band.letter)))


def _grade_band(letter: str, raw: object) -> GradeBand:
    entry = raw if isinstance(raw, Mapping) else {}
    lowest = finite_number(entry.get("min"))
    if lowest is None:
        bounds = [float(match) for match in _NUMBER.findall(_text(entry.get("range")))]
        # "100-91" reads as 100 and -91: the sign is the dash of the range.
        lowest = min((abs(bound) for bound in bounds), default=_DEFAULT_THRESHOLDS[letter])
    return GradeBand(letter, min(max(lowest, 0.0), 100.0), _text(entry.get("label")))


def _category_dict(category: Category) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": category.name, "description": category.description}
    if category.implicit:
        return _criterion_dict(category.criteria[0]) | shown | {"subcategories": []}
    return shown | {"subcategories": [_criterion_dict(criterion) for criterion in category.criteria]}


def _criterion_dict(criterion: Criterion) -> dict[str, Any]:
    return {
        "name": criterion.name,
        "description": criterion.description,
        "points": criterion.max_points,
        "maxSource": criterion.max_source,
        "step": criterion.step,
        "evidence": criterion.evidence.value,
    }


def _sequence(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _plain(text: str) -> str:
    return " ".join(_UNWRITABLE.sub("", text).split())


def _text(value: object) -> str:
    return _plain(value) if isinstance(value, str) else ""


def _name(value: object) -> str:
    name = _text(value)
    if not name:
        raise RubricInvalid("A part of the rubric has no name.")
    if _CONTROL_TOKEN.search(name):
        raise RubricInvalid("A name in the rubric holds a control token of language models.")
    return name[:_LONGEST_NAME].rstrip()


def _step(value: object) -> float:
    step = finite_number(value)
    return step if step in (0.25, 0.5, 1.0) else DEFAULT_STEP
