"""``evaluation_data`` as the app's generations wrote it: objects and strings, edited or not, with their oddities."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore, to_app_shape

_WORDS_PER_MINUTE = 130
_LATTICE = {"A": 1.0, "B": 0.85, "C": 0.75, "D": 0.65, "F": 0.3}
_SUMMARY = "The speaker introduces a topic, gives some reasons, and ends with a short conclusion. Delivery is steady."


@dataclass(frozen=True, slots=True)
class GradedSpeech:
    """A speech, the rubric row it was graded with, and the grading that a person meant."""

    transcript: str
    student_name: str
    rubric: Rubric
    rubric_row: Mapping[str, Any]
    human: ScoredSpeech


@dataclass(frozen=True, slots=True)
class AppRow:
    """The columns of an evaluation that depend on how it came about."""

    transcript: str | None
    ai_provider: str | None
    evaluation_data: Any
    deleted: bool = False


def written_by_hand(speech: GradedSpeech, _rng: Random) -> AppRow:
    """The instructor graded alone."""
    return AppRow(speech.transcript, "manual", _data(speech, speech.human))


def corrected(speech: GradedSpeech, rng: Random) -> AppRow:
    """A model proposed, the instructor changed the points: the app's most valuable rows."""
    proposal = _shifted(speech.human, speech.rubric, rng)
    data = _data(speech, speech.human)
    data["edited"] = True
    data["model_output_original"] = {
        "sections": to_app_shape(proposal, speech.rubric)["sections"],
        "timeline_markers": [],
    }
    data["corrections"] = _corrections(proposal, speech.human)
    return AppRow(speech.transcript, "finetuned", data)


def corrected_as_string(speech: GradedSpeech, rng: Random) -> AppRow:
    """The same, stored as a JSON string in the jsonb column."""
    row = corrected(speech, rng)
    return AppRow(row.transcript, row.ai_provider, json.dumps(row.evaluation_data))


def early_writer(speech: GradedSpeech, _rng: Random) -> AppRow:
    """An early version of the app: criteria under ``feedback``, numbers as strings, other letter case."""
    data = _data(speech, speech.human)
    data["sections"] = {
        name.upper(): {
            "score": str(section["score"]),
            "maxScore": section["maxScore"],
            "feedback": [
                {"name": item["name"], "points": str(item["points"]), "feedback": note}
                for item, note in zip(section["subcategories"], _notes(section), strict=True)
            ],
        }
        for name, section in data["sections"].items()
    }
    for key in ("gradeScale", "rubric_structure"):
        del data[key]
    return AppRow(speech.transcript, None, data)


def never_reviewed(speech: GradedSpeech, rng: Random) -> AppRow:
    """What a model wrote and nobody looked at."""
    proposal = _shifted(speech.human, speech.rubric, rng)
    data = _data(speech, proposal)
    data["model_output_original"] = {"sections": data["sections"], "timeline_markers": []}
    return AppRow(speech.transcript, "finetuned", data)


def edit_screen_only(speech: GradedSpeech, rng: Random) -> AppRow:
    """Somebody opened the edit screen and saved: points became those of the letters, with nothing reviewed."""
    row = never_reviewed(speech, rng)
    snapped = json.loads(json.dumps(row.evaluation_data))
    for section in snapped["sections"].values():
        for item in section["subcategories"]:
            item["points"] = round(item["maxPoints"] * _LATTICE[item["grade"]], 1)
        section["score"] = round(sum(item["points"] for item in section["subcategories"]), 1)
    snapped["edited"] = True
    return AppRow(row.transcript, row.ai_provider, snapped)


def summary_for_transcript(speech: GradedSpeech, rng: Random) -> AppRow:
    """A provider that stores a summary where the transcript should be."""
    row = corrected(speech, rng)
    return AppRow(_SUMMARY, "gemini", row.evaluation_data)


def without_transcript(speech: GradedSpeech, rng: Random) -> AppRow:
    """A video model that never heard a word."""
    row = corrected(speech, rng)
    return AppRow(None, "qwen", row.evaluation_data)


def demo_provider(speech: GradedSpeech, _rng: Random) -> AppRow:
    """The app's own demo mode."""
    return AppRow("[Demo Mode - no speech was analyzed]", "demo", _data(speech, speech.human))


def soft_deleted(speech: GradedSpeech, rng: Random) -> AppRow:
    """Deleted in the app, which only marks the row."""
    row = corrected(speech, rng)
    return AppRow(row.transcript, row.ai_provider, row.evaluation_data, deleted=True)


def cut_short(speech: GradedSpeech, _rng: Random) -> AppRow:
    """A JSON string that was cut off while it was saved."""
    return AppRow(speech.transcript, "manual", json.dumps(_data(speech, speech.human))[:200])


def incomplete(speech: GradedSpeech, _rng: Random) -> AppRow:
    """A category is missing, as older providers left it."""
    data = _data(speech, speech.human)
    data["sections"].pop(next(iter(data["sections"])))
    return AppRow(speech.transcript, "manual", data)


def yet_to_be_scored(speech: GradedSpeech) -> AppRow:
    """A new upload: transcript and rubric, no scores."""
    data = {"studentName": speech.student_name, "sections": {}, "rubricUsed": speech.rubric.name}
    return AppRow(speech.transcript, None, data)


HABITS: tuple[tuple[int, Callable[[GradedSpeech, Random], AppRow]], ...] = (
    (44, corrected),
    (20, written_by_hand),
    (12, corrected_as_string),
    (8, early_writer),
    (4, never_reviewed),
    (2, edit_screen_only),
    (3, summary_for_transcript),
    (2, without_transcript),
    (1, demo_provider),
    (2, soft_deleted),
    (1, cut_short),
    (1, incomplete),
)
"""How rows come about, and how many of a hundred do so."""


def _data(speech: GradedSpeech, scores: ScoredSpeech) -> dict[str, Any]:
    shape = to_app_shape(scores, speech.rubric)
    seconds = 60 * len(speech.transcript.split()) // _WORDS_PER_MINUTE
    return {
        **shape,
        "studentName": speech.student_name,
        "speechDate": "2026-09-14",
        "assignmentType": speech.rubric.speech_type or "Speech",
        "speechTime": f"{seconds // 60}:{seconds % 60:02d}",
        "rubricUsed": speech.rubric.name,
        "timeline_markers": [],
        "video_notes": None,
        "corrections": [],
        "edited": False,
        "gradeScale": speech.rubric_row["grade_scale"],
        "rubric_structure": {
            "categories": speech.rubric_row["categories"],
            "totalPoints": speech.rubric_row["total_points"],
        },
    }


def _notes(section: Mapping[str, Any]) -> list[str]:
    # The early writer kept one note per criterion; the last one holds what is left of the section's comment.
    items = section["subcategories"]
    return [""] * (len(items) - 1) + [section["feedback"]]


def _shifted(human: ScoredSpeech, rubric: Rubric, rng: Random) -> ScoredSpeech:
    """What a general model might have proposed: off by one in at least one criterion."""
    maxima = {c.name: c.max_points for category in rubric.categories for c in category.criteria}
    must = rng.randrange(sum(len(section.points) for section in human.sections))
    place = 0
    sections = []
    for section in human.sections:
        points = []
        for name, given in section.points:
            off = place == must or rng.random() < 0.5
            points.append((name, (given - 1 if given >= 2 else min(given + 1, maxima[name])) if off else given))
            place += 1
        sections.append(SectionScore(section.name, "A solid effort overall.", tuple(points)))
    return ScoredSpeech(tuple(sections), "Nice speech.")


def _corrections(proposal: ScoredSpeech, human: ScoredSpeech) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": "2026-09-15T10:00:00Z",
            "field": f"{before.name}.{name}.points",
            "ai_value": old,
            "instructor_value": new,
            "reason": "Counted again.",
        }
        for before, after in zip(proposal.sections, human.sections, strict=True)
        for (name, old), (_, new) in zip(before.points, after.points, strict=True)
        if old != new
    ]
