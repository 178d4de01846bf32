"""The short word lists by which a context is read, from ``words/cues.toml``."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files("speechgrade_shared") / "identifiers" / "words" / "cues.toml").read_text("utf-8"))


def listed_cues(name: str) -> tuple[str, ...]:
    """The words of a list, in its order."""
    return tuple(_lists()[name].split())


def cue_words(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(listed_cues(name))
