"""Scores of one speech in canonical form, and the app's own shape made from them.

Canonical: per category the feedback and the points of each criterion, in the rubric's order. Sums, percentages and
letters are computed here and nowhere else, never read from a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.rubric import Category, Rubric


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

    The input is trusted: it comes from our own tables.
    """
    sections = tuple(_stored_section(category, stored["sections"][category.name]) for category in rubric.categories)
    return ScoredSpeech(sections, stored["overallComments"])


def to_app_shape(scored: ScoredSpeech, rubric: Rubric) -> dict[str, Any]:
    """Make the app's ``evaluation_data`` keys: sections with sums and letters, totals, percentage, letter grade."""
    maximum = rubric.max_points
    return {
        "sections": {
            category.name: _app_section(section, category, rubric)
            for category, section in zip(rubric.categories, scored.sections, strict=True)
        },
        "overallComments": scored.overall_comments,
        "totalScore": whole(scored.total),
        "maxScore": whole(maximum),
        "percentage": f"{100 * scored.total / maximum:.1f}",
        "letterGrade": rubric.letter(scored.total, maximum).letter,
    }


def whole(points: float) -> int | float:
    """Points as JSON should show them: 4 rather than 4.0."""
    return int(points) if float(points).is_integer() else points


def _stored_section(category: Category, entry: Mapping[str, Any]) -> SectionScore:
    points = tuple((criterion.name, float(entry["points"][criterion.name])) for criterion in category.criteria)
    return SectionScore(category.name, entry["feedback"], points)


def _app_section(section: SectionScore, category: Category, rubric: Rubric) -> dict[str, Any]:
    given = dict(section.points)
    subcategories = []
    for criterion in () if category.implicit else category.criteria:
        band = rubric.letter(given[criterion.name], criterion.max_points)
        subcategories.append(
            {
                "name": criterion.name,
                "points": whole(given[criterion.name]),
                "maxPoints": whole(criterion.max_points),
                "grade": band.letter,
                "gradeLabel": band.label,
            }
        )
    return {
        "score": whole(section.total),
        "maxScore": whole(category.max_points),
        "feedback": section.feedback or f"{whole(section.total)} of {whole(category.max_points)} points.",
        "subcategories": subcategories,
    }
