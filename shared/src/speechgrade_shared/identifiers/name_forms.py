"""All the words by which one part of a person's name may be said or written."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from nicknames import NickNamer

from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.identifiers.ordinary_words import common_word, everyday_name, ordinary_word, proper_name
from speechgrade_shared.roster import PARTICLES

_ALSO_CALLED = re.compile(
    '["(\u201c\u2018\u00ab[]([^"()\u201c\u201d\u2018\u2019\u00ab\u00bb\\[\\]]+)[")\u201d\u2019\u00bb\\]]'
)
_LONGEST_UNCLIPPED = 8
_BETWEEN_PIECES = re.compile(r"[\W_]+")
_SPELLED_OUT = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "å": "aa",
    "ø": "oe",
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
    "þ": "th",
    "ð": "dh",
}
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class NameForms:
    """Folded words: ``exact`` are the name's own, ``looser`` short forms and other spellings.

    ``lettered`` are short forms such as JC, which only a context tells from abbreviations; ``particles`` belong to the
    name beside its other words only; ``initials`` are those of given names.
    """

    exact: frozenset[str] = frozenset()
    looser: frozenset[str] = frozenset()
    lettered: frozenset[str] = frozenset()
    particles: frozenset[str] = frozenset()
    initials: frozenset[str] = frozenset()


@lru_cache(maxsize=50_000)
def name_forms(name: str, *, given: bool) -> NameForms:
    """The forms of a first (``given``) or last name, with any ``Robert "Bob"`` or ``Xiaoming (Ming)`` in it."""
    called = [match.group(1) for match in _ALSO_CALLED.finditer(name)] if given else []
    names = [_ALSO_CALLED.sub(" ", name) if called else name, *called]
    pieces = [piece for each in names for piece in _pieces(each)]
    exact = {piece for piece in pieces if len(piece) > 1 and (piece not in PARTICLES or piece == pieces[-1])}
    looser = {form for each in names for form in _other_spellings(each)}
    if given:
        looser |= {form for piece in exact for form in (*_short_forms(piece), *_clipped(piece))}
    return NameForms(
        exact=frozenset(exact),
        looser=frozenset(looser - exact),
        lettered=_lettered(pieces) if given else frozenset(),
        particles=frozenset(piece for piece in pieces if piece in PARTICLES and piece not in exact),
        initials=frozenset(piece[0] for piece in pieces if len(piece) == 1 or piece not in PARTICLES),
    )


def unspaced(name: str) -> bool:
    """Whether the name is written in a script that puts no spaces between words, or hangs endings on them."""
    return _UNSPACED.search(name) is not None


def _pieces(name: str) -> list[str]:
    return [piece for piece in _BETWEEN_PIECES.split(fold_text(name)) if piece]


def _other_spellings(name: str) -> set[str]:
    pieces = _pieces(name)
    joined = "".join(pieces)
    forms = {joined} if len(pieces) > 1 and len(joined) > 3 and not common_word(joined) else set()
    lowered = name.lower()
    if any(char in lowered for char in _SPELLED_OUT):
        spelled = "".join(_SPELLED_OUT.get(char, char) for char in lowered)
        forms |= {piece for piece in _pieces(spelled) if len(piece) > 2 and piece not in PARTICLES}
    return forms


def _lettered(pieces: list[str]) -> frozenset[str]:
    letters = "".join(piece[0] for piece in pieces)
    return (
        frozenset([letters]) if len(pieces) == 2 and letters.isalpha() and not ordinary_word(letters) else frozenset()
    )


def _clipped(given_name: str) -> set[str]:
    """What is left where one half of a long name goes unsaid: Seun for Oluwaseun, Stasia for Anastasia."""
    cuts = range(4, len(given_name) - 2) if len(given_name) >= _LONGEST_UNCLIPPED else ()
    halves = {half for cut in cuts for half in (given_name[:cut], given_name[-cut:])}
    return {half for half in halves if half.isalpha() and not ordinary_word(half) and not proper_name(half)}


@cache
def _nicknames() -> NickNamer:
    return NickNamer()


def _short_forms(given_name: str) -> set[str]:
    found = _nicknames().nicknames_of(given_name) | _nicknames().canonicals_of(given_name)
    folded = {fold_text(form) for form in found}
    return {
        form for form in folded if len(form) > 2 and form.isalpha() and (everyday_name(form) or not common_word(form))
    }
