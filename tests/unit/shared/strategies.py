"""Generated rubrics, scores and JSON, for tests of what must hold for any of them."""

from typing import Any

from hypothesis import strategies as st
from speechgrade_shared.errors import RubricInvalid
from speechgrade_shared.rubric import Rubric, fold, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore


def _is_name(name: str) -> bool:
    try:
        return bool(parse_rubric({"categories": [name], "totalPoints": 1}))
    except RubricInvalid:
        return False


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(_is_name)
PROSE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def unique_names(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAMES, min_size=1, max_size=most, unique_by=fold)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    categories: list[dict[str, Any]] = []
    for name in draw(unique_names(3)):
        criteria = [
            {"name": criterion, "points": draw(st.sampled_from([0.5, 1, 2.5, 4, 5, 10, 7.25]))}
            for criterion in draw(st.just([]) | unique_names(3))
        ]
        categories.append({"name": name, "points": 5, "subcategories": criteria})
    step = draw(st.sampled_from([0.25, 0.5, 1]))
    return parse_rubric({"name": "R", "totalPoints": 50, "pointStep": step, "categories": categories})


@st.composite
def scored(draw: st.DrawFn, rubric: Rubric) -> ScoredSpeech:
    sections = tuple(
        SectionScore(
            category.name,
            draw(PROSE),
            tuple((c.name, draw(st.sampled_from(c.grid()))) for c in category.criteria),
        )
        for category in rubric.categories
    )
    return ScoredSpeech(sections, draw(PROSE))
