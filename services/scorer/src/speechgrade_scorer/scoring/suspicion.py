"""What in a transcript looks like an attempt to steer the grading model.

It only asks for a second look: no score and no text changes because of it. Instructions, rules, grades and prompts are
ordinary topics of speeches; what counts is who is spoken to, and what a student cannot have said aloud.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

from speechgrade_shared.lookalikes import INVISIBLE, read
from speechgrade_shared.markup import markup_spans

from speechgrade_scorer.scoring import injection_wording as wording
from speechgrade_scorer.scoring.disguises import encoded_passages, other_readings


class Suspicion(StrEnum):
    """What was noticed; the codes are stable."""

    GIVES_ORDERS = "gives_orders"
    DEMANDS_SCORE = "demands_score"
    ADDRESSES_GRADER = "addresses_grader"
    CLAIMS_AUTHORITY = "claims_authority"
    PRETENDS_ROLE = "pretends_role"
    HOLDS_ANSWER = "holds_answer"
    HOLDS_MARKUP = "holds_markup"
    HIDES_TEXT = "hides_text"
    ENCODES_TEXT = "encodes_text"


# What transcribers and captions write in angle brackets.
_CAPTIONS = re.compile(
    r"\W*(?:noise|unk|laugh\w*|sil|silence|inaudible|music|crosstalk|unintelligible|applause|cough\w*|breath\w*|pause|spk"
    r"|um|uh|b|i|u|c|p|br|v)\W*"
)
# After these words a verb is told of, not ordered.
_TELLING = re.compile(
    r"i|we|they|he|she|it|who|people|students|teachers|professors|parents|drivers|voters|instructors|judges|graders|critics"
    r"|not|never|to|would|could|might|may|can|cannot|will|did|does|do|should|must|often|always|sometimes|usually|that|which"
    r"|some|many|most|others|\w+n't|\w+'d"
)
_MODALS = re.compile("to|will|must|should|can|shall|may")
_CLAUSE_STARTS = re.compile(r"\W|and|now|then|so|just|please|simply|also|you|must|should|instead|to")
_ASKED_FOR = ("instruction", "prompt", "rubric", "guideline", "directive", "point", "score", "mark", "credit")
_STRAIGHT = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_TAG_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_UNSEEN = re.compile("[\u202d\u202e\U000e0001-\U000e007f\U000e0100-\U000e01ef]")
_INSIDE_WORD = re.compile("(?<=[A-Za-z])[\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u3164\ufeff]+(?=[A-Za-z])")
_MIXED = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z]")
_STYLED = re.compile("[\u24b6-\u24e9\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\U0001f130-\U0001f189]")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


def suspicions(transcript: str) -> tuple[Suspicion, ...]:
    """What looks like an attempt, in the order of ``Suspicion``; empty for an ordinary speech."""
    visible = unicodedata.normalize("NFC", INVISIBLE.sub("", transcript))
    written = read(visible).text
    reading = _spaced(written)
    found = set(_worded(reading))
    if wording.FOREIGN.search(reading) or _is_order_in_another_script(visible):
        found.add(Suspicion.GIVES_ORDERS)
    if _holds_markup(visible):
        found.add(Suspicion.HOLDS_MARKUP)
    if _hides(transcript):
        found.add(Suspicion.HIDES_TEXT)
    if any(encoded_passages(visible)) or any(map(_is_asking, map(_spaced, other_readings(written)))):
        found.add(Suspicion.ENCODES_TEXT)
    return tuple(code for code in Suspicion if code in found)


def _is_order_in_another_script(visible: str) -> bool:
    return not visible.isascii() and wording.FOREIGN_SCRIPTS.search(visible.lower()) is not None


def _spaced(text: str) -> str:
    return re.sub(r"[^\S\n]+", " ", text.translate(_STRAIGHT))


def _worded(reading: str) -> Iterator[Suspicion]:
    flat = reading.replace("\n", " ")
    if _is_order(flat):
        yield Suspicion.GIVES_ORDERS
    if _said_to_somebody(wording.DEMANDS, flat) or wording.CLAIMS_OF_SCORE.search(flat):
        yield Suspicion.DEMANDS_SCORE
    for code, pattern, text in (
        (Suspicion.ADDRESSES_GRADER, wording.ADDRESSES, reading),
        (Suspicion.CLAIMS_AUTHORITY, wording.AUTHORITY, flat),
        (Suspicion.PRETENDS_ROLE, wording.ROLES, reading),
        (Suspicion.HOLDS_ANSWER, wording.ANSWERS, flat),
    ):
        if pattern.search(text):
            yield code


def _is_asking(text: str) -> bool:
    # Most other readings are nonsense, and hold none of these.
    if not any(word in text for word in _ASKED_FOR):
        return False
    return _is_order(text) or _said_to_somebody(wording.DEMANDS, text)


def _is_order(text: str) -> bool:
    return _said_to_somebody(wording.STRONG_ORDERS, text) or _said_to_somebody(wording.WEAK_ORDERS, text, begins=True)


def _said_to_somebody(pattern: re.Pattern[str], text: str, *, begins: bool = False) -> bool:
    """Whether a match is an order and no tale of one; ``begins``: only at the start of a clause."""
    for match in pattern.finditer(text):
        before = re.findall(r"[\w']+|[^\w\s]", text[max(0, match.start() - 40) : match.start()])
        if _is_addressed(before) and (not begins or not before or _CLAUSE_STARTS.fullmatch(before[-1])):
            return True
    return False


def _is_addressed(before: list[str]) -> bool:
    if not before or not _TELLING.fullmatch(before[-1]):
        return True
    # "You must ignore" and "I want you to ignore" are orders.
    return before[-2:-1] == ["you"] and _MODALS.fullmatch(before[-1]) is not None


def _holds_markup(visible: str) -> bool:
    spans = markup_spans(visible)
    return any(not _CAPTIONS.fullmatch(read(visible[start:end]).text) for start, end in spans)


def _hides(transcript: str) -> bool:
    if _UNSEEN.search(_TAG_FLAG.sub("", transcript)):
        return True
    inside, mixed = (
        len(_INSIDE_WORD.findall(transcript)),
        len(_MIXED.findall(unicodedata.normalize("NFKC", transcript))),
    )
    styled = 0 if _EAST_ASIAN.search(transcript) else len(_STYLED.findall(transcript))
    return inside >= 3 or mixed >= 3 or styled >= 8
