"""One example, and the one line of JSON that it is in a dataset.

The line is made from the example alone, so the same bytes come out when it is first settled and when a snapshot is made
from the stored row; their digest ties the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.digest import canonical_json, sha256_hex
from speechgrade_shared.prompt import Message, render_answer, render_messages
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, from_dict

from speechgrade_exporter.remarks import heard_remarks


@dataclass(frozen=True, slots=True)
class Example:
    """What a model may learn from one speech; nothing in it names anybody.

    ``rubric`` and ``scored`` are whole, as the instructor has them. The line holds of both only what a transcript can
    show: an answer about anything else would be invented.
    """

    example_id: str
    subject_hash: str
    rubric: Rubric
    transcript: str
    scored: ScoredSpeech

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Example":
        """Read an included row of ``llm.training_data`` back."""
        rubric = parse_rubric(row["rubric"])
        scored = from_dict(row["sections"], rubric)
        return cls(row["example_id"], row["subject_hash"], rubric, row["anonymized_transcript"], scored)

    @property
    def taught_rubric(self) -> Rubric:
        """What of the rubric a transcript can show.

        Raises:
            RubricInvalid: ``rubric_not_observable``: nothing.
        """
        return self.rubric.observable

    @property
    def taught_scores(self) -> ScoredSpeech:
        """The scores of it, with comments that speak of nothing else."""
        return heard_remarks(self.scored.within(self.taught_rubric), self.rubric)

    def line(self) -> bytes:
        """The canonical bytes, without the line's end."""
        answer = Message("assistant", render_answer(self.taught_scores))
        messages = [*render_messages(self.taught_rubric, self.transcript), answer]
        return canonical_json(
            {
                "messages": [message.as_dict() for message in messages],
                "example": self.example_id,
                "subject": self.subject_hash,
                "rubric": self.taught_rubric.as_dict(),
            }
        )

    def content_sha256(self) -> str:
        return sha256_hex(self.line())
