"""The school that the bench measures with: always the same, realistic in size, and mostly fit to teach."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_exporter.examples import ExampleRules, settle
from speechgrade_exporter.provenance import Provenance
from speechgrade_exporter.settings import HUMAN
from speechgrade_exporter.transcript_gate import TranscriptLimits
from speechgrade_local.bench_exporter.command import sizes_up_to
from speechgrade_local.bench_exporter.grading_scheme import RUBRIC_ROWS
from speechgrade_local.bench_exporter.school import (
    CLASS_SIZE,
    PER_COURSE,
    Gradebook,
    decisions,
    enrolments,
    instructors,
    rubric_ids,
)
from speechgrade_local.demo.gradebook import Evaluation
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.subject import SplitShares

ROWS = 2 * PER_COURSE
RULES = ExampleRules(b"k" * 32, SplitShares(), frozenset[Provenance](HUMAN), TranscriptLimits())
GRADEBOOK = Gradebook(ROWS, 7)


def read(evaluation: Evaluation) -> dict[str, Any]:
    """What the exporter reads of an evaluation with everybody's consent."""
    enrolment, row = evaluation.enrolment, evaluation.row
    roster = [peer for peer in GRADEBOOK.enrolled if peer.course_id == enrolment.course_id]
    return {
        "evaluation_id": evaluation.id,
        "may_teach": True,
        "person": {"subject": "0" * 64, "split": None, "erased": False},
        "evaluation": {
            "course_id": enrolment.course_id,
            "transcript": row.transcript,
            "ai_provider": row.ai_provider,
            "evaluation_data": row.evaluation_data,
            "deleted_locally_at": "2026-10-01" if row.deleted else None,
        },
        "course": {"id": enrolment.course_id},
        "enrolment": {"id": enrolment.id, "course_id": enrolment.course_id, "email": enrolment.email},
        "instructor": {"llm_training_consent_given": True, "account_tier": "instructor"},
        "consent": [{"type": "llm_training", "given": True, "at": "2026-09-01T12:00:00Z"}],
        "consent_types": ["llm_training"],
        "rubric": RUBRIC_ROWS[rubric_ids().index(evaluation.rubric_id)],
        "roster": {
            "people": [
                {"role": "peer", "first_name": p.first_name, "last_name": p.last_name, "email": p.email} for p in roster
            ],
            "instructor_name": enrolment.instructor_name,
            "courses": [enrolment.course_name, enrolment.course_code],
            "institutions": ["Northfield College"],
        },
    }


@given(st.integers(0, ROWS - 1))
def test_a_row_is_the_same_whoever_draws_it(number: int) -> None:
    assert Gradebook(ROWS, 7).evaluation(number) == GRADEBOOK.evaluation(number)


def test_speeches_are_long_distinct_and_rich_in_words() -> None:
    texts = [GRADEBOOK.evaluation(number).row.transcript or "" for number in range(0, ROWS, 4)]
    spoken = [text for text in texts if len(text.split()) > 100]
    assert len(spoken) > 0.9 * len(texts)
    assert len(set(spoken)) == len(spoken)
    assert 550 < sum(len(text.split()) for text in spoken) / len(spoken) < 750
    assert len({word for text in spoken for word in text.casefold().split()}) > 3000


def test_the_exporter_takes_most_rows_that_have_consent() -> None:
    outcomes = Counter(settle(read(GRADEBOOK.evaluation(number)), RULES).status for number in range(0, ROWS, 5))
    assert outcomes["included"] > 0.75 * outcomes.total()
    assert outcomes["quarantined"] < 0.1 * outcomes.total()


def test_four_in_five_agree() -> None:
    enrolled = enrolments(ROWS)
    standing = {decision.enrolment.id: decision.given for decision in decisions(enrolled)}
    assert sum(standing.values()) == 0.8 * len(enrolled)


@pytest.mark.parametrize("rows", [1, CLASS_SIZE, PER_COURSE + 1, 20 * PER_COURSE])
def test_everybody_belongs_to_somebody(rows: int) -> None:
    enrolled = enrolments(rows)
    assert len({person.id for person in enrolled}) == len(enrolled)
    assert {person.instructor_id for person in enrolled} == {instructor.id for instructor in instructors(rows)}
    assert len({(person.course_id, person.email) for person in enrolled}) == len(enrolled)


def test_rows_are_of_the_size_that_the_app_writes() -> None:
    sizes = [len(json.dumps(GRADEBOOK.evaluation(number).row.evaluation_data)) for number in range(100)]
    assert 5_000 < sum(sizes) / len(sizes) < 20_000


def test_the_compared_sizes_end_with_the_wanted_one() -> None:
    assert sizes_up_to(20_000) == (1000, 5000, 20_000)
    assert sizes_up_to(2000) == (200, 500, 2000)
    assert sizes_up_to(40) == (40,)


def test_its_rubrics_hold_what_words_do_not_show_and_its_rows_are_taught_without() -> None:
    rubric = parse_rubric(RUBRIC_ROWS[0])
    names = [item.criterion for item in rubric.not_scored]
    assert names == ["Eye Contact", "Voice", "Gestures", "Posture", "Visual Aids"]
    assert len([c for category in rubric.observable.categories for c in category.criteria]) == 15
