"""An independent look at an anonymized text: does anything that identifies a person remain?

It shares no pattern with the anonymizer. It works on words and characters, prefers a false alarm to a leak, and its
answer sends an example to quarantine. Of a name that is also a common word it asks only
what no sentence says by chance.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from speechgrade_shared.identifiers.folding import fold_text, visible_text
from speechgrade_shared.identifiers.ordinary_words import common_word
from speechgrade_shared.identifiers.placeholders import PLACEHOLDER
from speechgrade_shared.roster import PARTICLES, Person, Roster

_WORD = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"@\s?\w|@(?<=\S@)|@(?<=\S\s@)")
_WEB = (
    re.compile(r"https?:"),
    re.compile(r"www\."),
    re.compile(r"\.(?<=\w\.)[a-z]{2,}/"),
    re.compile(r"\.(?:com|edu|org|net)\b"),
    re.compile(r"(?<!\bthe) dot (?:com|edu|org|net)\b"),
)
_NUMBER = re.compile(r"\d[\d \-.()/]{5,}\d")
_YEARS, _DATE = (
    re.compile(r"(?:[12]\d{3}\D+)*[12]\d{3}"),
    re.compile(r"\d\d?([/.-])\d\d?\1\d{4}|\d{4}([/.-])\d\d?\2\d\d?"),
)
_SUM = re.compile(r"\d{1,3}\.\d+|\d{1,3}(?: \d{3})* 000")
_SPOKEN_DIGITS = frozenset(
    ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple"]
)
_PART_END = re.compile(r"[.?!]\s|\|")
_DIGIT_RUN = 7


class _Sought(NamedTuple):
    words: frozenset[str]
    phrases: tuple[str, ...]
    inside: tuple[str, ...]
    local_part: str


def leaks(text: str, roster: Roster) -> tuple[str, ...]:
    """The kinds of identifiers that remain, sorted, never the identifiers: ``name``, ``email``, ``number``, ``web``."""
    visible = visible_text(text)
    folded = fold_text(PLACEHOLDER.sub(" | ", visible) if "[" in visible else visible)
    words = _WORD.findall(folded.replace("n't", "nt") if "n't" in folded else folded)
    distinct, sought = set(words), [_sought(person) for person in roster.people]
    found = set()
    if any(not each.words.isdisjoint(distinct) for each in sought) or _phrase_left(folded, words, sought):
        found.add("name")
    if _MAIL.search(folded) or any(each.local_part in distinct for each in sought):
        found.add("email")
    if _number_left(folded) or _number_spoken(words, distinct):
        found.add("number")
    if any(mark.search(folded) for mark in _WEB):
        found.add("web")
    return tuple(sorted(found))


@lru_cache(maxsize=50_000)
def _sought(person: Person) -> _Sought:
    first, last = list(_name_words(person.first_name)), list(_name_words(person.last_name))
    everyday = bool(first and last) and all(map(common_word, [*first, *last]))
    names = {fold_text(name).replace(" ", "") for name in (person.first_name, person.last_name)}
    local_part = fold_text(person.email.partition("@")[0])
    return _Sought(
        frozenset(word for word in (*first, *last) if not common_word(word)),
        (f" {' '.join(first)} {' '.join(last)} ",) if everyday else (),
        tuple(
            name for name in names if len(name) > 1 and name.isalpha() and not name[0] < "\u0e00" and not name.isascii()
        ),
        local_part if len(local_part) > 3 and not common_word(local_part) else "",
    )


def _name_words(name: str) -> Iterator[str]:
    words = _WORD.findall(fold_text(name))
    if len(words) == 1:
        yield from (word for word in words if len(word) > 1)
    else:
        yield from (word for word in words if len(word) > 2 and word not in PARTICLES)


def _phrase_left(folded: str, words: list[str], sought: list[_Sought]) -> bool:
    phrases = [phrase for each in sought for phrase in each.phrases]
    if phrases and any(phrase.split()[0] in words for phrase in phrases):
        parts = (" ".join(_WORD.findall(part)) for part in _PART_END.split(folded))
        if any(phrase in f" {part} " for part in parts for phrase in phrases):
            return True
    return not folded.isascii() and any(name in folded for each in sought for name in each.inside)


def _number_left(folded: str) -> bool:
    return any(_identifying(match.group()) for match in _NUMBER.finditer(folded))


def _identifying(number: str) -> bool:
    if sum(map(str.isdigit, number)) < _DIGIT_RUN:
        return False
    return not any(harmless.fullmatch(number) for harmless in (_YEARS, _DATE, _SUM))


def _number_spoken(words: list[str], distinct: set[str]) -> bool:
    if len(distinct & _SPOKEN_DIGITS) < 2:
        return False
    runs = (list(run) for spoken, run in groupby(words, _SPOKEN_DIGITS.__contains__) if spoken)
    return any(len(run) >= _DIGIT_RUN and run[:3] != ["one", "two", "three"] for run in runs)
