"""What the app kept of a model's output, and whether it belongs to the evaluation that it was saved with.

The app keeps it in one variable per page, so saving many speeches at once stores the output of one with all of them.
With one rubric the names of another evaluation match; its comments and its maxima do not, and points may by chance.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from speechgrade_shared.canonicalize import decoded
from speechgrade_shared.rubric import fold

from speechgrade_exporter.recorded_points import Place, RecordedScore, recorded_scores
from speechgrade_exporter.stored_data import Grading

_SAME_MAXIMUM = 0.02


@dataclass(frozen=True, slots=True)
class KeptOutput:
    """A model's scores as the app kept them, whether they can be of this speech, and whether a comment shows it."""

    scores: Mapping[Place, RecordedScore]
    is_possible: bool
    shares_a_comment: bool


def kept_output(grading: Grading) -> KeptOutput | None:
    """The model's output that was saved with an evaluation, or None if there is none."""
    kept = decoded(grading.data.get("model_output_original"))
    sections = decoded(kept.get("sections")) if isinstance(kept, Mapping) else None
    scores = recorded_scores(sections)
    if not scores:
        return None
    is_possible = scores.keys() == grading.recorded.keys() and all(
        _fits(score, grading.recorded[place]) for place, score in scores.items()
    )
    return KeptOutput(scores, is_possible, _shares_a_comment(sections, grading.data.get("sections")))


def _fits(before: RecordedScore, after: RecordedScore) -> bool:
    """Whether both can be scores of the same criterion: the edit screen changes points, never what they are out of."""
    one, other = before.max_points, after.max_points
    if one and other and abs(one - other) > _SAME_MAXIMUM:
        return False
    return before.points is None or not one or before.points <= one + _SAME_MAXIMUM


def _shares_a_comment(original: object, current: object) -> bool:
    """Whether any section still has the comment that the model gave it."""
    before, after = dict(_comments(original)), dict(_comments(current))
    return any(after.get(name) == comment for name, comment in before.items())


def _comments(sections: object) -> Iterator[tuple[str, str]]:
    for name, section in sections.items() if isinstance(sections, Mapping) else ():
        comment = section.get("feedback") if isinstance(section, Mapping) else None
        if isinstance(comment, str) and comment.strip():
            yield fold(str(name)), " ".join(comment.split())
