"""Phone numbers and ids read out digit by digit: "five five five, oh one two, double three four five"."""

from collections.abc import Iterator
from itertools import pairwise

from speechgrade_shared.identifiers.cue_words import cue_words, listed_cues
from speechgrade_shared.identifiers.passage import Passage, Span
from speechgrade_shared.identifiers.placeholders import ID, PHONE

_DIGITS = {word: str(digit) for digit, word in enumerate(listed_cues("digits"))}
_TEENS = {word: str(number) for number, word in enumerate(listed_cues("teens"), start=10)}
_TENS = {word: str(digit) for digit, word in enumerate(listed_cues("tens"), start=1)}
_ZEROS = frozenset(("oh", "o"))
_TIMES = {"double": 2, "triple": 3}
_SPOKEN = frozenset((*_DIGITS, *_TENS, *_TEENS, *_TIMES, *_ZEROS))
_IDENTIFIED = cue_words("of_an_id")
_FEWEST, _FEWEST_SINGLE = 7, 3
_LOOK_BACK = 6


def spoken_number_spans(passage: Passage, known: frozenset[str]) -> list[Span]:
    """Runs of seven spoken digits or more, or fewer that hold a ``known`` number; counting up or down is no number."""
    return [span for first, last in _runs(passage) if (span := _number(passage, first, last, known)) is not None]


def _runs(passage: Passage) -> Iterator[tuple[int, int]]:
    """First and last word of each run of numbers, at least one of them in words."""
    words = passage.words
    spoken, end = passage.places_of(_SPOKEN), -1
    for place, after in pairwise(spoken):
        if place <= end or after - place > 2:
            continue
        start = place
        while start > 0 and words[start - 1].isdecimal() and _joined(passage, start):
            start -= 1
        end = place
        while end + 1 < len(words) and _numeric(words[end + 1]) and _joined(passage, end + 1):
            if "." in passage.gaps[end + 1] and end - start + 1 >= _FEWEST:
                break
            end += 1
        yield start, end


def _numeric(word: str) -> bool:
    return word in _SPOKEN or word.isdecimal()


def _joined(passage: Passage, place: int) -> bool:
    gap = passage.gaps[place]
    return len(gap) <= 3 and not gap.strip(" ,-.()\n\t")


def _number(passage: Passage, first: int, last: int, known: frozenset[str]) -> Span | None:
    words = passage.words
    while first < last and words[last] in _TIMES:
        last -= 1
    digits, single = _spelled(words[first : last + 1])
    if not (_identifies(digits, single) or any(number in digits for number in known)):
        return None
    span_start = passage.start(first)
    before = words[max(0, first - _LOOK_BACK) : first]
    is_id = len(digits) in (8, 9) or (bool(known) and digits in known) or not _IDENTIFIED.isdisjoint(before)
    return span_start, passage.end(last), ID if is_id else PHONE


def _identifies(digits: str, single: int) -> bool:
    if len(digits) < _FEWEST or single < _FEWEST_SINGLE:
        return False
    steps = {int(after) - int(before) for before, after in pairwise(digits)}
    return steps not in ({1}, {-1})


def _spelled(words: list[str]) -> tuple[str, int]:
    """The digits of a run, and how many of its words are a single digit."""
    digits, single, times = "", 0, 1
    for word, after in pairwise([*words, ""]):
        if word in _TIMES:
            times = _TIMES[word]
            continue
        if word in _DIGITS or word in _ZEROS:
            digits += _DIGITS.get(word, "0") * times
            single += times
        elif word in _TEENS:
            digits += _TEENS[word]
        elif word in _TENS:
            digits += _TENS[word] + ("" if after in _DIGITS and after != "zero" else "0")
        else:
            digits += word
        times = 1
    return digits, single
