"""A made-up department: speeches with countable behaviours, rubrics over them, and instructors' gradings."""

from speechgrade_local.department.grading import earned_points, grade, notes
from speechgrade_local.department.rubrics import CRITERIA, RUBRICS
from speechgrade_local.department.speaker import ANONYMOUS, Speaker
from speechgrade_local.department.speech import Speech, compose_excerpt, compose_speech
from speechgrade_local.department.topics import TOPICS, Topic

__all__ = [
    "ANONYMOUS",
    "CRITERIA",
    "RUBRICS",
    "TOPICS",
    "Speaker",
    "Speech",
    "Topic",
    "compose_excerpt",
    "compose_speech",
    "earned_points",
    "grade",
    "notes",
]
