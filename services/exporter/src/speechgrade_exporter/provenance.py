"""Who made a label: invariant 2. No machine's unreviewed opinion is taught as truth.

The app never records that a person approved a grading, and opening its edit screen rewrites every score from its
letter. So "edited" alone proves nothing: a person's judgement shows only where points differ from the model's in a way
that the edit screen does not explain.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from speechgrade_shared.canonicalize import fold

from speechgrade_exporter.recorded_points import Place, RecordedScore, finite_number, recorded_scores

_PEOPLE = {"", "unknown", "manual", "human", "instructor"}
_SYNTHETIC = {"demo", "synthetic", "behavior_example", "behaviour_example"}
_EDIT_SCREEN = {"A": 1.0, "B": 0.85, "C": 0.75, "D": 0.65, "F": 0.3}
_NO_LETTER = "F"
_SAME = 0.01
_ROUNDED = 0.06
_MOST_CORRECTIONS = 2000


class Provenance(StrEnum):
    """Where a grading comes from."""

    HUMAN_AUTHORED = "human_authored"
    HUMAN_CHANGED = "human_changed"
    HUMAN_CONFIRMED = "human_confirmed"
    AI_ONLY = "ai_only"
    ARTEFACT = "artefact"
    SYNTHETIC = "synthetic"


def classify(
    evaluation: Mapping[str, Any], data: Mapping[str, Any], own_scores: Iterable[object] | None = None
) -> Provenance:
    """Say where a grading comes from.

    ``own_scores`` are the sections that this system itself gave the speech; None where nobody knows.
    """
    provider = provider_name(evaluation)
    if provider in _SYNTHETIC:
        return Provenance.SYNTHETIC
    current = recorded_scores(data.get("sections"))
    original = _original(data, current)
    if original is None and provider in _PEOPLE and not _is_ours(evaluation, current, own_scores):
        return Provenance.HUMAN_AUTHORED
    if data.get("edited") is not True:
        return Provenance.AI_ONLY
    if original:
        return _compared(original, current)
    return Provenance.HUMAN_CHANGED if _corrected(data.get("corrections"), current) else Provenance.AI_ONLY


def provider_name(evaluation: Mapping[str, Any]) -> str:
    """The app's name of what graded, folded; empty where there is none."""
    value = evaluation.get("ai_provider")
    return value.strip().casefold() if isinstance(value, str) else ""


def _original(data: Mapping[str, Any], current: Mapping[Place, RecordedScore]) -> dict[Place, RecordedScore] | None:
    """What the model gave: None if it gave nothing, empty if it belongs to another evaluation."""
    kept = data.get("model_output_original")
    original = recorded_scores(kept.get("sections")) if isinstance(kept, Mapping) else {}
    if not original:
        return None
    return original if original.keys() == current.keys() else {}


def _is_ours(
    evaluation: Mapping[str, Any], current: Mapping[Place, RecordedScore], own_scores: Iterable[object] | None
) -> bool:
    """Whether these are the points that this system gave, or may be: then they are no person's label."""
    if not evaluation.get("model_used"):
        return False
    given = [recorded_scores(sections) for sections in own_scores or ()]
    if not given:
        return True
    return any(_unreadable(scores) or not _changed(scores, current) for scores in given)


def _compared(original: Mapping[Place, RecordedScore], current: Mapping[Place, RecordedScore]) -> Provenance:
    changed = _changed(original, current)
    if not changed:
        return Provenance.HUMAN_CONFIRMED
    if all(_snapped(original[place], current[place]) for place in changed):
        return Provenance.ARTEFACT
    return Provenance.HUMAN_CHANGED


def _changed(before: Mapping[Place, RecordedScore], after: Mapping[Place, RecordedScore]) -> list[Place]:
    return [place for place in before if not _same(before[place].points, _points(after, place))]


def _points(scores: Mapping[Place, RecordedScore], place: Place) -> float | None:
    return scores[place].points if place in scores else None


def _same(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) <= _SAME


def _snapped(before: RecordedScore, after: RecordedScore) -> bool:
    """Whether the edit screen alone explains the points: the same letter, and the share that the screen gives it."""
    letter = before.letter or _NO_LETTER
    if after.points is None or (after.letter or _NO_LETTER) != letter or letter not in _EDIT_SCREEN:
        return False
    maximum = after.max_points or before.max_points
    return maximum is not None and abs(after.points - _EDIT_SCREEN[letter] * maximum) <= _ROUNDED


def _corrected(corrections: object, current: Mapping[Place, RecordedScore]) -> bool:
    """Whether a correction of points by the instructor is the one that stands now."""
    if not isinstance(corrections, list):
        return False
    wanted = {f"{section}.{criterion}.points": score.points for (section, criterion), score in current.items()}
    return any(isinstance(entry, Mapping) and _stands(entry, wanted) for entry in corrections[-_MOST_CORRECTIONS:])


def _stands(entry: Mapping[str, Any], wanted: Mapping[str, float | None]) -> bool:
    given, before = finite_number(entry.get("instructor_value")), finite_number(entry.get("ai_value"))
    points = wanted.get(fold(str(entry.get("field", ""))))
    return given is not None and points is not None and _same(given, points) and not _same(given, before)


def _unreadable(scores: Mapping[Place, RecordedScore]) -> bool:
    return all(score.points is None for score in scores.values())
