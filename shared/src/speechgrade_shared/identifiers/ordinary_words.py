"""Which words English uses in any speech, and which names are such words too. Sources: ``words/README.md``."""

from functools import cache
from importlib.resources import files

from speechgrade_shared.identifiers.folding import fold_text


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset((files("speechgrade_shared") / "identifiers" / "words" / f"{name}.txt").read_text("utf-8").split())


def ordinary_word(folded: str) -> bool:
    """Whether a folded word is one that any speech may use; names are not, nor are words that are names first."""
    if folded in _listed("names_first"):
        return False
    return folded in _listed("english_words") or folded in _listed("spoken_words") or everyday_name(folded)


def proper_name(folded: str) -> bool:
    """Whether English writes the word with a capital: a known person, place or brand."""
    return folded in _listed("proper_names")


def everyday_name(folded: str) -> bool:
    """Whether the word is a name that everybody knows, and an everyday word as well."""
    return folded in _listed("common_word_names")


def common_word(name: str) -> bool:
    """Whether a name is also an everyday word of English, so that only context tells them apart."""
    folded = fold_text(name)
    return everyday_name(folded) or (folded in _listed("everyday_words") and folded not in _listed("names_first"))
