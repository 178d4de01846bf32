"""A text as a reader takes it in: look-alikes, escapes and hidden characters read as the plain ASCII that they imitate.

Compatibility forms (full width, mathematical, circled) are Unicode's own (NFKD); Latin letters of every style are known
by their names; the rest is a small table of what is drawn alike in other scripts (cf. Unicode TR 39).
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""What takes no room on a screen: joiners, direction marks, variation selectors, fillers, tags."""
QUOTE_LIKE = ("\x01", "\x02")
"""What marks that some languages quote with («», 《》) are read as: angle brackets, but ordinary ones."""
_SKIPPED = "\x00"
_LETTERS = {
    "a": "аαɑꭺᎪ",
    "b": "ЬвΒВᏏꮟ",
    "c": "сϲϹСᏟꮯⅽ",
    "d": "ԁᎠꭰⅾ",
    "e": "еεЕΕєҽꭼᎬ",
    "g": "ɡԌᏀ",
    "h": "һНΗհᎻ",
    "i": "іιІΙӏ׀ⵏᎥǀ",
    "j": "јϳЈᎫ",
    "k": "кκКΚᏦ",
    "l": "ⅼӀᏞ",
    "m": "мΜМᎷⅿ",
    "n": "пηΝոռ",
    "o": "оοОΟօσ",
    "p": "рρРΡᏢꮲ",
    "q": "ԛգ",
    "r": "гᎡᏒꭱ",
    "s": "ѕЅՏᏚꮪ",
    "t": "тτТΤᎢꭲ",
    "u": "υսՍ",
    "v": "νѵᏙⅴ",
    "w": "ԝѡաᎳ",
    "x": "хχХΧⅹ",
    "y": "уүУΥҮγ",
    "z": "ΖᏃ",
    "_": "‗▁",
    "-": "‐‑‒–—―−⁃─━",
    "/": "⁄∕╱⧸",
    "\\": "∖⧹⧵",
    "|": "∣│┃║‖¦❘⏐ǁ∥",
    "#": "♯",
    "<": "˂ᐸ‹❮❰ᚲ𝈶≪⋖⪡",
    ">": "˃ᐳ›❯❱𖼿𝈷≫⋗⪢",
    "[": "【〔〖〘〚⟦⟬⁅❲⦋",
    "]": "】〕〗〙〛⟧⟭⁆❳⦌",
    QUOTE_LIKE[0]: "«《〈⟨〈❬⟪⦑",
    QUOTE_LIKE[1]: "»》〉⟩〉❭⟫⦒",
}
_DRAWN_ALIKE = {alike: plain for plain, drawn in _LETTERS.items() for alike in drawn}
_LATIN_NAME = re.compile(
    r"(?:LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL |DOTLESS |TURNED |REVERSED |OPEN |LONG )*|SYMBOL LETTER )"
    r"([A-Z])(?: WITH .*)?"
)
_ESCAPE = re.compile(
    r"&(?:amp;)*(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,8});?|%(?:25)*[2-7][0-9a-f]|\\(?:u00|x)[2-7][0-9a-f]"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text reads as, in lower case. Character ``i`` of ``text`` stands for ``source[starts[i]:ends[i]]``."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def read(source: str) -> Reading:
    """Read a text. Ordinary ones, letter for letter, cost next to nothing; marks on letters are passed over."""
    folded = source.lower() if source.isascii() else source.translate(_FOLDED)
    if len(folded) == len(source) and _SKIPPED not in folded:
        reading = Reading(folded, range(len(source)), range(1, len(source) + 1))
    else:
        reading = _reading_of((_FOLDED[ord(char)], place, place + 1) for place, char in enumerate(source))
    escapes = any(sign in reading.text for sign in "&%\\") and _ESCAPE.search(reading.text)
    return _reading_of(_unescaped(reading)) if escapes else reading


def _reading_of(pieces: Iterator[tuple[str, int, int]]) -> Reading:
    chars = [(char, start, end) for piece, start, end in pieces for char in piece if char != _SKIPPED]
    return Reading("".join(char for char, _, _ in chars), [start for _, start, _ in chars], [end for *_, end in chars])


def _unescaped(reading: Reading) -> Iterator[tuple[str, int, int]]:
    position = 0
    for match in _ESCAPE.finditer(reading.text):
        plain = _meant(match.group())
        for place in range(position, match.end() if plain is None else match.start()):
            yield reading.text[place], reading.starts[place], reading.ends[place]
        if plain is not None:
            yield plain, reading.starts[match.start()], reading.ends[match.end() - 1]
        position = match.end()
    for place in range(position, len(reading.text)):
        yield reading.text[place], reading.starts[place], reading.ends[place]


@lru_cache(maxsize=1024)
def _meant(escape: str) -> str | None:
    """The character that an escape stands for, read in its turn; None if it stands for none."""
    if escape[0] == "&":
        entity = "&" + re.sub(r"^&(?:amp;)*", "", escape).removesuffix(";") + ";"
        meant = html.unescape(entity)
    else:
        meant = chr(int(escape[-2:], 16))
    return _FOLDED[ord(meant)] if len(meant) == 1 else None


class _Folding(dict[int, str]):
    """A translation table that learns each character when it first comes up."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _read_char(chr(code))
        return folded


def _read_char(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Mc", "Cf", "Cc") and not char.isspace():
        return _SKIPPED
    # Syllables of scripts without capitals stay whole: taken apart, they would read as other words.
    parts = unicodedata.normalize("NFKC" if category == "Lo" else "NFKD", char)
    return "".join(map(_plain, parts)) or _SKIPPED


def _plain(char: str) -> str:
    if char in _DRAWN_ALIKE:
        return _DRAWN_ALIKE[char]
    if unicodedata.combining(char):
        return ""
    if char.isascii():
        return char.lower()
    latin = _LATIN_NAME.search(unicodedata.name(char, ""))
    lower = char.lower()
    return latin.group(1).lower() if latin else _DRAWN_ALIKE.get(lower, lower)


_FOLDED = _Folding()
