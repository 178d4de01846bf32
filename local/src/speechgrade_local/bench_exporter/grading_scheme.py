"""Rubrics of four categories with five described criteria each, as instructors really write them."""

from collections.abc import Mapping
from typing import Any

from speechgrade_local.department import RUBRICS

_POINTS = 5
_CATEGORIES: Mapping[str, Mapping[str, str]] = {
    "Content": {
        "Thesis": "One claim is stated so that listeners could repeat it, and every part of the speech serves it.",
        "Evidence": "Claims rest on sources that are named aloud, recent, and known to be careful with facts.",
        "Reasoning": "Each step follows from the one before; objections that come to mind are taken up and answered.",
        "Relevance": "Listeners are told early what the matter is to them, and are reminded of it at the end.",
        "Depth": "The speaker goes beyond what everybody knows, and explains terms that not everybody does.",
    },
    "Organization": {
        "Introduction": "Attention is won in the first sentences; topic, purpose and order are announced.",
        "Structure": "Main points are few, distinct, balanced, and come in an order that helps to remember them.",
        "Transitions": "Listeners always know where they are: each point is closed before the next one is opened.",
        "Conclusion": "The end is announced, sums up what was said, and leaves a picture, a question or a call.",
        "Timing": "The speech stays within its time, and its parts get the share that their weight deserves.",
    },
    "Delivery": {
        "Eye Contact": "The speaker looks at people in all parts of the room and only glances at notes.",
        "Voice": "Volume, pitch and pace vary with the meaning; pauses are used, and words are clear to the last row.",
        "Gestures": "Hands support what is said; there is no pacing, swaying, or holding on to the desk.",
        "Posture": "The speaker stands upright and at ease, faces the audience, and moves for a reason.",
        "Fluency": "Filler words are rare, sentences are finished, and a slip is corrected without a fuss.",
    },
    "Language": {
        "Clarity": "Sentences are short enough to be heard once; words are concrete and mean what they should.",
        "Style": "Wording is vivid and fits occasion and audience; repetition and contrast are used on purpose.",
        "Grammar": "Grammar and pronunciation are those that the audience expects and never distract from the speech.",
        "Inclusion": "Nobody is left out or talked down to; people are called what they call themselves.",
        "Visual Aids": "Slides or objects are few, legible, explained, and out of the way when not needed.",
    },
}


def rubric_row(speech_type: str) -> dict[str, Any]:
    """A row for the app's ``rubrics`` table, without id and owner."""
    return {
        "name": f"{speech_type} Speech, Full Form",
        "description": f"How {speech_type.lower()} speeches of five minutes are graded.",
        "speech_type": speech_type,
        "total_points": _POINTS * sum(map(len, _CATEGORIES.values())),
        "grade_scale": RUBRICS[0]["grade_scale"],
        "categories": [
            {
                "name": category,
                "description": f"{category} of the speech.",
                "subcategories": [
                    {"name": name, "description": description, "points": _POINTS}
                    for name, description in criteria.items()
                ],
            }
            for category, criteria in _CATEGORIES.items()
        ],
    }


RUBRIC_ROWS = tuple(rubric_row(speech_type) for speech_type in ("Informative", "Persuasive", "Special Occasion"))
