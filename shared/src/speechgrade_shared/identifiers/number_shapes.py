"""Which long numbers identify somebody, and which are years, dates, decimals or round sums."""

import re

from speechgrade_shared.identifiers.placeholders import ID, PHONE

_GROUP = re.compile(r"\d+")
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_PHONE_LENGTHS = (7, 10, 11, 12, 13)
_FEWEST = 7


def number_placeholder(found: str) -> str | None:
    """What stands in for a number of seven digits or more, or nothing where it identifies nobody."""
    groups = _GROUP.findall(found)
    digits = sum(map(len, groups))
    if digits < _FEWEST or _harmless(found, groups):
        return None
    if len(groups) == 1 and "+" not in found and digits not in (10, 11):
        return ID
    return PHONE if digits in _PHONE_LENGTHS or "x" in found.lower() or "+" in found else ID


def _harmless(found: str, groups: list[str]) -> bool:
    if all(_YEAR.fullmatch(group) for group in groups):
        return True
    return _date(found, groups) or _decimal(found, groups) or _round_sum(found, groups)


def _date(found: str, groups: list[str]) -> bool:
    lengths = tuple(map(len, groups))
    marks = set(found) - set("0123456789")
    if len(lengths) != 3 or len(marks) != 1 or marks & {"(", ")", "+"}:
        return False
    return (lengths[0] == 4 and max(lengths[1:]) <= 2) or (lengths[2] == 4 and max(lengths[:2]) <= 2)


def _decimal(found: str, groups: list[str]) -> bool:
    return len(groups) == 2 and len(groups[0]) <= 3 and found == ".".join(groups)


def _round_sum(found: str, groups: list[str]) -> bool:
    return len(groups) > 1 and groups[-1] == "000" and found == " ".join(groups)
