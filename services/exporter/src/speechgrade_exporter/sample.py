"""A sample of the format with an invented speech: nobody's words are in one more place because of it."""

from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore

from speechgrade_exporter.lines import Example

_RUBRIC = {
    "name": "Informative speech (invented)",
    "totalPoints": 10,
    "categories": [
        {
            "name": "Content",
            "description": "What is said.",
            "subcategories": [
                {"name": "Thesis", "description": "One clear main idea.", "points": 3},
                {"name": "Evidence", "description": "Claims are backed by named sources.", "points": 3},
            ],
        },
        {"name": "Language", "description": "One can follow it.", "points": 4},
    ],
}
_SPEECH = (
    "Good morning, my name is [STUDENT_FIRST_NAME] [STUDENT_LAST_NAME]. Today I want to show you why bees matter. "
    "A third of what we eat depends on them. As [PEER_NAME] said last week, no bees, no breakfast. Thank you."
)


def sample_lines() -> bytes:
    """The content of ``sample.jsonl``: lines exactly as a shard holds them."""
    return _example(parse_rubric(_RUBRIC)).line() + b"\n"


def _example(rubric: Rubric) -> Example:
    sections = (
        SectionScore(
            "Content", "The idea is clear, but the number has no source.", (("Thesis", 3.0), ("Evidence", 1.5))
        ),
        SectionScore("Language", "Plain words that are easy to follow.", (("Language", 3.5),)),
    )
    scored = ScoredSpeech(sections, "A good start: name your sources next time.")
    return Example("0" * 32, "0" * 32, rubric, _SPEECH, scored)
