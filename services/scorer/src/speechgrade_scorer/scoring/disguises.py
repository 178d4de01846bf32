"""Ways to write a sentence so that a filter does not see it and a model does, undone."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator

_LONGEST = 20_000
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{20,}={0,2}")
_HEX = re.compile(r"\b(?:(?:0x)?[0-9a-fA-F]{2}[ ,:]?){12,}\b")
_BINARY = re.compile(r"\b(?:[01]{7,8}\s?){4,}\b")
_ESCAPED = re.compile(r"(?:%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]+;){4,}")
_MORSE = re.compile(r"(?:[.\-·−]{1,5}(?: / | )){9,}[.\-·−]{1,5}")
_APART = re.compile(r"(?<!\w)(?:\w[ .\-_*,]{1,3}){7,}\w(?!\w)")
_RUN_TOGETHER = re.compile(
    "(ignore|disregard|forget|override|all|the|any|your|previous|prior|above|earlier|instructions?|prompts?|rubric|give|award"
    "|me|this|speech|full|maximum|perfect|highest|points|marks|score|credit)"
)
_LEET = str.maketrans("013457@$", "oieastas")


def encoded_passages(text: str) -> Iterator[str]:
    """Passages that decode to a readable text, decoded; those that nobody speaks are given as they are."""
    for match in _BASE64.finditer(text):
        yield from _readable(_base64(match.group()))
    for match in _HEX.finditer(text):
        yield from _readable(bytes.fromhex(re.sub(r"0x|[^0-9a-fA-F]", "", match.group())))
    for match in _BINARY.finditer(text):
        yield from _readable(bytes(int(bits, 2) for bits in re.findall(r"[01]{7,8}", match.group())))
    for pattern in (_ESCAPED, _MORSE):
        yield from (match.group() for match in pattern.finditer(text) if len(set(match.group())) > 2)


def other_readings(read: str) -> Iterator[str]:
    """A text in lower case with letters for digits, letters pushed together, shifted by 13 places, and backwards.

    Its gaps are those that were written: a wider one ends a word of letters that stand apart.
    """
    short = read[:_LONGEST]
    if any(sign in short for sign in "013457@$"):
        yield short.translate(_LEET)
    if _APART.search(short):
        yield _APART.sub(lambda match: _together(match.group()), short)
    yield codecs.encode(short, "rot13")
    yield short[::-1]
    yield " ".join(word[::-1] for word in short.split(" "))


def _together(apart: str) -> str:
    gap = r"\s+" if re.search(r"\w[.\-_*,]\w", apart) else r"\s{2,}"
    words = [re.sub(r"\W|_", "", word) for word in re.split(gap, apart)]
    return _RUN_TOGETHER.sub(r"\1 ", words[0]) if len(words) == 1 else " ".join(words)


def _base64(passage: str) -> bytes:
    padded = passage.rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4))
    except binascii.Error:
        return b""


def _readable(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "ignore")
    letters = sum(char.isalpha() or char.isspace() for char in text)
    if len(text) >= 6 and letters >= 0.8 * len(data):
        yield text
