"""Who and what could be named in a speech: the people of a course, the course itself, the institution."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_TITLES = {"dr", "prof", "professor", "mr", "ms", "mrs"}
_NOT_NAMES = {"student", "speaker", "presenter", "group", "team", "unknown", "anonymous", "test", "demo", "instructor"}


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


def evaluation_roster(raw: Mapping[str, Any], data: Mapping[str, Any]) -> Roster:
    """The roster of one evaluation: what ``llm.read_evaluations`` returns, and the names inside ``evaluation_data``.

    A section number such as "001" is a course code too, but taking it out would take every such number out.
    """
    roster = parse_roster(raw)
    people = [
        *roster.people,
        *_named("speaker", data.get("studentName")),
        *_named("instructor", raw.get("instructor_name"), raw.get("instructor_email")),
        *_named("instructor", data.get("last_edited_by_name")),
    ]
    courses = tuple(course for course in roster.courses if not (course.isdigit() and len(course) < 4))
    return Roster(tuple(dict.fromkeys(people)), courses, roster.institutions)


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


def _named(role: str, full_name: object, email: object = None) -> Iterable[Person]:
    if not isinstance(full_name, str):
        full_name = ""
    last, comma, first = full_name.partition(",")
    names = split_full_name(f"{first} {last}" if comma else full_name)
    first_name, last_name = ("" if _no_name(name) else name for name in names)
    address = _clean(email)
    if first_name or last_name or address:
        yield Person(role, first_name, last_name, address)


def _no_name(word: str) -> bool:
    return word.casefold() in _NOT_NAMES or any(char.isdigit() for char in word)


def _clean(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _names(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(name for name in (_clean(value) for value in values or ()) if name)
