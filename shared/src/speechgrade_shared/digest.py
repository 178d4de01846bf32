"""Canonical bytes and their digests, so that equal content has one name everywhere."""

import hashlib
import json
from collections.abc import Mapping


def canonical_json(value: object) -> bytes:
    """Serialize to the one byte string of a JSON value: sorted keys, no spaces, UTF-8, no NaN (cf. RFC 8785).

    Raises:
        ValueError: the value holds NaN or an infinity.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def tree_digest(files: Mapping[str, str]) -> str:
    """One digest for a folder: the SHA-256 of the canonical JSON of ``{relative path: sha256}``."""
    return sha256_hex(canonical_json(dict(files)))
