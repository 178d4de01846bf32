"""Names that no roster holds and that mean its people all the same: misheard as two words, or told by the speaker."""

from collections.abc import Mapping

from speechgrade_shared.identifiers.cast import Cast
from speechgrade_shared.identifiers.course_names import NameWord, NameWords
from speechgrade_shared.identifiers.ordinary_words import ordinary_word, proper_name
from speechgrade_shared.identifiers.passage import HIDDEN, Passage

_TELLING = (["call", "me"], ["calls", "me"], ["i", "go", "by"], ["my", "name", "is"])
_REMEMBERED = 50_000
_plain: set[str] = set()
_BEFORE_THE_LAST = frozenset(words[-2] for words in _TELLING)


def heard_apart(passage: Passage, hits: Mapping[int, NameWords], cast: Cast) -> dict[int, NameWords]:
    """Where "anna stasia" stands for Anastasia; one of the two at least is no word that anybody knows."""
    found: dict[int, NameWords] = {}
    strange = passage.places_of(_strange_words(passage.distinct))
    for place in (place for place in strange if place not in hits):
        for head in (place - 1, place):
            tail = passage.following(head) if head >= 0 and head not in hits and head + 1 not in hits else HIDDEN
            whole = cast.names.heard_apart(passage.words[head], tail) if tail not in ("", HIDDEN) else ()
            if whole:
                found[head] = found[head + 1] = whole
                break
    return found


def goes_by(passage: Passage, hits: Mapping[int, NameWords], cast: Cast) -> dict[int, NameWords]:
    """Where the name stands of which the speaker says "call me Mafer", there and elsewhere."""
    lasts = (place + 1 for place in passage.places_of(_BEFORE_THE_LAST))
    told = {passage.following(place) for place in lasts if _telling(passage, place)}
    own = {word for word in told if word != HIDDEN and _name_like(word)}
    if not (own and cast.speakers):
        return {}
    named = (NameWord(min(cast.speakers), "first", common=False),)
    return {place: named for place in passage.places_of(own) if place not in hits}


def _telling(passage: Passage, place: int) -> bool:
    return any(passage.words[max(0, place + 1 - len(words)) : place + 1] == words for words in _TELLING)


def _strange_words(words: frozenset[str]) -> set[str]:
    # Nearly every word of a speech was seen before and is plain: those go in one step.
    unseen = words - _plain
    strange = {word for word in unseen if _name_like(word) and not proper_name(word)}
    if len(_plain) > _REMEMBERED:
        _plain.clear()
    _plain.update(unseen - strange)
    return strange


def _name_like(word: str) -> bool:
    return len(word) > 1 and word.isalpha() and not ordinary_word(word)
