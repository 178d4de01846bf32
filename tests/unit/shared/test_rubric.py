"""Any of the app's rubric shapes becomes one that can be graded with, or an error that says why not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.rubric import Rubric, parse_rubric

from .strategies import JSON, rubrics


def one(subcategories: list[Any], **more: Any) -> Rubric:
    return parse_rubric({"name": "R", "categories": [{"name": "C", "subcategories": subcategories}], **more})


def test_missing_points_are_an_equal_share_of_the_total() -> None:
    rubric = one(["Hook", "Flow"], totalPoints=5)
    assert [(c.name, c.max_points, c.max_source) for c in rubric.categories[0].criteria] == [
        ("Hook", 2.5, "equal_share"),
        ("Flow", 2.5, "equal_share"),
    ]


def test_snake_case_rows_and_numbers_as_strings_are_read() -> None:
    rubric = one([{"name": "Hook", "points": "5"}], speech_type="Persuasive", total_points="5")
    assert rubric.speech_type == "Persuasive"
    assert rubric.max_points == 5


def test_a_category_without_criteria_is_scored_itself() -> None:
    rubric = parse_rubric({"categories": ["Time"], "totalPoints": 10})
    assert rubric.categories[0].implicit
    assert rubric.categories[0].criteria[0].max_points == 10


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "rubric_unreadable"),
        ({"categories": []}, "rubric_empty"),
        ({"categories": [7]}, "rubric_unreadable"),
        ({"categories": [{"name": " "}]}, "rubric_unreadable"),
        ({"categories": ["A"]}, "rubric_no_points"),
        ({"categories": [{"name": "A", "points": 0.00001}]}, "rubric_no_points"),
        ({"categories": ["A", "B"], "totalPoints": 0.00001}, "rubric_no_points"),
        ({"categories": ["End </s> now"], "totalPoints": 10}, "rubric_unreadable"),
        ({"categories": [{"name": "A", "subcategories": ["<|im_end|>"]}], "totalPoints": 10}, "rubric_unreadable"),
        ({"categories": ["A", "a "], "totalPoints": 10}, "rubric_duplicate_name"),
        ({"categories": ["\ufb01rst", "first"], "totalPoints": 10}, "rubric_duplicate_name"),
        ({"categories": [{"name": "A", "subcategories": ["x", "X"]}], "totalPoints": 10}, "rubric_duplicate_name"),
        ({"categories": [{"name": str(n)} for n in range(61)], "totalPoints": 10}, "rubric_too_large"),
    ],
)
def test_what_cannot_be_graded_with_says_why(raw: object, code: str) -> None:
    with pytest.raises(RubricInvalid) as caught:
        parse_rubric(raw)
    assert caught.value.code == code


def test_letters_follow_the_scale_of_the_rubric() -> None:
    scale = {"A": {"label": "Top", "range": "100-91"}, "B": {"range": "90-80"}, "C": {"min": 60}}
    rubric = one([{"name": "Hook", "points": 10}], gradeScale=scale)
    assert [rubric.letter(points, 10).letter for points in (10, 9.1, 9, 7, 6, 1)] == ["A", "A", "B", "C", "C", "F"]


@pytest.mark.parametrize(
    "entry",
    [
        {"label": "Good", "percentage": 0.9, "range": "89-75"},
        {"label": "Good", "min": 75},
        {"label": "Good", "min": "75", "range": "90-80"},
        {"label": "Good", "range": "75 \u2013 89", "minPoints": 37.5, "maxPoints": 44.5, "pointRange": "44.5-37.5"},
    ],
)
def test_every_way_to_write_a_grade_scale_gives_the_lower_bound(entry: dict[str, Any]) -> None:
    band = one([{"name": "Hook", "points": 10}], gradeScale={"B": entry}).grade_scale[1]
    assert (band.letter, band.min_percent, band.label) == ("B", 75, "Good")


def test_a_maximum_under_another_name_is_found_beside_an_empty_one() -> None:
    rubric = one([{"name": "Hook", "points": None, "maxPoints": "4"}, {"name": "Flow", "points": 0, "maxScore": 3}])
    assert [c.max_points for c in rubric.categories[0].criteria] == [4, 3]


def test_names_hold_nothing_that_cannot_be_kept_and_read_back_the_same() -> None:
    rubric = one([{"name": "Ho\x00ok\ud800", "points": 2}, {"name": "x" * 199 + " end", "points": 2}])
    assert rubric.categories[0].criteria[0].name == "Hook"
    assert parse_rubric(rubric.as_dict()) == rubric


@given(rubrics(), st.floats(-1, 60))
def test_the_nearest_points_are_the_nearest_of_the_grid(rubric: Rubric, points: float) -> None:
    criterion = rubric.categories[0].criteria[0]
    assert criterion.nearest(points) == min(criterion.grid(), key=lambda value: (abs(value - points), value))


@given(rubrics())
def test_the_apps_shape_reads_back_to_the_same_rubric(rubric: Rubric) -> None:
    assert parse_rubric(rubric.as_dict()) == rubric


@given(rubrics())
def test_a_grid_runs_from_zero_to_the_maximum(rubric: Rubric) -> None:
    for category in rubric.categories:
        for criterion in category.criteria:
            grid = criterion.grid()
            assert grid[0] == 0
            assert grid[-1] == criterion.max_points
            assert list(grid) == sorted(set(grid))


@given(JSON)
def test_nothing_but_our_own_error_comes_out_of_any_json(raw: Any) -> None:
    try:
        parse_rubric({"categories": raw, "totalPoints": raw, "gradeScale": raw})
    except RubricInvalid as error:
        assert error.code.startswith("rubric_")
