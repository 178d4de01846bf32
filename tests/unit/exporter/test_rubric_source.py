"""Which rubric an evaluation was graded with, and where each maximum comes from."""

import json
from typing import Any

import pytest
from speechgrade_exporter import rubric_source
from speechgrade_exporter.stored_data import read_grading
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


def resolve_rubric(row: Any, data: dict[str, Any]) -> Rubric:
    return rubric_source.resolve_rubric(row, read_grading(data))


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


def scored(**names: list[tuple[str, float, float]]) -> dict[str, Any]:
    return {
        section: {"feedback": "", "subcategories": [{"name": n, "points": p, "maxPoints": m} for n, p, m in items]}
        for section, items in names.items()
    }


def test_a_rubric_edited_since_gives_way_to_what_was_scored() -> None:
    """No snapshot, and the row has other criteria by now: the scores say what was graded, the row what it meant."""
    data = {"sections": scored(Content=[("Sources", 3, 4), ("Hook", 2, 2)]), "rubricUsed": "Old name"}
    rubric = resolve_rubric(ROW, data)
    assert maxima(rubric) == {"Sources": (4, "evaluation"), "Hook": (2, "evaluation")}
    assert rubric.categories[0].description == "What is said."
    assert rubric.categories[0].criteria[0].description == "Backed."


def test_a_snapshot_rebuilt_from_another_rubric_gives_way_to_the_row() -> None:
    foreign = {"categories": ["Opening", "Ending"], "totalPoints": 20}
    data = {"sections": scored(Content=[("Sources", 3, 6)]) | {"Delivery": {"score": 1}}, "rubric_structure": foreign}
    assert maxima(resolve_rubric(ROW, data)) == {"Sources": (6, "rubric"), "Delivery": (4, "rubric")}


def test_a_category_that_was_left_out_does_not_make_the_rubric_another_one() -> None:
    data = {"sections": scored(Content=[("Sources", 3, 6)]), "rubric_structure": SNAPSHOT}
    assert len(resolve_rubric(ROW, data).categories) == 2


def test_scores_alone_are_a_rubric_if_they_say_what_they_are_out_of() -> None:
    data = {"sections": scored(Content=[("Sources", 3, 4)]) | {"Delivery": {"score": 2, "maxScore": 5}}}
    assert maxima(resolve_rubric(None, data)) == {"Sources": (4, "evaluation"), "Delivery": (5, "evaluation")}
    with pytest.raises(RubricInvalid) as caught:
        resolve_rubric(None, {"sections": {"Delivery": {"score": 2}}})
    assert caught.value.code == "rubric_missing"


def test_a_category_with_one_score_for_all_its_criteria_is_graded_as_a_whole() -> None:
    one = {"sections": {"Content": {"score": 5, "maxScore": 6}, "Delivery": {"score": 1}}}
    rubric = resolve_rubric(ROW, one)
    assert rubric.categories[0].implicit
    assert maxima(rubric) == {"Content": (6, "rubric"), "Delivery": (4, "rubric")}
    other = {"sections": {"Content": {"score": "5", "maxScore": "8"}}}
    assert maxima(resolve_rubric(ROW, other))["Content"] == (8, "evaluation")


def test_columns_and_parts_may_be_json_strings() -> None:
    row = ROW | {"categories": json.dumps(ROW["categories"]), "grade_scale": json.dumps(ROW["grade_scale"])}
    data = {"rubric_structure": json.dumps(json.dumps(SNAPSHOT)), "gradeScale": json.dumps({"B": {"min": 77}})}
    rubric = resolve_rubric(row, data)
    assert maxima(rubric) == {"Sources": (6, "rubric"), "Delivery": (4, "rubric")}
    assert rubric.grade_scale[1].min_percent == 77


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
