"""The one anonymizer, for export and for scoring alike: the roster's names and the usual patterns become placeholders.

Matching ignores case and diacritics. A name that is also a common word ("Will", "May") is taken as a name only where
the context says so, or the model would learn from mutilated sentences.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from speechgrade_shared.roster import Person, Roster, fold_text

ANONYMIZER_VERSION = "a1-1"

COMMON_WORD_NAMES = frozenset((files("speechgrade_shared") / "common_word_names.txt").read_text("utf-8").split())
_NAME_CONTEXT = (
    r"(?:name is|name's|i am|i'm|im|this is|call me|thanks|thank you|classmate|friend|professor|prof|dr|mr|ms|mrs)"
    r"\.?,?\s+"
)
_POSSESSIVE = r"(?:['\u2019]s|s['\u2019])?"
_PATTERNS = (
    ("[EMAIL]", re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")),
    (
        "[EMAIL]",
        re.compile(r"\b[\w.+-]+ at [\w-]+(?: dot [\w-]+)* dot (?:com|edu|org|net|gov|ac|uk|ca|de)\b", re.IGNORECASE),
    ),
    ("[URL]", re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("[HANDLE]", re.compile(r"(?<![\w@])@\w{2,}")),
    ("[PHONE]", re.compile(r"(?<![\w-])(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{3}\)|\d{3})[\s.-]?\d{3}[\s.-]?\d{4}(?![\w-])")),
    ("[ID]", re.compile(r"\b(?:\d{3}-\d{2}-\d{4}|[a-z]{0,2}\d{7,12})\b", re.IGNORECASE)),
)


# A course's people are looked for in speech after speech, and re's own cache holds fewer patterns than a few courses.
_compiled = lru_cache(maxsize=20_000)(re.compile)


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its identifiers, and how many of each kind were taken out."""

    text: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    placeholder: str
    pattern: re.Pattern[str]


class Anonymizer:
    """Redacts texts of one course. Compile it once for a roster and use it for many texts."""

    def __init__(self, roster: Roster) -> None:
        self._rules = tuple(_rules(roster))

    def redact(self, text: str) -> Redaction:
        """Replace every identifier; what is replaced by one rule is not looked at by the next."""
        counts: dict[str, int] = {}
        spans = self._spans(text)
        parts: list[str] = []
        position = 0
        for start, end, placeholder in spans:
            parts += [text[position:start], placeholder]
            counts[placeholder] = counts.get(placeholder, 0) + 1
            position = end
        parts.append(text[position:])
        return Redaction("".join(parts), tuple(sorted(counts.items())))

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        folded = fold_text(text)
        taken: list[tuple[int, int, str]] = []
        for rule in self._rules:
            for match in rule.pattern.finditer(folded):
                start, end = match.span("name") if "name" in rule.pattern.groupindex else match.span()
                if all(end <= other[0] or start >= other[1] for other in taken):
                    taken.append((start, end, rule.placeholder))
        return sorted(taken)


def common_word(name: str) -> bool:
    """Whether a name is also an everyday word of English."""
    return fold_text(name) in COMMON_WORD_NAMES


def name_parts(name: str) -> Iterator[str]:
    """A name and the parts of a hyphenated or multi-part one that identify by themselves."""
    yield name
    parts = re.split(r"[\s-]+", name)
    if len(parts) > 1:
        yield from (part for part in parts if len(part) > 2)


def _rules(roster: Roster) -> Iterator[_Rule]:
    # Long and certain identifiers first: an e-mail address holds a name, and must go as a whole.
    for placeholder, pattern in _PATTERNS[:2]:
        yield _Rule(placeholder, pattern)
    yield from _literals("[INSTITUTION]", roster.institutions)
    yield from _literals("[COURSE]", roster.courses)
    yield from _literals("[ID]", (person.sis_id for person in roster.people if len(person.sis_id) > 2))
    for person in sorted(roster.people, key=lambda person: person.role != "speaker"):
        yield from _person_rules(person)
    for placeholder, pattern in _PATTERNS[2:]:
        yield _Rule(placeholder, pattern)


def _person_rules(person: Person) -> Iterator[_Rule]:
    first, last = _placeholders(person.role)
    local_part = person.email.partition("@")[0]
    is_name = fold_text(local_part) in {fold_text(person.first_name), fold_text(person.last_name)}
    if len(local_part) > 3 and not is_name and not common_word(local_part):
        yield from _literals("[EMAIL]", (local_part,))
    if person.first_name and person.last_name and first == last:
        yield from _literals(first, (f"{person.first_name} {person.last_name}",))
    named = ((first, person.first_name, person.last_name), (last, person.last_name, person.first_name))
    for placeholder, name, other in named:
        for part in name_parts(name) if name else ():
            yield from _name_rules(placeholder, part, other)


def _placeholders(role: str) -> tuple[str, str]:
    if role == "instructor":
        return "[INSTRUCTOR_NAME]", "[INSTRUCTOR_NAME]"
    if role == "speaker":
        return "[STUDENT_FIRST_NAME]", "[STUDENT_LAST_NAME]"
    return "[PEER_NAME]", "[PEER_NAME]"


def _name_rules(placeholder: str, name: str, other: str) -> Iterator[_Rule]:
    literal = _literal(name)
    if len(literal) < 2:
        return
    if not common_word(name):
        yield _Rule(placeholder, _compiled(rf"(?<!\w)(?P<name>{literal}){_POSSESSIVE}(?!\w)"))
        return
    neighbour = _literal(other) or r"(?!)"
    yield _Rule(placeholder, _compiled(rf"(?<!\w)(?:{_NAME_CONTEXT})(?P<name>{literal})(?!\w)"))
    yield _Rule(placeholder, _compiled(rf"(?<!\w)(?P<name>{literal})(?=\s+(?:{neighbour}|\[\w+\]))"))
    yield _Rule(placeholder, _compiled(rf"(?<!\w){neighbour}\s+(?P<name>{literal})(?!\w)"))


def _literals(placeholder: str, names: Iterable[str]) -> Iterator[_Rule]:
    for name in sorted(set(names), key=lambda name: (-len(name), name)):
        # A dash for a name that nobody knows has no letters left to look for.
        if len(literal := _literal(name)) > 1:
            yield _Rule(placeholder, _compiled(rf"(?<!\w){literal}(?!\w)"))


def _literal(name: str) -> str:
    return r"[\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", fold_text(name)) if part)
