"""What a course knows besides names: institutions, courses, student ids, the first half of e-mail addresses."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from speechgrade_shared.identifiers.course_names import Member
from speechgrade_shared.identifiers.cue_words import cue_words, listed_cues
from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.identifiers.name_forms import name_forms
from speechgrade_shared.identifiers.ordinary_words import common_word, ordinary_word
from speechgrade_shared.identifiers.passage import Passage, Span
from speechgrade_shared.identifiers.placeholders import COURSE, EMAIL, ID, INSTITUTION

_PIECE = re.compile(r"[^\W_]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_OF_ANY_SCHOOL = cue_words("of_any_school")
_OF_A_COURSE = cue_words("of_a_course")
_NUMBER_WORDS = cue_words("number_words")
_SMALL_WORDS = cue_words("small_words")
_DIGITS, _TEENS, _TENS = listed_cues("digits"), listed_cues("teens"), listed_cues("tens")
_FEWEST = 3

Phrase = tuple[str, ...]


class KnownPhrases:
    """Finds phrases of one or more words; between the words may be blanks, dots, dashes or nothing."""

    def __init__(self, phrases: Iterable[tuple[Phrase, str]]) -> None:
        self._by_first: dict[str, list[tuple[Phrase, str]]] = {}
        for phrase, placeholder in sorted(set(phrases), key=lambda each: (-len(each[0]), each)):
            self._by_first.setdefault(phrase[0], []).append((phrase, placeholder))

    def spans(self, passage: Passage) -> list[Span]:
        """Where the phrases stand; the longer one wins."""
        found: list[Span] = []
        end = -1
        for place in passage.places_of(self._by_first):
            for phrase, placeholder in self._by_first[passage.words[place]] if place > end else ():
                if _stands(phrase, passage, place) and (
                    placeholder != COURSE or _about_a_course(phrase, passage, place)
                ):
                    end = place + len(phrase) - 1
                    found.append((passage.start(place), passage.end(end), placeholder))
                    break
        return found


@lru_cache(maxsize=512)
def known_phrases(members: tuple[Member, ...], courses: tuple[str, ...], institutions: tuple[str, ...]) -> KnownPhrases:
    """The phrases of a course, kept while its people stay the same."""
    return KnownPhrases(
        [
            *((phrase, INSTITUTION) for name in institutions for phrase in _institution(name)),
            *((phrase, COURSE) for name in courses for phrase in _course(name)),
            *((phrase, ID) for member in members for phrase in _student_id(member.sis_id)),
            *((phrase, EMAIL) for member in members for phrase in _local_part(member)),
        ]
    )


@lru_cache(maxsize=512)
def known_numbers(members: tuple[Member, ...]) -> frozenset[str]:
    """The digits of student ids, for those who read them out."""
    digits = ("".join(char for char in member.sis_id if char.isdecimal()) for member in members)
    return frozenset(number for number in digits if len(number) > _FEWEST)


def _pieces(name: str) -> Phrase:
    return tuple(_PIECE.findall(fold_text(name)))


def _institution(name: str) -> Iterator[Phrase]:
    pieces = _pieces(name)
    if not pieces or pieces == ("",):
        return
    yield pieces
    if pieces[0] == "the" and len(pieces) > 1:
        yield pieces[1:]
    own = tuple(piece for piece in pieces if piece not in _OF_ANY_SCHOOL)
    # "University of Iowa": the rest is a place that anybody may speak of.
    if "of" not in pieces and own and (len(own) >= _FEWEST or not all(map(ordinary_word, own))):
        yield own
    initials = "".join(piece[0] for piece in pieces if piece not in ("of", "the", "and", "at", "for"))
    if len(initials) >= _FEWEST and not ordinary_word(initials):
        yield (initials,)


def _course(name: str) -> Iterator[Phrase]:
    pieces = _pieces(name)
    if not pieces or len("".join(pieces)) < 2:
        return
    yield pieces
    split = tuple(piece for each in pieces for piece in _LETTERS_OR_DIGITS.findall(each))
    yield split or pieces
    if any(piece.isdecimal() for piece in split):
        yield ("".join(split),)
        for said in _read_out(split[-1] if split[-1].isdecimal() else ""):
            yield (*split[:-1], *said)


def _read_out(number: str) -> Iterator[Phrase]:
    """A course's number as it is said: "one oh one", "one ten", "thirteen fifteen", "twenty sixty"."""
    if not 2 < len(number) < 5:
        return
    for zero in ("oh", "o", "zero"):
        yield tuple(zero if digit == "0" else _DIGITS[int(digit)] for digit in number)
    head, tail = number[:-2], number[-2:]
    spoken = _pair(tail) or (("hundred",) if tail == "00" else ())
    if spoken and (_pair(head) or len(head) == 1):
        yield (*(_pair(head) or (_DIGITS[int(head)],)), *spoken)


def _pair(digits: str) -> Phrase:
    """Two digits from ten on as one number."""
    if len(digits) != 2 or digits[0] == "0":
        return ()
    if digits[0] == "1":
        return (_TEENS[int(digits[1])],)
    return (_TENS[int(digits[0]) - 1], *([_DIGITS[int(digits[1])]] if digits[1] != "0" else []))


def _student_id(sis_id: str) -> Iterator[Phrase]:
    pieces = _pieces(sis_id)
    if len("".join(pieces)) >= _FEWEST and not all(map(common_word, pieces)):
        yield pieces
        yield tuple(piece for each in pieces for piece in _LETTERS_OR_DIGITS.findall(each)) or pieces


def _local_part(member: Member) -> Iterator[Phrase]:
    pieces = _pieces(member.email.partition("@")[0])
    forms = (name_forms(member.first, given=True), name_forms(member.last, given=False))
    own_words = {word for form in forms for word in (*form.exact, *form.looser)}
    if len("".join(pieces)) > _FEWEST and not all(piece in own_words or common_word(piece) for piece in pieces):
        yield pieces


def _stands(phrase: Phrase, passage: Passage, place: int) -> bool:
    if tuple(passage.words[place : place + len(phrase)]) != phrase:
        return False
    gaps = (passage.gaps[each] for each in range(place + 1, place + len(phrase)))
    return all(len(gap) <= 3 and not gap.strip(" -._'/&\n\t") for gap in gaps)


def _about_a_course(phrase: Phrase, passage: Passage, place: int) -> bool:
    """ "Public Speaking" is a course where it is written or spoken of as one, and else a thing that people do."""
    numbered = any(piece.isdecimal() for piece in phrase) or phrase[-1] in _NUMBER_WORDS
    if numbered or not all(map(ordinary_word, phrase)):
        return True
    last = place + len(phrase) - 1
    if passage.following(last) in _OF_A_COURSE or passage.previous(place) in _OF_A_COURSE:
        return True
    starts = [passage.start(each) for each in range(place, last + 1) if passage.words[each] not in _SMALL_WORDS]
    return len(starts) > 1 and all(passage.text[start].isupper() for start in starts if passage.folded[start].isalpha())
