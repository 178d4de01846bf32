"""Who and what could be named in a speech: the people of a course, the course itself, the institution."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_TITLES = {"dr", "prof", "professor", "mr", "ms", "mrs"}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the roster. ``role`` is speaker, peer or instructor."""

    role: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    sis_id: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """All names that must not stay in a text."""

    people: tuple[Person, ...] = ()
    courses: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()


def parse_roster(raw: Mapping[str, Any]) -> Roster:
    """Read the roster that ``llm.read_evaluations`` returns."""
    people = tuple(
        Person(
            role=str(entry.get("role") or "peer"),
            first_name=_clean(entry.get("first_name")),
            last_name=_clean(entry.get("last_name")),
            email=_clean(entry.get("email")),
            sis_id=_clean(entry.get("sis_id")),
        )
        for entry in raw.get("people") or ()
    )
    return Roster(people, _names(raw.get("courses")), _names(raw.get("institutions")))


def split_full_name(full_name: str) -> tuple[str, str]:
    """The first word and the last one of a full name; titles are not names."""
    words = [word for word in full_name.split() if word.casefold().rstrip(".") not in _TITLES]
    return (words[0] if words else "", words[-1] if len(words) > 1 else "")


def fold_text(text: str) -> str:
    """Case and diacritics removed, one character for one, so that positions stay those of ``text``."""
    return "".join(_fold_char(char) for char in text)


def _fold_char(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0].casefold()
    return base if len(base) == 1 else char.lower()[:1]


def _clean(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _names(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(name for name in (_clean(value) for value in values or ()) if name)
