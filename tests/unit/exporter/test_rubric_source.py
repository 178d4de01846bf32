"""Which rubric an evaluation was graded with, and where each maximum comes from."""

from typing import Any

import pytest
from speechgrade_exporter.rubric_source import resolve_rubric
from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.rubric import Rubric

ROW = {
    "name": "Informative Speech",
    "speech_type": "Informative",
    "total_points": 10,
    "grade_scale": {"A": {"label": "Excellent", "range": "100-90"}},
    "categories": [
        {
            "name": "Content",
            "description": "What is said.",
            "subcategories": [{"name": "Sources", "description": "Backed.", "points": 6}],
        },
        {"name": "Delivery", "description": "How.", "points": 4},
    ],
}
SNAPSHOT = {"categories": [{"name": "content", "subcategories": ["Sources"]}, "Delivery"], "totalPoints": 10}


def maxima(rubric: Rubric) -> dict[str, tuple[float, str]]:
    return {c.name: (c.max_points, c.max_source) for category in rubric.categories for c in category.criteria}


def test_the_row_is_enough() -> None:
    rubric = resolve_rubric(ROW, {})
    assert (rubric.name, rubric.max_points) == ("Informative Speech", 10)


def test_the_snapshot_decides_and_the_row_completes_it() -> None:
    rubric = resolve_rubric(ROW, {"rubric_structure": SNAPSHOT})
    assert [category.name for category in rubric.categories] == ["content", "Delivery"]
    assert rubric.categories[0].criteria[0].description == "Backed."
    assert maxima(rubric) == {"Sources": (6, "rubric"), "Delivery": (4, "rubric")}
    assert rubric.grade_scale[0].label == "Excellent"


def test_a_rubric_edited_beyond_recognition_gives_nothing() -> None:
    foreign = ROW | {"categories": ["Other"], "name": "Other rubric"}
    rubric = resolve_rubric(foreign, {"rubric_structure": SNAPSHOT, "rubricUsed": "Informative Speech"})
    assert (rubric.name, rubric.speech_type) == ("Informative Speech", "")
    assert maxima(rubric) == {"Sources": (5, "equal_share"), "Delivery": (5, "equal_share")}


def test_the_maximum_that_was_graded_by_is_what_points_mean() -> None:
    sections = {"Content": {"subcategories": [{"name": "Sources", "points": 2, "maxPoints": 2.5}]}}
    rubric = resolve_rubric(ROW, {"sections": sections})
    assert maxima(rubric)["Sources"] == (2.5, "evaluation")
    nearly = {"Content": {"subcategories": [{"name": "Sources", "points": 2, "maxPoints": 6.01}]}}
    assert maxima(resolve_rubric(ROW, {"sections": nearly}))["Sources"] == (6, "rubric")


def test_a_rubric_without_any_points_takes_what_the_grading_recorded() -> None:
    row = {"name": "R", "categories": [{"name": "Content", "subcategories": ["Sources"]}, "Delivery"]}
    sections = {
        "Content": {"subcategories": [{"name": "Sources", "points": 1, "maxPoints": "2.5"}]},
        "Delivery": {"score": 1, "maxScore": 4},
    }
    rubric = resolve_rubric(row, {"sections": sections})
    assert maxima(rubric) == {"Sources": (2.5, "evaluation"), "Delivery": (4, "evaluation")}


@pytest.mark.parametrize(
    ("row", "data", "code"),
    [
        (None, {}, "rubric_missing"),
        ({"categories": "not json"}, {}, "rubric_missing"),
        ({"categories": [3]}, {}, "rubric_unreadable"),
        ({"categories": ["A", "a"], "total_points": 5}, {}, "rubric_duplicate_name"),
        ({"categories": ["A"]}, {}, "rubric_no_points"),
    ],
)
def test_what_is_no_rubric_says_why(row: Any, data: dict[str, Any], code: str) -> None:
    with pytest.raises(RubricInvalid) as caught:
        resolve_rubric(row, data)
    assert caught.value.code == code
