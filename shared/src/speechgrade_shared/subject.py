"""Pseudonyms of people and their place in a split: keyed hashes, so that nobody without the key can go back.

The key lives outside the database and the bucket. Losing it means that the same person gets a new pseudonym, so it is
backed up like a password.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


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


def subject_hash(key: bytes, *, email: str | None, sis_id: str | None, enrolment_id: str) -> str:
    """The pseudonym of a person: by e-mail where known, else by student id, else by enrolment.

    One person in two courses has two enrolments, so the enrolment is the last resort. Returns 32 hexadecimal digits.
    """
    for kind, value in (("email", email), ("sis", sis_id)):
        if value and value.strip():
            return _keyed(key, f"{kind}:{unicodedata.normalize('NFKC', value).strip().casefold()}")[:32]
    return _keyed(key, f"enrolment:{enrolment_id}")[:32]


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


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()
