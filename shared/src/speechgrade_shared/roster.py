"""Who and what could be named in a speech: the people of a course, the course itself, the institution."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from speechgrade_shared.identifiers.cue_words import cue_words

_TITLES = cue_words("titles_and_degrees")
_NOT_NAMES = {"student", "speaker", "presenter", "group", "team", "unknown", "anonymous", "test", "demo", "instructor"}
PARTICLES = cue_words("particles")
"""Small words inside names of several words, which by themselves name nobody."""


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
    """First names and last name of a full name, "Last, First" too. Titles, degrees and stand-ins are no names."""
    last, comma, first = full_name.partition(",")
    if comma and (first_names := _name_words(first)):
        return " ".join(first_names), " ".join(_name_words(last))
    words = _name_words(last)
    return " ".join(words[:-1] or words), words[-1] if len(words) > 1 else ""


def _named(role: str, full_name: object, email: object = None) -> Iterable[Person]:
    first_name, last_name = split_full_name(full_name) if isinstance(full_name, str) else ("", "")
    address = _clean(email)
    if first_name or last_name or address:
        yield Person(role, first_name, last_name, address)


def _name_words(names: str) -> list[str]:
    return [word for word in names.split() if word.casefold().rstrip(".,") not in _TITLES and not _no_name(word)]


def _no_name(word: str) -> bool:
    return word.casefold() in _NOT_NAMES or any(char.isdigit() for char in word)


def _clean(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _names(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(name for name in (_clean(value) for value in values or ()) if name)
