"""What a criterion is judged by: the words of a speech, what is seen of it, or what is heard.

A rubric may say it. Where it does not, a reviewed list of names does (``evidence.toml``, which says how it is read and
why each name is on it); what is on neither is in the words.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from speechgrade_shared.digest import canonical_json, sha256_hex

_WORD = re.compile(r"[^\W_]+")
_JOINTS = re.compile(r"[,/&+;]|\band\b")


class Medium(StrEnum):
    """Where the evidence of a criterion is found."""

    TRANSCRIPT = "transcript"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class _Names:
    """Whole names and phrases, in plain words, with what each needs."""

    whole: Mapping[str, Medium]
    phrases: tuple[tuple[str, Medium], ...] = ()

    def medium(self, name: str) -> Medium | None:
        folded = unicodedata.normalize("NFKC", name).casefold()
        words = _words(folded)
        known = self.whole.get(words)
        if known is None:
            known = next((medium for phrase, medium in self.phrases if f" {phrase} " in f" {words} "), None)
        return known or self._of_parts([part for part in map(_words, _JOINTS.split(folded)) if part])

    def _of_parts(self, parts: Sequence[str]) -> Medium | None:
        """The medium of a name whose parts are all listed: what is seen can be heard too."""
        found = {self.whole.get(part) for part in parts}
        if not found or None in found:
            return None
        return Medium.VIDEO if Medium.VIDEO in found else Medium.AUDIO


def marked_medium(mark: object) -> Medium | None:
    """The medium that a rubric names, in any letter case; None where it names none that is known."""
    folded = mark.strip().casefold() if isinstance(mark, str) else ""
    return next((medium for medium in Medium if medium == folded), None)


@lru_cache(maxsize=8192)
def listed_medium(criterion: str, category: str) -> Medium:
    """What the list says of a criterion by its name, or else by that of its category."""
    return _CRITERIA.medium(criterion) or _CATEGORIES.medium(category) or Medium.TRANSCRIPT


def mentions_unseen(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a comment speaks of something that a transcript cannot show: a listed phrase, or one of some names."""
    words = f" {_words(unicodedata.normalize('NFKC', text).casefold())} "
    own = (_words(unicodedata.normalize("NFKC", name).casefold()) for name in names)
    return any(f" {phrase} " in words for phrase in (*(listed for listed, _ in _CRITERIA.phrases), *own) if phrase)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text))


def _listed(groups: Iterable[Mapping[str, Any]], key: str) -> Iterator[tuple[str, Medium]]:
    for group in groups:
        for name in group.get(key, ()):
            yield name, Medium(group["medium"])


_LIST = tomllib.loads((files("speechgrade_shared") / "evidence.toml").read_text("utf-8"))["group"]
_CRITERIA = _Names(dict(_listed(_LIST, "names")), tuple(_listed(_LIST, "phrases")))
_CATEGORIES = _Names(dict(_listed([group for group in _LIST if group.get("with_criteria")], "names")))

LIST_DIGEST = sha256_hex(canonical_json([{k: v for k, v in group.items() if k != "why"} for group in _LIST]))
"""Changes with what the list decides, and not with its reasons."""
