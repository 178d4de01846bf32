"""Whether a word that is both a name and an everyday word ("Will", "Grace", "May") is meant as the name here.

A few rules that can be explained to anybody. What was taken out already is evidence for nothing, so that a second look
at the result finds no more than the first.
"""

import re
from collections.abc import Mapping, Sequence

from speechgrade_shared.identifiers.course_names import NameWords
from speechgrade_shared.identifiers.cue_words import cue_words
from speechgrade_shared.identifiers.ordinary_words import ordinary_word
from speechgrade_shared.identifiers.passage import HIDDEN, Passage
from speechgrade_shared.roster import PARTICLES

_SENTENCE_END = re.compile(r"[.?!]\s")
MODALS = cue_words("modals")
_NOT_BEFORE_A_NAME = cue_words("not_before_a_name")
_RELATIONS = cue_words("relations")
_GREETINGS = cue_words("greetings")
_TITLES = cue_words("titles")
_TOLD = cue_words("told")
_SAID = cue_words("said")
_STATES = cue_words("states")
_AFTER_A_NAME = _STATES | _SAID | frozenset(["and", "or", "who", "would", "could"])
_ACCOMPANIED = cue_words("accompanied")
_BESIDE = cue_words("beside")
_BELONGINGS = cue_words("belongings")
_PRONOUNS = cue_words("pronouns")
_ACQUAINTED = cue_words("acquainted")
_PLACED = cue_words("placed")
_QUESTIONING = cue_words("questioning")
_ROWS_AFTER = cue_words("rows_after")
_BEFORE_AN_AUXILIARY = cue_words("before_an_auxiliary")
_OPENING = cue_words("opening")
_DATES = cue_words("calendar")
_CALENDAR = _DATES | cue_words("peoples")
_TRUE_MODALS = cue_words("true_modals")
_TO_BE = cue_words("to_be")
_DATED_BY = cue_words("dated_by")
_ASIDE = cue_words("aside")
_ADDRESSING = frozenset(["you", "your"])
_LONGEST_CALL = 12


def meant_places(passage: Passage, hits: Mapping[int, NameWords], letters: Sequence[frozenset[str]]) -> set[int]:
    """The places among ``hits`` whose words are meant as names; ``letters`` begin the names of each member."""
    named = {place for place, words in hits.items() if not all(word.common for word in words)}
    if len(named) == len(hits):
        return named
    doubtful = [place for place in hits if place not in named]
    named |= {place for place in doubtful if _beside_own_name(passage, place, hits) or _told_as_a_name(passage, place)}
    doubtful = [
        place for place in doubtful if place not in named and not _of_somebody_else(passage, place, hits, letters)
    ]
    named |= {place for place in doubtful if _meant(passage, place)}
    for place in [*doubtful, *reversed(doubtful)]:
        if place not in named and _in_a_row(passage, place, named):
            named.add(place)
    known = {passage.words[place] for place in named}
    doubtful = [place for place in doubtful if place not in named and place + 1 not in named]
    return named | {place for place in doubtful if passage.words[place] in known and _known_and_acting(passage, place)}


def _meant(passage: Passage, place: int) -> bool:
    return (
        _spoken_with(passage, place)
        or _called_on(passage, place)
        or (_goes_on_as_a_name(passage, place) and (_introduced(passage, place) or _capital(passage, place)))
        or (_may_begin_a_name(passage, place) and (_acts(passage, place) or _owns(passage, place)))
    )


def _acts(passage: Passage, place: int) -> bool:
    """ "Hope voted", "Dawn is from Ohio", "Mark, who", "Joy over there": what people do and things seldom."""
    following = passage.following(place)
    if following in _SAID or _relative(passage, place):
        return True
    if following.endswith("ed") and len(following) > 4:
        return passage.previous(place) not in _TO_BE
    word, then = passage.words[place], passage.following(place + 1)
    if (following == "over" and then in ("here", "there")) or (following == "here" and then in _SAID):
        return True
    if word in _TRUE_MODALS and following in _TRUE_MODALS:
        return passage.previous(place) not in _DATED_BY
    if following in ("is", "was") and (then == "from" or (then == "the" and passage.following(place + 2) == "one")):
        return True
    return word in MODALS and word not in _CALENDAR and following in _STATES


def _relative(passage: Passage, place: int) -> bool:
    after = place + 1
    return after < len(passage.words) and passage.words[after] == "who" and passage.gaps[after] in (" ", ", ")


def _called_on(passage: Passage, place: int) -> bool:
    """ "Will, could you hold this?": the first word of a sentence, before a comma, that says you or your."""
    if not _begins_a_call(passage, place) or passage.words[place + 1] in _ASIDE:
        return False
    for after in range(place + 1, min(place + _LONGEST_CALL, len(passage.words))):
        if passage.words[after] in _ADDRESSING:
            return True
        gap = passage.gaps[after + 1]
        if HIDDEN in gap or _SENTENCE_END.search(gap):
            break
    return False


def _begins_a_call(passage: Passage, place: int) -> bool:
    opens = place == 0 or passage.gaps[place].rstrip()[-1:] in (".", "?", "!")
    follows = place + 1 < len(passage.words) and passage.gaps[place + 1] == ", "
    return opens and follows and HIDDEN not in passage.gaps[place]


def _beside_own_name(passage: Passage, place: int, hits: Mapping[int, NameWords]) -> bool:
    """Next to another word of the same name; between them particles, an initial or a middle name or nothing."""
    own = {word.member for word in hits[place]}
    for step in (-1, 1, -2, 2, -3, 3):
        others = hits.get(place + step, ())
        if any(word.member in own for word in others) and passage.words[place + step] != passage.words[place]:
            first, last = sorted((place, place + step))
            between = passage.words[first + 1 : last]
            if all(
                len(word) == 1 or word in PARTICLES or not ordinary_word(word) for word in between
            ) and _in_one_sentence(passage, first, last):
                return True
    return False


def _in_one_sentence(passage: Passage, first: int, last: int) -> bool:
    for place in range(first + 1, last + 1):
        initial = len(passage.words[place - 1]) == 1 and passage.gaps[place] == ". "
        if HIDDEN in passage.gaps[place] or (_SENTENCE_END.search(passage.gaps[place]) and not initial):
            return False
    return True


def _told_as_a_name(passage: Passage, place: int) -> bool:
    """ "My name is Will", "call me Hope", "so Christian, this is for you"."""
    before = passage.previous(place)
    earlier = passage.words[place - 2] if place > 1 else ""
    if (before in ("is", "s") and earlier == "name") or (before, earlier) in (
        ("me", "call"),
        ("me", "called"),
        ("by", "go"),
    ):
        return True
    opened = before in _OPENING or (place > 0 and passage.gaps[place] == ", " and passage.words[place - 1] in _OPENING)
    return opened and passage.gaps[place + 1].startswith((", ", "?"))


def _spoken_with(passage: Passage, place: int) -> bool:
    """ "I agree with Grace", "just ask Will": said of people only, whatever follows but a pronoun."""
    before = passage.previous(place)
    earlier = passage.previous(place - 1) if place > 0 else ""
    told = before in _TOLD or before in _GREETINGS or (before == "called" and earlier in ("i", "we"))
    if told or (before in _BESIDE and earlier in _ACCOMPANIED):
        asks = passage.words[place] in MODALS and before in _QUESTIONING
        return not asks or passage.following(place) not in _PRONOUNS
    return before in _ACQUAINTED and passage.following(place) in _PLACED


def _introduced(passage: Passage, place: int) -> bool:
    before = passage.previous(place)
    earlier = passage.previous(place - 1) if place > 0 else ""
    if before in _RELATIONS or (before, earlier) == ("you", "thank"):
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
    if place == 0 or not passage.written(place).istitle() or passage.words[place] in _CALENDAR:
        return False
    gap, before = passage.gaps[place], passage.written(place - 1)
    if not (gap.isspace() or gap in (", ", "; ", ": ")) or passage.following(place) == "of":
        return False
    return before[0].islower() or (_opens_a_sentence(passage, place - 1) and _may_begin_a_name(passage, place))


def _of_somebody_else(
    passage: Passage, place: int, hits: Mapping[int, NameWords], letters: Sequence[frozenset[str]]
) -> bool:
    """ "Emma Stone", "Grace Hopper": the capital beside it names nobody here, nor begins as their misspelt name."""
    own = frozenset[str]().union(*(letters[word.member] for word in hits[place]))
    before, after = passage.previous(place), passage.following(place)
    if before and before != HIDDEN and _title(passage, place - 1) and not ordinary_word(before):
        return place - 1 not in hits and before[0] not in own
    if not after or after == HIDDEN or not (_title(passage, place) and _title(passage, place + 1)):
        return False
    return place + 1 not in hits and after[0] not in own


def _title(passage: Passage, place: int) -> bool:
    return passage.written(place).istitle() and len(passage.words[place]) > 1


def _opens_a_sentence(passage: Passage, place: int) -> bool:
    """ "So" and "Yesterday" have their capital from where they stand, and say nothing of the word after them."""
    gap = passage.gaps[place].strip()
    return (place == 0 or gap[-1:] in (".", "?", "!")) and ordinary_word(passage.words[place])


def _owns(passage: Passage, place: int) -> bool:
    """ "Grace's outline", but not "June's weather"."""
    end = passage.end(place)
    if passage.folded[end : end + 3] != "'s ":
        return False
    return passage.words[place] not in _DATES or passage.following(place + 1) in _BELONGINGS


def _may_begin_a_name(passage: Passage, place: int) -> bool:
    before = passage.previous(place)
    if before == HIDDEN or before in _NOT_BEFORE_A_NAME:
        return False
    return passage.words[place] not in MODALS or before not in _BEFORE_AN_AUXILIARY


def _goes_on_as_a_name(passage: Passage, place: int) -> bool:
    """Not "my friend will help": what is an auxiliary too is followed by what can follow a name."""
    following = passage.following(place)
    if passage.words[place] not in MODALS:
        return True
    return following == "" or following in _AFTER_A_NAME or (following.endswith("ed") and len(following) > 4)


def _in_a_row(passage: Passage, place: int, named: set[int]) -> bool:
    """In a row of names: "Maya, Will and Grace", "Grace and I"."""
    before, following = passage.previous(place), passage.following(place)
    then = passage.following(place + 1)
    if before in ("and", "or") or passage.gaps[place].strip() == ",":
        goes_on = _goes_on_as_a_name(passage, place) or _title(passage, place)
        return place - (2 if before in ("and", "or") else 1) in named and goes_on
    if not (before == "both" or _may_begin_a_name(passage, place)):
        return before in _ROWS_AFTER and following == "and" and place + 2 in named
    if following == "and":
        return then in ("i", "me", "myself") or place + 2 in named
    if place + 1 not in named or (passage.words[place] in MODALS and before not in _ROWS_AFTER):
        return False
    while place + 1 in named:
        place += 1
    return passage.following(place) == "and"


def _known_and_acting(passage: Passage, place: int) -> bool:
    """Enough for a word that is a name elsewhere in the same passage: somebody who is, has, can, or is called on."""
    if _begins_a_call(passage, place):
        return True
    following = passage.following(place)
    if not _may_begin_a_name(passage, place) or passage.previous(place) in _BEFORE_AN_AUXILIARY:
        return False
    if passage.following(place + 1) == "what":
        return False
    return following in _STATES or (passage.words[place] not in MODALS and following in MODALS)
