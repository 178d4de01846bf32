"""Whether the transcript column holds a transcript: the app also keeps summaries, notes and placeholders there."""

import re
from dataclasses import dataclass

from speechgrade_exporter.reasons import Reason

# One was asked for a few sentences about the speech, one shown a single picture, and one given the sound in a form that
# it may never have heard; what they wrote was kept as the transcript.
_UNHEARD = {
    "gemini": Reason.TRANSCRIPT_SUMMARY,
    "gpt4o": Reason.TRANSCRIPT_NOTE,
    "claude": Reason.TRANSCRIPT_UNVERIFIED,
}
_DEMO = re.compile(r"\s*\[\s*demo\s+mode\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\W*(?:n/?a|none|null|undefined|no (?:transcript|audio|speech)\b.*|blank[_ ]audio|inaudible|silence|music"
    r"|transcript(?:ion)? (?:is |was )?(?:not available|unavailable|pending|missing|failed)\b.*)\W*",
    re.IGNORECASE | re.DOTALL,
)
_NOTE = re.compile(
    r"\b(?:only|just) (?:one|a single|1) (?:video )?(?:frame|image)\b|\ba single (?:frame|image)\b"
    r"|\b(?:unable to|cannot|can't|could not|couldn't) (?:be )?(?:transcribed?|hear|listen to|access|process(?:ed)?)\b"
    r"|\bno (?:audio|sound) (?:was|is|could|track|available|provided|detected)\b|\bas an ai\b",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"\W*(?:in (?:this|the) \w+,? )?(?:the|this) (?:\w+ )?(?:student|speaker|presenter|video|recording|clip)\b"
    r" (?:\w+ly )?(?:gives|gave|delivers|delivered|discusses|discussed|presents|presented|talks|talked|speaks|spoke"
    r"|explains|explained|describes|described|introduces|introduced|argues|argued|covers|covered|outlines|outlined"
    r"|shows|showed|features|is (?:seen|shown|giving|delivering|presenting|speaking|discussing))\b",
    re.IGNORECASE,
)
_LONGEST_NOTE = 150
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
) -> Reason | None:
    """Why a transcript cannot teach, or None if it can. ``provider`` is the app's folded name of what graded."""
    if not isinstance(transcript, str) or not transcript.strip():
        return Reason.TRANSCRIPT_MISSING
    if len(transcript) > limits.max_words * _MAX_CHARS_PER_WORD:
        return Reason.TRANSCRIPT_TOO_LONG
    words = len(transcript.split())
    if words > limits.max_words:
        return Reason.TRANSCRIPT_TOO_LONG
    return _unspoken(transcript, words, provider) or _implausible(words, speech_time, limits)


def _unspoken(transcript: str, words: int, provider: str) -> Reason | None:
    """Whether this is something else than what was said."""
    if _DEMO.match(transcript):
        return Reason.TRANSCRIPT_DEMO
    if provider in _UNHEARD:
        return _UNHEARD[provider]
    # A speaker may say any of these sentences, but then goes on.
    return _remark(transcript) if words <= _LONGEST_NOTE else None


def _remark(text: str) -> Reason | None:
    if _PLACEHOLDER.fullmatch(text):
        return Reason.TRANSCRIPT_PLACEHOLDER
    if _NOTE.search(text):
        return Reason.TRANSCRIPT_NOTE
    return Reason.TRANSCRIPT_SUMMARY if _SUMMARY.match(text) else None


def _implausible(words: int, speech_time: object, limits: TranscriptLimits) -> Reason | None:
    if words < limits.min_words:
        return Reason.TRANSCRIPT_TOO_SHORT
    minutes = _minutes(speech_time)
    if minutes and not limits.min_words_per_minute <= words / minutes <= limits.max_words_per_minute:
        return Reason.TRANSCRIPT_IMPLAUSIBLE
    return None


def _minutes(speech_time: object) -> float | None:
    """The length of the speech where the app knows it, as "m:ss" or "h:mm:ss"."""
    match = _CLOCK.fullmatch(speech_time.strip()) if isinstance(speech_time, str) else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 60 + minutes + seconds / 60
