"""Names as speech recognizers and typists get them wrong."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import jellyfish

from speechgrade_shared.identifiers.ordinary_words import ordinary_word, proper_name

_SHORTEST = 4
_LONGEST = 40
_LIKELY = 0.9
_SAME_SOUND = (
    (re.compile("ph"), "f"),
    (re.compile("ck|q"), "k"),
    (re.compile("c(?=[eiy])"), "s"),
    (re.compile("c"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("z"), "s"),
    (re.compile("(?<=.)h"), ""),
    (re.compile("ie|ee|ei|ey|y"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile("(?<=..)e$"), ""),
)


@dataclass(frozen=True, slots=True)
class Sound:
    """How a folded name sounds; ``spelling`` is the same for Eric and Erik, ``sound`` for Stephen and Steven."""

    word: str
    spelling: str
    sound: str


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> Sound:
    """The sound of a folded word of Latin letters."""
    spelling = word
    for pattern, plain in _SAME_SOUND:
        spelling = pattern.sub(plain, spelling)
    return Sound(word, spelling, jellyfish.metaphone(word))


def spelling_of(word: str) -> str:
    """The plain spelling that a word shares with all that sound and look the same, such as Katie and Katy."""
    return sound_of(word).spelling


def comparable(word: str) -> bool:
    """Whether a word is long and plain enough to be compared by sound."""
    return 3 <= len(word) <= _LONGEST and word.isascii() and word.isalpha()


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that a word nobody knows most likely stands for, if any. An ordinary word stands for itself."""
    if not comparable(word) or ordinary_word(word):
        return None
    heard, known = sound_of(word), proper_name(word)
    distances = ((_distance(heard, sound_of(name), known=known), name) for name in names)
    found = [(distance, name) for distance, name in distances if distance is not None]
    return min(found)[1] if found else None


def _distance(heard: Sound, name: Sound, *, known: bool) -> int | None:
    if abs(len(heard.word) - len(name.word)) > 4 or min(len(heard.word), len(name.word)) < _SHORTEST:
        return None
    alike = heard.sound == name.sound
    if not alike and (known or heard.word[0] != name.word[0]):
        return None
    distance = jellyfish.damerau_levenshtein_distance(heard.word, name.word)
    return distance if distance <= _allowed(heard, name, alike=alike, known=known) else None


def _allowed(heard: Sound, name: Sound, *, alike: bool, known: bool) -> int:
    length = len(name.word)
    if alike and len(name.sound) > 2:
        return max(2, length // 2)
    if known:
        return 0
    if length < 6:
        return 1
    return 2 if alike or jellyfish.jaro_winkler_similarity(heard.word, name.word) >= _LIKELY else 1
