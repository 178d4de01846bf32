"""Whether the transcript column holds a transcript: the app also keeps summaries, notes and placeholders there."""

import re
from dataclasses import dataclass

_SUMMARIZERS = {"gemini", "gpt4o", "claude"}
_PLACEHOLDER = re.compile(r"\s*(?:\[demo mode.*|\W*(?:n/?a|none|null|undefined|no transcript\b.*)\W*)", re.I | re.S)
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]?\d)")
_MAX_CHARS_PER_WORD = 20


@dataclass(frozen=True, slots=True)
class TranscriptLimits:
    """How many words a speech has, and how fast people speak."""

    min_words: int = 25
    max_words: int = 6000
    min_words_per_minute: float = 40
    max_words_per_minute: float = 280


def transcript_reason(
    transcript: object, *, provider: str, speech_time: object, limits: TranscriptLimits
) -> str | None:
    """Why a transcript cannot teach, or None if it can."""
    if not isinstance(transcript, str) or not transcript.strip():
        return "transcript_missing"
    if _PLACEHOLDER.fullmatch(transcript):
        return "transcript_placeholder"
    words = len(transcript.split())
    if words > limits.max_words or len(transcript) > limits.max_words * _MAX_CHARS_PER_WORD:
        return "transcript_too_long"
    # These providers were asked for a few sentences about the speech, and what they wrote was kept as its transcript.
    if provider in _SUMMARIZERS or words < limits.min_words:
        return "transcript_summary"
    minutes = _minutes(speech_time)
    if minutes and not limits.min_words_per_minute <= words / minutes <= limits.max_words_per_minute:
        return "transcript_implausible"
    return None


def _minutes(speech_time: object) -> float | None:
    """The length of the speech where the app knows it, as "m:ss" or "h:mm:ss"."""
    match = _CLOCK.fullmatch(speech_time.strip()) if isinstance(speech_time, str) else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 60 + minutes + seconds / 60
