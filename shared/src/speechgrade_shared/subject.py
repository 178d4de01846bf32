"""Pseudonyms of people and their place in a split: keyed hashes, so that nobody without the key can go back.

The key lives outside the database and the bucket. Losing it means that the same person gets a new pseudonym, so it is
backed up like a password.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

# A student id has a digit that is not zero, and at least three characters.
_SIS_ID = re.compile(r"^(?=.*[1-9]).{3,}$")


class Split(StrEnum):
    """Where a person's speeches go, all of them, for good."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class SplitShares:
    """The shares of people, between 0 and 1, held out for validation and for the frozen test set."""

    validation: float = 0.12
    test: float = 0.18


@dataclass(frozen=True, slots=True)
class PersonKey:
    """An identifier of a person as 32 hexadecimal digits of a keyed hash.

    ``strength`` is 1 for an e-mail address, 2 for a student id, 3 for an enrolment.
    """

    hash: str
    strength: int


def person_keys(
    key: bytes, *, email: str | None, sis_id: str | None, institution: str | None, enrolment_id: str
) -> tuple[PersonKey, ...]:
    """Every identifier that says who somebody is, the strongest first; the first one alone is their pseudonym.

    One person in two courses has two enrolments, and e-mail or student id tie them. A student id means something within
    its institution only. What cannot tell people apart ("N/A", "0") is no identifier.
    """
    named = (
        (1, f"email:{_folded(email)}" if "@" in _folded(email) else ""),
        (2, f"sis:{institution or ''}:{_folded(sis_id)}" if _SIS_ID.search(_folded(sis_id)) else ""),
        (3, f"enrolment:{enrolment_id}"),
    )
    return tuple(PersonKey(_keyed(key, text)[:32], strength) for strength, text in named if text)


def example_id(key: bytes, evaluation_id: str) -> str:
    """The opaque name of an example in artefacts: 32 hexadecimal digits, never the evaluation's own id."""
    return _keyed(key, f"example:{evaluation_id}")[:32]


def assign_split(key: bytes, subject: str, shares: SplitShares) -> Split:
    """Put a person into a split by a threshold on a keyed hash: independent of order and of everybody else."""
    position = int(_keyed(key, f"split:{subject}")[:13], 16) / 16**13
    if position < shares.test:
        return Split.TEST
    if position < shares.test + shares.validation:
        return Split.VALIDATION
    return Split.TRAIN


def _folded(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").strip().casefold()


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()
