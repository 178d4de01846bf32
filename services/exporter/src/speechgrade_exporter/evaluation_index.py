"""Finds the evaluations that hold a speech, by what was said and what was scored.

Only digests are kept, so that a whole project's speeches fit in memory and none of their text does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import SectionsUnreadable

from speechgrade_exporter.app_items import AppItem
from speechgrade_exporter.reasons import Reason
from speechgrade_exporter.recorded_points import Place, RecordedScore, recorded_scores
from speechgrade_exporter.stored_data import read_grading

_WINDOW = 12


@dataclass(frozen=True, slots=True)
class _Spoken:
    evaluation: str
    words: int
    digest: str


class EvaluationIndex:
    """Evaluations by the digest of their transcript and of their scores."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._spoken: dict[str, list[_Spoken]] = defaultdict(list)
        self._scored: dict[str, set[str]] = defaultdict(set)
        self._enrolments: dict[str, str] = {}
        for row in rows:
            self._add(row)

    def find(self, item: AppItem) -> str | Reason:
        """The one evaluation that an item came from, or the reason why it cannot be told.

        The transcript must be the same, or else the scores and the student; where several evaluations hold one speech,
        the scores decide.
        """
        spoken, scored = self._by_transcript(item.text), self._by_scores(item.sections)
        if item.enrolment is not None:
            spoken, scored = self._of_student(spoken, item.enrolment), self._of_student(scored, item.enrolment)
            found = spoken & scored or spoken or scored
        else:
            found = spoken & scored or spoken
        if len(found) == 1:
            return next(iter(found))
        return Reason.IMPORT_AMBIGUOUS if found else Reason.IMPORT_UNTIED

    def _add(self, row: Mapping[str, Any]) -> None:
        evaluation = row.get("evaluation") or {}
        name = str(row["evaluation_id"])
        self._enrolments[name] = str(evaluation.get("student_id"))
        words = _words(evaluation.get("transcript"))
        if len(words) >= _WINDOW:
            self._spoken[_digest(words[:_WINDOW])].append(_Spoken(name, len(words), _digest(words)))
        try:
            recorded = read_grading(evaluation.get("evaluation_data")).recorded
        except (SectionsUnreadable, RecursionError):
            return
        if recorded:
            self._scored[_scores_digest(recorded)].add(name)

    def _by_transcript(self, text: str) -> set[str]:
        words = _words(text)
        return {
            spoken.evaluation
            for start in range(len(words) - _WINDOW + 1)
            for spoken in self._spoken.get(_digest(words[start : start + _WINDOW]), ())
            if _digest(words[start : start + spoken.words]) == spoken.digest
        }

    def _by_scores(self, sections: object) -> set[str]:
        recorded = recorded_scores(sections)
        return self._scored.get(_scores_digest(recorded), set()) if recorded else set()

    def _of_student(self, evaluations: set[str], enrolment: str) -> set[str]:
        return {name for name in evaluations if self._enrolments[name] == enrolment}


def _words(text: object) -> list[str]:
    return text.casefold().split() if isinstance(text, str) else []


def _digest(words: Sequence[str]) -> str:
    return sha256_hex(" ".join(words).encode("utf-8", "replace"))


def _scores_digest(recorded: Mapping[Place, RecordedScore]) -> str:
    points = sorted(
        (place, None if score.points is None else round(score.points, 2)) for place, score in recorded.items()
    )
    return sha256_hex(repr(points).encode("utf-8", "replace"))
