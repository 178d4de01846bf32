"""``evaluation_data`` as it can be worked with: an object, and every score in it read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.canonicalize import decoded, parse_evaluation_data

from speechgrade_exporter.recorded_points import Place, RecordedScore, recorded_scores

# A JSON string inside the column can spell what PostgreSQL's text cannot hold: NUL, and halves of characters.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Grading:
    """The stored object of one evaluation, its sections decoded, and what it recorded for each criterion."""

    data: Mapping[str, Any]
    recorded: Mapping[Place, RecordedScore]

    @property
    def edited(self) -> bool:
        """Whether somebody saved it from an edit screen, which alone proves nothing about the scores."""
        return self.data.get("edited") is True


def read_grading(raw: object) -> Grading:
    """Accept an object, or a JSON string of one.

    Raises:
        SectionsUnreadable: ``evaluation_data_missing`` or ``evaluation_data_malformed``.
    """
    data = parse_evaluation_data(raw)
    cleaned = {key: storable(value) if isinstance(value, str) else value for key, value in data.items()}
    if isinstance(data.get("sections"), str):
        # Text that is no JSON stays text, so that it is told from sections that are absent.
        cleaned["sections"] = decoded(data["sections"]) or data["sections"]
    return Grading(cleaned, recorded_scores(cleaned.get("sections")))


def storable(text: str) -> str:
    """A text without characters that cannot be stored."""
    return _UNSTORABLE.sub("", text)
