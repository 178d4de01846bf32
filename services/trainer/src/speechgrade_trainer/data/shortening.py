"""Taking words from the middle of a transcript: a speech is judged most by how it opens and how it closes. Pure."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

FEWEST_WORDS = 50
"""What is less than this of a longer speech says too little to be scored."""
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Words:
    """A transcript and where its words are, as pairs of the first character and the one after the last."""

    text: str
    places: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        return cls(text, tuple(match.span() for match in _WORD.finditer(text)))

    def __len__(self) -> int:
        return len(self.places)

    def keeping(self, words: int) -> str:
        """The transcript with that many of its words, as it was written up to the gap and after it."""
        if words >= len(self):
            return self.text
        before, after = _halves(words)
        head = self.text[: self.places[before - 1][1]] if before else ""
        tail = self.text[self.places[len(self) - after][0] :] if after else ""
        return " ".join(filter(None, (head, marker(len(self) - words), tail)))


def marker(words: int) -> str:
    """What stands where words were taken out."""
    return f"[… {words} words left out …]"


def most_words(costs: Sequence[int], budget: int) -> int:
    """How many words can be kept when each has its cost and the middle goes first; never all of them."""
    before, after = list(accumulate(costs)), list(accumulate(reversed(costs)))

    def cost(words: int) -> int:
        first, last = _halves(words)
        return (before[first - 1] if first else 0) + (after[last - 1] if last else 0)

    return max(bisect_right(range(len(costs)), budget, key=cost) - 1, 0)


def _halves(words: int) -> tuple[int, int]:
    return (words + 1) // 2, words // 2
