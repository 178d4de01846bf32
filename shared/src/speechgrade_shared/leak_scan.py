"""An independent look at an anonymized text: does anything that identifies a person remain?

It shares no pattern with the anonymizer. It works on words and characters, prefers a false alarm to a leak, and its
answer sends an example to quarantine.
"""

from speechgrade_shared.anonymize import common_word, name_parts
from speechgrade_shared.roster import Roster, fold_text

_DIGIT_RUN = 7
_WEB = ("http:", "https:", "www.", ".com/", ".edu/")


def leaks(text: str, roster: Roster) -> tuple[str, ...]:
    """The kinds of identifiers that remain, sorted, never the identifiers: ``name``, ``email``, ``number``, ``web``."""
    folded = fold_text(text)
    words = "".join(char if char.isalnum() else " " for char in folded).split()
    found = set()
    if _roster_words(roster) & set(words):
        found.add("name")
    if "@" in folded or any(local and local in words for local in _local_parts(roster)):
        found.add("email")
    if _has_digit_run(folded):
        found.add("number")
    if any(mark in folded for mark in _WEB):
        found.add("web")
    return tuple(sorted(found))


def _roster_words(roster: Roster) -> set[str]:
    words = set()
    for person in roster.people:
        for name in (person.first_name, person.last_name):
            words |= {fold_text(part) for part in name_parts(name) if len(part) > 1 and not common_word(part)}
    return {word for word in words if word.isalnum()}


def _local_parts(roster: Roster) -> set[str]:
    locals_ = {fold_text(person.email.partition("@")[0]) for person in roster.people}
    return {local for local in locals_ if len(local) > 3 and not common_word(local)}


def _has_digit_run(text: str) -> bool:
    run = 0
    for char in text:
        if char.isdigit():
            run += 1
            if run >= _DIGIT_RUN:
                return True
        elif char not in " -.()/":
            run = 0
    return False
