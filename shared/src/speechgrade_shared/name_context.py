"""Whether a word that is both a name and an everyday word ("Will", "Grace", "May") is meant as the name here.

A few rules that can be explained to anybody. What was taken out already is evidence for nothing, so that a second look
at the result finds no more than the first.
"""

from collections.abc import Mapping

from speechgrade_shared.course_names import NameWords
from speechgrade_shared.cue_words import cue_words
from speechgrade_shared.passage import HIDDEN, Passage

MODALS = cue_words("modals")
_NOT_BEFORE_A_NAME = cue_words("not_before_a_name")
_RELATIONS = cue_words("relations")
_GREETINGS = cue_words("greetings")
_TITLES = cue_words("titles")
_TOLD = cue_words("told")
_SAID = cue_words("said")
_STATES = cue_words("states")
_AFTER_A_NAME = _STATES | _SAID | frozenset(["and", "or", "who", "would", "could"])
_CALENDAR = cue_words("calendar")


def meant_places(passage: Passage, hits: Mapping[int, NameWords]) -> set[int]:
    """The places among ``hits`` whose words are meant as names."""
    named = {place for place, words in hits.items() if not all(word.common for word in words)}
    if len(named) == len(hits):
        return named
    doubtful = [place for place in hits if place not in named]
    named |= {place for place in doubtful if _meant(passage, place, hits)}
    named |= {place for place in doubtful if place not in named and _in_a_row(passage, place, named)}
    known = {passage.words[place] for place in named}
    return named | {place for place in doubtful if passage.words[place] in known and _known_and_acting(passage, place)}


def _meant(passage: Passage, place: int, hits: Mapping[int, NameWords]) -> bool:
    return (
        _beside_own_name(passage, place, hits)
        or (_goes_on_as_a_name(passage, place) and (_introduced(passage, place) or _capital(passage, place)))
        or (_may_begin_a_name(passage, place) and (passage.following(place) in _SAID or _owns(passage, place)))
    )


def _beside_own_name(passage: Passage, place: int, hits: Mapping[int, NameWords]) -> bool:
    """Next to the other part of the same person's name, with an initial between them or not."""
    own = {(word.member, word.part) for word in hits[place]}
    for step in (-1, 1, -2, 2):
        others = hits.get(place + step, ())
        if any((word.member, part) in own and word.part != part for word in others for part in ("first", "last")):
            first, last = sorted((place, place + step))
            gaps = [passage.gaps[each] for each in range(first + 1, last + 1)]
            if all(gap.isspace() or gap in ("-", ". ") for gap in gaps):
                return abs(step) == 1 or len(passage.words[first + 1]) == 1
    return False


def _introduced(passage: Passage, place: int) -> bool:
    before = passage.previous(place)
    earlier = passage.previous(place - 1) if place > 0 else ""
    if before in _RELATIONS or before in _TOLD or before in _GREETINGS:
        return True
    if before in ("is", "s") and "name" in (earlier, passage.words[place - 2] if place > 1 else ""):
        return True
    if (before, earlier) in (("me", "call"), ("me", "called"), ("by", "go"), ("you", "thank")):
        return True
    if (before, earlier) in (("is", "this"), ("am", "i"), ("im", "")) or before == "im" or _i_am(passage, place):
        return passage.following(place) in ("", "and", "from", "your", "here")
    return _addressed(passage, place)


def _i_am(passage: Passage, place: int) -> bool:
    return passage.previous(place) == "m" and place > 1 and passage.words[place - 2] == "i"


def _addressed(passage: Passage, place: int) -> bool:
    """ "Thanks, Will" and "Prof. May": only a mark parts the name from the word before."""
    if place == 0 or passage.gaps[place] not in (", ", ". "):
        return False
    before = passage.words[place - 1]
    if before in _TITLES:
        return True
    greeted = before in _GREETINGS or (before == "you" and passage.previous(place - 1) == "thank")
    return greeted and passage.gaps[place] == ", "


def _capital(passage: Passage, place: int) -> bool:
    """Written with a capital inside a sentence of small letters, and no month or language."""
    word = passage.written(place)
    if place == 0 or not word.istitle() or passage.words[place] in _CALENDAR:
        return False
    gap, before = passage.gaps[place], passage.written(place - 1)
    within = gap.isspace() or gap in (", ", "; ", ": ")
    return within and before[0].islower() and passage.following(place) != "of"


def _owns(passage: Passage, place: int) -> bool:
    """ "Grace's outline", but not "June's weather"."""
    end = passage.end(place)
    owns = passage.folded[end : end + 3] == "'s "
    return owns and passage.words[place] not in _CALENDAR


def _may_begin_a_name(passage: Passage, place: int) -> bool:
    before = passage.previous(place)
    return before != HIDDEN and before not in _NOT_BEFORE_A_NAME


def _goes_on_as_a_name(passage: Passage, place: int) -> bool:
    """Not "my friend will help": what is an auxiliary too is followed by what can follow a name."""
    following = passage.following(place)
    if passage.words[place] not in MODALS:
        return True
    return following == "" or following in _AFTER_A_NAME or (following.endswith("ed") and len(following) > 4)


def _in_a_row(passage: Passage, place: int, named: set[int]) -> bool:
    """In a row of names: "Maya, Will and Grace", "Grace and I"."""
    if not _goes_on_as_a_name(passage, place):
        return False
    before, following = passage.previous(place), passage.following(place)
    if before in ("and", "or") or passage.gaps[place].strip() == ",":
        return place - (2 if before in ("and", "or") else 1) in named
    if following != "and" or not _may_begin_a_name(passage, place):
        return False
    return passage.following(place + 1) == "i" or place + 2 in named


def _known_and_acting(passage: Passage, place: int) -> bool:
    """Enough for a word that is a name elsewhere in the same passage: somebody who is, has, can."""
    if not _may_begin_a_name(passage, place):
        return False
    following = passage.following(place)
    return following in _STATES or (passage.words[place] not in MODALS and following in {*MODALS, "and"})
