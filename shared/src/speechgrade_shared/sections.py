"""Scores of one speech in canonical form, and the app's own shape made from them.

Canonical: per category the feedback and the points of each criterion, in the rubric's order. Sums, percentages and
letters are computed here and nowhere else, never read from a model.

What a transcript cannot show has no points unless a person gave them. The app's shape then still has every part of the
rubric, in its order: such a part has null instead of points, and sums and letters are of what was scored. So a total is
out of less than the rubric's, and a whole category without scores is null out of 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.rubric import Category, Criterion, Rubric, reason_not_scored

_NO_GRADE, _NO_GRADE_LABEL = "N/A", "Not scored"
_NEEDS = {
    "needs_video": "it has to be seen",
    "needs_audio": "it has to be heard",
}


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The points of a category's criteria, in the rubric's order, and the comment on them."""

    name: str
    feedback: str
    points: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        return round(sum(points for _, points in self.points), 4)


@dataclass(frozen=True, slots=True)
class ScoredSpeech:
    """All sections of a speech in the rubric's order, and the overall comment."""

    sections: tuple[SectionScore, ...]
    overall_comments: str

    @property
    def total(self) -> float:
        return round(sum(section.total for section in self.sections), 4)

    def within(self, rubric: Rubric) -> "ScoredSpeech":
        """Only the scores of what is in a rubric, such as the observable part of the one that was graded by."""
        known = {category.name: {c.name for c in category.criteria} for category in rubric.categories}
        sections = tuple(
            replace(section, points=tuple(item for item in section.points if item[0] in known[section.name]))
            for section in self.sections
            if section.name in known
        )
        return replace(self, sections=sections)

    def as_dict(self) -> dict[str, Any]:
        """The canonical JSON shape: what the model is taught to write, and what is stored."""
        return {
            "sections": {
                section.name: {
                    "feedback": section.feedback,
                    "points": {name: whole(points) for name, points in section.points},
                }
                for section in self.sections
            },
            "overallComments": self.overall_comments,
        }


def from_dict(stored: Mapping[str, Any], rubric: Rubric) -> ScoredSpeech:
    """Read back what ``ScoredSpeech.as_dict`` made, in the rubric's order: jsonb keeps the keys but not their order.

    The input is trusted: it comes from our own tables. What a transcript cannot show may be absent from it.

    Raises:
        KeyError: something that a transcript can show is.
    """
    sections = (_stored_section(category, stored["sections"].get(category.name)) for category in rubric.categories)
    return ScoredSpeech(tuple(section for section in sections if section), stored["overallComments"])


def to_app_shape(scored: ScoredSpeech, rubric: Rubric) -> dict[str, Any]:
    """Make the app's ``evaluation_data`` keys: sections with sums and letters, totals, percentage, letter grade.

    Every category and criterion of the rubric is there. One that has no points has ``points`` null, the grade "N/A"
    and the reason in ``notScored``; ``notScored`` at the top lists them all. Sums and maxima count what was scored.

    Raises:
        KeyError: something that a transcript can show has no points.
        RubricInvalid: ``rubric_not_observable``: nothing has any.
    """
    given = {section.name: section for section in scored.sections}
    _insist_on_observable(given, rubric)
    sections = {
        category.name: _app_section(given.get(category.name), category, rubric) for category in rubric.categories
    }
    maximum = round(sum(section["maxScore"] for section in sections.values()), 4)
    if not maximum:
        raise RubricInvalid("Nothing of the rubric was scored.", code="rubric_not_observable")
    return {
        "sections": sections,
        "overallComments": scored.overall_comments,
        "totalScore": whole(scored.total),
        "maxScore": whole(maximum),
        "percentage": f"{100 * scored.total / maximum:.1f}",
        "letterGrade": rubric.letter(scored.total, maximum).letter,
        "notScored": [
            item.as_dict()
            for item in rubric.not_scored
            if item.category not in given or item.criterion not in dict(given[item.category].points)
        ],
    }


def whole(points: float) -> int | float:
    """Points as JSON should show them: 4 rather than 4.0."""
    return int(points) if float(points).is_integer() else points


def _stored_section(category: Category, entry: Mapping[str, Any] | None) -> SectionScore | None:
    if entry is None and not category.observable_criteria:
        return None
    if entry is None:
        raise KeyError(category.name)
    given = entry["points"]
    kept = (c.name for c in category.criteria if c.is_observable or c.name in given)
    return SectionScore(category.name, entry["feedback"], tuple((name, float(given[name])) for name in kept))


def _insist_on_observable(given: Mapping[str, SectionScore], rubric: Rubric) -> None:
    for category in rubric.categories:
        for criterion in category.observable_criteria:
            if criterion.name not in dict(given[category.name].points):
                raise KeyError(criterion.name)


def _app_section(section: SectionScore | None, category: Category, rubric: Rubric) -> dict[str, Any]:
    given = dict(section.points) if section else {}
    scored = [criterion for criterion in category.criteria if criterion.name in given]
    shown = () if category.implicit else category.criteria
    subcategories = [_app_subcategory(criterion, given.get(criterion.name), rubric) for criterion in shown]
    if section is None or not scored:
        return _unscored_section(category, subcategories)
    maximum = whole(round(sum(criterion.max_points for criterion in scored), 4))
    return {
        "score": whole(section.total),
        "maxScore": maximum,
        "feedback": section.feedback or f"{whole(section.total)} of {maximum} points.",
        "subcategories": subcategories,
    }


def _unscored_section(category: Category, subcategories: list[dict[str, Any]]) -> dict[str, Any]:
    reasons = sorted({reason_not_scored(criterion) for criterion in category.criteria}, reverse=True)
    return {
        "score": None,
        "maxScore": 0,
        "feedback": f"Not scored from the words of the speech: {' or '.join(_NEEDS[reason] for reason in reasons)}.",
        "subcategories": subcategories,
        "notScored": reasons[0],
    }


def _app_subcategory(criterion: Criterion, points: float | None, rubric: Rubric) -> dict[str, Any]:
    shown = {"name": criterion.name, "points": points, "maxPoints": whole(criterion.max_points)}
    if points is None:
        return shown | {
            "grade": _NO_GRADE,
            "gradeLabel": _NO_GRADE_LABEL,
            "notScored": reason_not_scored(criterion),
        }
    band = rubric.letter(points, criterion.max_points)
    return shown | {"points": whole(points), "grade": band.letter, "gradeLabel": band.label}
