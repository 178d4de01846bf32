"""Where somebody lives: a house number, in figures or in words, before the name of a street."""

from speechgrade_shared.identifiers.cue_words import cue_words
from speechgrade_shared.identifiers.passage import Passage, Span
from speechgrade_shared.identifiers.placeholders import ADDRESS

_STREET = cue_words("street")
_NUMBER_WORDS = cue_words("number_words")
_NEVER_IN_A_STREET = cue_words("never_in_a_street")
_UNITS = cue_words("units")
_LONGEST_NAME = 3


def street_address_spans(passage: Passage) -> list[Span]:
    """From the house number to the (last) word for a street, and to the number of a flat where there is one."""
    spans: list[Span] = []
    taken = 0
    for place in passage.places_of(_STREET):
        if place > 0:
            first = _house_number(passage, place)
            if first is not None and first >= taken:
                taken = _end(passage, place) + 1
                spans.append((passage.start(first), passage.end(taken - 1), ADDRESS))
    return spans


def _house_number(passage: Passage, street: int) -> int | None:
    """The first word of the house number before a street's name of one to three words."""
    words = passage.words
    for place in range(street - 1, max(-1, street - 2 - _LONGEST_NAME), -1):
        if not _blank(passage.gaps[place + 1]):
            return None
        if _numeric(words[place]) and place < street - 1:
            return _whole_number(passage, place)
        if words[place] in _NEVER_IN_A_STREET and not passage.written(place).istitle():
            return None
    return None


def _whole_number(passage: Passage, last: int) -> int | None:
    """Where a number that ends at ``last`` begins, if it can be a house's: figures, or two number words and more."""
    first, words = last, passage.words
    while first > 0 and words[first - 1] in _NUMBER_WORDS and _blank(passage.gaps[first]):
        first -= 1
    if words[last].isdecimal():
        return first if len(words[last]) <= 5 and passage.gaps[last][-1:] not in ("$", "#") else None
    return first if first < last else None


def _numeric(word: str) -> bool:
    return word.isdecimal() or word in _NUMBER_WORDS


def _end(passage: Passage, street: int) -> int:
    """The last word of the address: a flat's number may follow."""
    words, end = passage.words, street
    while end + 1 < len(words) and words[end + 1] in _STREET and passage.gaps[end + 1] == " ":
        end += 1
    if end + 2 < len(words) and words[end + 1] in _UNITS and len(passage.gaps[end + 1]) <= 3:
        end += 2
        spelled = words[end] in _NUMBER_WORDS
        while spelled and end + 1 < len(words) and words[end + 1] in _NUMBER_WORDS and _blank(passage.gaps[end + 1]):
            end += 1
    return end


def _blank(gap: str) -> bool:
    return 0 < len(gap) <= 2 and gap.strip() in ("", ".", "-")
