"""Notices that the key of the pseudonyms is another one than that which made the rows.

With another key everybody gets a new pseudonym and a new place in the splits: people of the frozen test set would be
trained on, and nobody would see it. So the first key that is used is recorded, as a keyed hash of a constant.
"""

import hmac

from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.errors import SubjectKeyChanged

KEY_NAME = "subject"


def key_check(key: bytes) -> str:
    """What is recorded of a key: 64 hexadecimal digits that say nothing about it."""
    return hmac.digest(key, b"check", "sha256").hex()


def ensure_subject_key(project: SupabaseProject, key: bytes) -> None:
    """Record the key's check value, or compare it with the recorded one.

    Raises:
        SubjectKeyChanged: rows were made with another key.
    """
    mine = key_check(key)
    recorded = project.rpc("record_key_check", {"p_name": KEY_NAME, "p_value": mine})
    if not hmac.compare_digest(str(recorded), mine):
        raise SubjectKeyChanged(
            "SPEECHGRADE_SUBJECT_KEY is not the key that made the pseudonyms in this project. Set the former key again;"
            " docs/subject-key.md says how it is replaced on purpose."
        )
