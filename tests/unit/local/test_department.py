"""The demo's speeches carry what they are graded for, and nothing else decides the points."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_local.demo.app_rows import HABITS
from speechgrade_local.demo.gradebook import Enrolment, decisions, evaluations
from speechgrade_local.department import ANONYMOUS, RUBRICS, TOPICS, compose_speech, earned_points, grade
from speechgrade_local.department.wording import CHECKLIST
from speechgrade_shared.rubric import parse_rubric

SEEDS = st.integers(0, 10_000)


def enrolments(count: int) -> list[Enrolment]:
    return [
        Enrolment(str(n), "c", "SPCH-110-A", "Speech", "i", "Ada Moss", f"F{n}", f"L{n}", f"s{n}@x.example", "Zoe")
        for n in range(count)
    ]


@given(SEEDS)
def test_what_is_counted_can_be_read_in_the_transcript(seed: int) -> None:
    rng = Random(seed)
    speech = compose_speech(rng, rng.choice(TOPICS), ANONYMOUS)
    words = "".join(char if char.isalpha() else " " for char in speech.transcript.casefold()).split()
    for behaviour, listened_for in CHECKLIST.items():
        assert {word for word in listened_for if word in words} == set(speech.evidence[behaviour])


@given(SEEDS, st.sampled_from(RUBRICS))
def test_gradings_fit_their_rubric_and_follow_the_evidence(seed: int, row: dict[str, object]) -> None:
    rng, rubric = Random(seed), parse_rubric(row)
    speech = compose_speech(rng, rng.choice(TOPICS), ANONYMOUS)
    graded = grade(speech, rubric, ANONYMOUS, rng)
    for category, section in zip(rubric.categories, graded.sections, strict=True):
        for criterion, (name, points) in zip(category.criteria, section.points, strict=True):
            assert name == criterion.name
            assert points in criterion.grid()
            assert abs(points - earned_points(speech, criterion)) <= 1


def test_the_same_seed_gives_the_same_term() -> None:
    people = enrolments(10)
    assert list(evaluations(people, 5)) == list(evaluations(people, 5))
    assert list(evaluations(people, 5)) != list(evaluations(people, 6))


def test_a_term_of_the_seeded_department_has_about_240_evaluations_in_every_shape() -> None:
    rows = list(evaluations(enrolments(71), 1))
    assert len(rows) == 242
    assert len({row.id for row in rows}) == 242
    providers = {row.row.ai_provider for row in rows}
    assert {"finetuned", "manual", "gemini", "qwen", "demo", None} <= providers
    assert any(isinstance(row.row.evaluation_data, str) for row in rows)
    assert any(row.row.deleted for row in rows)


def test_consent_is_mixed() -> None:
    people = enrolments(60)
    given = list(decisions(people))
    assert any(not decision.given for decision in given)
    assert {decision.enrolment.id for decision in given} < {person.id for person in people}


def test_the_habits_are_a_hundred() -> None:
    assert sum(share for share, _ in HABITS) == 100


@pytest.mark.parametrize("row", RUBRICS, ids=lambda row: row["name"])
def test_every_criterion_of_a_rubric_is_something_that_can_be_heard(row: dict[str, object]) -> None:
    rubric = parse_rubric(row)
    assert {c.name for category in rubric.categories for c in category.criteria} <= set(CHECKLIST)


def test_words_show_all_that_the_department_grades() -> None:
    """The demo compares a score with all points of the instructor, and its adapter learns all of them."""
    assert [parse_rubric(row).not_scored for row in RUBRICS] == [()] * len(RUBRICS)
