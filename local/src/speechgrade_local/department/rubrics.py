"""Three rubrics of the department, in the shape that the app stores."""

from collections.abc import Mapping
from typing import Any

_GRADE_SCALE = {
    "A": {"label": "Excellent", "percentage": 1.0, "range": "100-90"},
    "B": {"label": "Proficient", "percentage": 0.9, "range": "89-80"},
    "C": {"label": "Developing", "percentage": 0.8, "range": "79-70"},
    "D": {"label": "Beginning", "percentage": 0.7, "range": "69-60"},
    "F": {"label": "Not yet", "percentage": 0.6, "range": "59-0"},
}


CRITERIA: Mapping[str, tuple[str, str]] = {
    "Signposts": ("Organization", "Order is announced."),
    "Sources": ("Research", "Claims are backed."),
    "Examples": ("Illustration", "Numbers make it concrete."),
    "Questions": ("Audience", "Listeners are asked."),
    "Closing": ("Ending", "The end is clear."),
}
"""Criterion → the category it belongs to in this department, and its description."""


def _detailed(criterion: str) -> dict[str, Any]:
    category, description = CRITERIA[criterion]
    return {
        "name": category,
        "description": "",
        "subcategories": [{"name": criterion, "description": description, "points": 5}],
    }


def _named(criterion: str) -> dict[str, Any]:
    return {"name": CRITERIA[criterion][0], "description": "", "subcategories": [criterion]}


def _rubric(name: str, speech_type: str, *categories: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"How {speech_type.lower()} speeches are graded in this department.",
        "speech_type": speech_type,
        "total_points": 5 * len(categories),
        "grade_scale": _GRADE_SCALE,
        "categories": list(categories),
    }


RUBRICS: tuple[Mapping[str, Any], ...] = (
    _rubric("Informative Speech", "Informative", _detailed("Signposts"), _detailed("Sources"), _detailed("Closing")),
    # Sub-categories as bare strings, as the app's older rubrics have them: each gets an equal share of the total.
    _rubric("Persuasive Speech", "Persuasive", _named("Sources"), _named("Examples"), _named("Questions")),
    _rubric("Impromptu Speech", "Impromptu", _detailed("Signposts"), _detailed("Questions"), _detailed("Closing")),
)
"""Rows for the app's ``rubrics`` table, without ids and owners."""
