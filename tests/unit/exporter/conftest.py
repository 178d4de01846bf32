"""Rows as ``llm.read_evaluations`` returns them, and the rules that the tests decide by."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from speechgrade_exporter.examples import ExampleRules
from speechgrade_exporter.provenance import Provenance
from speechgrade_exporter.transcript_gate import TranscriptLimits
from speechgrade_shared.subject import SplitShares

RowMaker = Callable[..., dict[str, Any]]
SPEECH = (
    "Hello, my name is Noor Haddad and today I talk about bees. First, bees feed us all. According to the farm bureau "
    "they visit a third of what we eat. Second, they are in danger. My classmate Mateo keeps a hive. Thank you."
)
GRADED = {
    "Content": {
        "score": 7.5,
        "maxScore": 10,
        "feedback": "Well done, Noor.",
        "subcategories": [
            {"name": "Sources", "points": 4, "maxPoints": 5, "grade": "B", "feedback": ""},
            {"name": "Order", "points": 3.5, "maxPoints": 5, "grade": "C", "feedback": ""},
        ],
    },
    "Delivery": {"score": 4, "maxScore": 5, "feedback": "Clear.", "subcategories": []},
}
RUBRIC = {
    "id": "50000000-0000-4000-8000-000000000001",
    "name": "Informative Speech",
    "speech_type": "Informative",
    "total_points": 15,
    "grade_scale": {"A": {"label": "Excellent", "range": "100-90"}},
    "categories": [
        {
            "name": "Content",
            "description": "What is said.",
            "subcategories": [
                {"name": "Sources", "description": "Claims are backed.", "points": 5},
                {"name": "Order", "description": "One can follow.", "points": 5},
            ],
        },
        # This instructor means how it is worded.
        {"name": "Delivery", "description": "", "points": 5, "evidence": "transcript", "subcategories": []},
    ],
}
COURSE = "30000000-0000-4000-8000-000000000001"
STUDENT = "40000000-0000-4000-8000-000000000001"


def _row() -> dict[str, Any]:
    return {
        "evaluation_id": "60000000-0000-4000-8000-000000000001",
        "evaluation": {
            "id": "60000000-0000-4000-8000-000000000001",
            "course_id": COURSE,
            "student_id": STUDENT,
            "transcript": SPEECH,
            "ai_provider": "manual",
            "evaluation_data": {
                "sections": GRADED,
                "studentName": "Noor Haddad",
                "speechTime": "0:30",
                "rubricUsed": "Informative Speech",
                "overallComments": "Thank you, Noor.",
                "corrections": [],
                "edited": False,
                "rubric_structure": {"categories": RUBRIC["categories"], "totalPoints": 15},
            },
            "model_used": None,
            "deleted_locally_at": None,
        },
        "course": {"id": COURSE, "name": "Public Speaking", "deleted_locally_at": None},
        "enrolment": {
            "id": STUDENT,
            "course_id": COURSE,
            "first_name": "Noor",
            "last_name": "Haddad",
            "email": "noor@student.example",
            "student_id": "N202600100",
            "deleted_locally_at": None,
        },
        "linked_enrolments": [
            {"id": STUDENT, "email": "noor@student.example", "sis_id": "N202600100", "institution_id": None}
        ],
        "instructor": {"llm_training_consent_given": True, "account_tier": "instructor", "full_name": "Miriam Okonkwo"},
        "rubric": RUBRIC,
        "consent": [{"type": "llm_training", "given": True, "at": "2026-01-10T10:00:00+00:00"}],
        "consent_types": ["llm_training", "data_collection"],
        "may_teach": True,
        "own_scores": [],
        "person": {"subject": "5" * 32, "split": None, "erased": False},
        "roster": {
            "people": [
                {
                    "role": "speaker",
                    "first_name": "Noor",
                    "last_name": "Haddad",
                    "email": "noor@student.example",
                    "sis_id": "N202600100",
                },
                {"role": "peer", "first_name": "Mateo", "last_name": "Alvarez-Ruiz", "email": None, "sis_id": None},
            ],
            "instructor_name": "Dr. Miriam Okonkwo",
            "instructor_email": "okonkwo@school.example",
            "courses": ["Public Speaking", "001"],
            "institutions": ["Northfield College"],
        },
    }


@pytest.fixture(scope="session")
def make_row() -> RowMaker:
    """A consented human grading; keyword arguments change parts of it, a dict merges into a dict."""

    def make(**changes: Any) -> dict[str, Any]:
        row = copy.deepcopy(_row())
        for part, change in changes.items():
            whole = isinstance(change, dict) and isinstance(row.get(part), dict)
            row[part] = {**row[part], **change} if whole else change
        return row

    return make


@pytest.fixture(scope="session")
def graded(make_row: RowMaker) -> RowMaker:
    """The same, with keys of ``evaluation_data`` changed; ``provider`` changes the column beside it."""

    def make(provider: str | None = "manual", model_used: str | None = None, **data: Any) -> dict[str, Any]:
        stored = copy.deepcopy(_row()["evaluation"]["evaluation_data"]) | data
        return make_row(evaluation={"evaluation_data": stored, "ai_provider": provider, "model_used": model_used})

    return make


@pytest.fixture(scope="session")
def rules() -> ExampleRules:
    human = frozenset({Provenance.HUMAN_AUTHORED, Provenance.HUMAN_CHANGED, Provenance.HUMAN_CONFIRMED})
    return ExampleRules(b"k" * 32, SplitShares(), human, TranscriptLimits(min_words=20))
