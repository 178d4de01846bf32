"""What anyone can count in a text, as points: what the tiny base learns to note before it sees any score. Pure."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore

_WORD = re.compile(r"[A-Za-z']+")
_SENTENCE = re.compile(r"[^.!?]+")
_RARE = 3
"""A word of at most so many of the texts is rare."""
_LOWEST, _HIGHEST = 1.0, 5.0


class Counted:
    """The facts of some texts, each ranked among all of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts_with = Counter(word for text in texts for word in set(_words(text)))
        columns = zip(*(self.facts(text) for text in texts), strict=True)
        self._ranked = [sorted(column) for column in columns]

    def facts(self, text: str) -> tuple[float, ...]:
        """Words, distinct words, letters per word, rare words, words per sentence, and sentences with a capital."""
        words = _words(text)
        sentences = [part.strip() for part in _SENTENCE.findall(text) if part.strip()]
        count = max(len(words), 1)
        return (
            len(words),
            len(set(words)),
            sum(map(len, words)) / count,
            sum(self._texts_with[word] <= _RARE for word in words) / count,
            len(words) / max(len(sentences), 1),
            sum(sentence[0].isupper() for sentence in sentences) / max(len(sentences), 1),
        )

    def note(self, text: str, rubric: Rubric) -> ScoredSpeech:
        """The form of an answer with a fact's rank in the place of each criterion's points, from 1 to 5.

        Which fact stands where says nothing: there are only as many places as the rubric has criteria.
        """
        values = self.facts(text)
        sections, place = [], 0
        for category in rubric.categories:
            points = []
            for criterion in category.criteria:
                column = self._ranked[place % len(values)]
                share = bisect_left(column, values[place % len(values)]) / len(column)
                points.append((criterion.name, criterion.nearest(_LOWEST + share * (_HIGHEST - _LOWEST))))
                place += 1
            sections.append(SectionScore(category.name, "", tuple(points)))
        return ScoredSpeech(tuple(sections), "")


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
