"""A text cut into words once, for all that look at it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.identifiers.placeholders import PLACEHOLDER

_WORD = re.compile(r"([^\W_]+)")
HIDDEN = "\0"
"""Stands where a placeholder is or something was taken: it is no word, and no end of a sentence either."""

_FEW = 5
"""So many words are looked for one by one, which is faster than to look at every word of the text."""

Span = tuple[int, int, str]
"""Start, end and placeholder of what is taken out."""


@dataclass(frozen=True)
class Passage:
    """A text without what was taken, its folded twin of the same length, and its words.

    ``gaps`` has what stands before each word and after the last; words and their places are counted from 0.
    """

    text: str
    folded: str

    @cached_property
    def _pieces(self) -> list[str]:
        return _WORD.split(self.folded)

    @cached_property
    def _edges(self) -> list[int]:
        return list(accumulate(map(len, self._pieces)))

    @cached_property
    def words(self) -> list[str]:
        return self._pieces[1::2]

    @cached_property
    def gaps(self) -> list[str]:
        return self._pieces[0::2]

    @cached_property
    def distinct(self) -> frozenset[str]:
        """Each word once."""
        return frozenset(self.words)

    def places_of(self, wanted: Iterable[str]) -> list[int]:
        """Where the wanted words stand."""
        present = self.distinct.intersection(wanted)
        if len(present) > _FEW:
            return [place for place, word in enumerate(self.words) if word in present]
        return sorted(place for word in present for place in self._places_of_one(word))

    def _places_of_one(self, word: str) -> Iterator[int]:
        place = -1
        for _ in range(self.words.count(word)):
            place = self.words.index(word, place + 1)
            yield place

    def start(self, place: int) -> int:
        """The character at which a word begins."""
        return self._edges[2 * place]

    def end(self, place: int) -> int:
        """The character after a word."""
        return self._edges[2 * place + 1]

    def written(self, place: int) -> str:
        """A word as it is in the text."""
        return self.text[self.start(place) : self.end(place)]

    def previous(self, place: int) -> str:
        """The word before, where nothing but blanks is between: else nothing, or ``HIDDEN``."""
        gap = self.gaps[place]
        if place > 0 and gap.isspace():
            return self.words[place - 1]
        return HIDDEN if HIDDEN in gap else ""

    def following(self, place: int) -> str:
        """The word after, where nothing but blanks is between: else nothing, or ``HIDDEN``."""
        if place + 1 >= len(self.gaps):
            return ""
        gap = self.gaps[place + 1]
        if place + 1 < len(self.words) and gap.isspace():
            return self.words[place + 1]
        return HIDDEN if HIDDEN in gap else ""

    def free(self, start: int, end: int) -> bool:
        """Whether nothing between two characters is taken yet."""
        return HIDDEN not in self.folded[start:end]

    def without(self, spans: Iterable[Span]) -> "Passage":
        """The same text in which what the spans cover is no word any more."""
        taken = sorted(spans)
        return Passage(_hidden(self.text, taken), _hidden(self.folded, taken)) if taken else self


def read_passage(text: str) -> Passage:
    """Cut a text into words. Placeholders that are already in it are no words."""
    plain = PLACEHOLDER.sub(lambda match: HIDDEN * len(match.group()), text) if "[" in text else text
    return Passage(plain, fold_text(plain))


def _hidden(text: str, taken: list[Span]) -> str:
    parts, position = [], 0
    for start, end, _ in taken:
        parts += [text[position:start], HIDDEN * (end - start)]
        position = end
    return "".join([*parts, text[position:]])
