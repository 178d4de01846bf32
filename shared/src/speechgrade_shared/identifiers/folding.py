"""Letters as one compares them: without case and diacritics, one for one, so that positions stay."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARK_ON_LATIN = re.compile("(?<=[A-Za-z\u00c0-\u024f\u1e00-\u1eff])[\u0300-\u036f]+")
_ALONE = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "t",
    "ħ": "h",
    "ı": "i",
    "œ": "o",
    "æ": "a",
    "\u2019": "'",
    "ʼ": "'",
}


def fold_text(text: str) -> str:
    """Case and diacritics removed, one character for one, so that positions stay those of ``text``."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def visible_text(text: str) -> str:
    """A text whose letters are each one character, and in which nothing unseen can hide a name."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _MARK_ON_LATIN.sub("", composed)


class _Folding(dict[int, str]):
    """A translation table that learns each character when it first comes up."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0].casefold()
    base = base if len(base) == 1 else char.lower()[:1]
    return _ALONE.get(base, base)


_FOLDED = _Folding()
