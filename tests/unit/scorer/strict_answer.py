"""The judge of answers: a reader of RFC 8259 written for this, sharing nothing with the one that it judges."""

import re
from collections.abc import Callable
from typing import NamedTuple

from speechgrade_shared.answer import MAX_COMMENTS, MAX_FEEDBACK
from speechgrade_shared.rubric import Rubric

_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_BLANK = " \t\n\r"
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_DEEPEST = 20

Points = list[tuple[str, str, float]]


class Number(NamedTuple):
    """A number exactly: its digits without zeros around them, and how many places they stand left of the point."""

    digits: str
    shift: int


class NotAnAnswer(Exception):
    pass


def points_if_valid(text: str, rubric: Rubric) -> Points | None:
    """Category, criterion and points of a valid answer, in order; None for anything else."""
    try:
        value, at = _value(text, _past_blank(text, 0), 0)
        if _past_blank(text, at) != len(text):
            return None
        return _points(value, rubric)
    except (NotAnAnswer, IndexError):
        return None


def exact(written: str) -> Number:
    match = _NUMBER.fullmatch(written)
    if not match:
        raise NotAnAnswer
    sign, whole, fraction, exponent = match.groups()
    digits = whole + (fraction or "")
    kept = digits.strip("0")
    if not kept:
        return Number("0", 0)
    # A shift of more than a few digits is no points, however long its own digits are.
    shift = int((exponent or "0")[:9]) - len(fraction or "") + len(digits) - len(digits.rstrip("0"))
    return Number(sign + kept, shift)


def _points(value: object, rubric: Rubric) -> Points:
    sections, comments = _members(value, ["sections", "overallComments"])
    _prose(comments, MAX_COMMENTS)
    found: Points = []
    for category, section in zip(
        rubric.categories, _members(sections, [c.name for c in rubric.categories]), strict=True
    ):
        feedback, points = _members(section, ["feedback", "points"])
        _prose(feedback, MAX_FEEDBACK)
        names = [criterion.name for criterion in category.criteria]
        for criterion, given in zip(category.criteria, _members(points, names), strict=True):
            allowed = {exact(_plainly(one)): one for one in criterion.grid()}
            if not isinstance(given, Number) or given not in allowed:
                raise NotAnAnswer
            found.append((category.name, criterion.name, allowed[given]))
    return found


def _plainly(value: float) -> str:
    return f"{value:.4f}"


def _members(value: object, names: list[str]) -> list[object]:
    if not isinstance(value, list) or [name for name, _ in value] != names:
        raise NotAnAnswer
    return [member for _, member in value]


def _prose(value: object, longest: int) -> None:
    if not isinstance(value, str) or len(value) > longest:
        raise NotAnAnswer


def _value(text: str, at: int, depth: int) -> tuple[object, int]:
    """A value and where it ends: an object is a list of pairs, an array a tuple, a word itself in a set."""
    if depth > _DEEPEST:
        raise NotAnAnswer
    if text[at] == '"':
        return _string(text, at)
    if text[at] == "{":
        return _listed(text, at, "}", lambda place: _pair(text, place, depth))
    if text[at] == "[":
        items, end = _listed(text, at, "]", lambda place: _value(text, place, depth + 1))
        return tuple(items), end
    for word in ("true", "false", "null"):
        if text.startswith(word, at):
            return {word}, at + len(word)
    match = _NUMBER.match(text, at)
    if not match:
        raise NotAnAnswer
    return exact(match.group()), match.end()


def _pair(text: str, at: int, depth: int) -> tuple[object, int]:
    name, at = _string(text, at)
    at = _past_blank(text, at)
    if text[at] != ":":
        raise NotAnAnswer
    value, at = _value(text, _past_blank(text, at + 1), depth + 1)
    return (name, value), at


def _listed(text: str, at: int, close: str, one: Callable[[int], tuple[object, int]]) -> tuple[list[object], int]:
    found: list[object] = []
    at = _past_blank(text, at + 1)
    if text[at] == close:
        return found, at + 1
    while True:
        item, at = one(at)
        found.append(item)
        at = _past_blank(text, at)
        if text[at] == close:
            return found, at + 1
        if text[at] != ",":
            raise NotAnAnswer
        at = _past_blank(text, at + 1)


def _string(text: str, at: int) -> tuple[str, int]:
    if text[at] != '"':
        raise NotAnAnswer
    units: list[str] = []
    at += 1
    while text[at] != '"':
        character = text[at]
        if character < " ":
            raise NotAnAnswer
        if character != "\\":
            at += 1
        elif text[at + 1] == "u":
            digits = _HEX.match(text, at + 2)
            if not digits:
                raise NotAnAnswer
            character, at = chr(int(digits.group(), 16)), at + 6
        else:
            if text[at + 1] not in _ESCAPES:
                raise NotAnAnswer
            character, at = _ESCAPES[text[at + 1]], at + 2
        units.append(character)
    joined = "".join(units).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined, at + 1


def _past_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
