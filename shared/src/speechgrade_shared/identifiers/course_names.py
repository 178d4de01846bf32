"""The names of a course's people as one index of words, made once and kept for all speeches of the course."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from speechgrade_shared.identifiers.folding import fold_text
from speechgrade_shared.identifiers.name_forms import name_forms, unspaced
from speechgrade_shared.identifiers.near_names import comparable, nearest, sound_of, spelling_of
from speechgrade_shared.identifiers.ordinary_words import common_word, ordinary_word

_REMEMBERED = 50_000
_SHORTEST_HEARD_APART = 5


class Member(NamedTuple):
    """Someone of a course, whoever the speaker is."""

    instructor: bool
    first: str
    last: str
    email: str
    sis_id: str


class NameWord(NamedTuple):
    """A word that names a member. ``part`` is first or last; a ``common`` one is an everyday word too."""

    member: int
    part: str
    common: bool


NameWords = tuple[NameWord, ...]


class CourseNames:
    """Finds out what a word names. Remembers its answers, misspellings included."""

    def __init__(self, members: tuple[Member, ...]) -> None:
        self.forms = [
            {"first": name_forms(member.first, given=True), "last": name_forms(member.last, given=False)}
            for member in members
        ]
        self.letters = [frozenset(word[0] for form in forms.values() for word in form.exact) for forms in self.forms]
        """With which letters each member's names begin."""
        self._exact = _indexed(self._words("exact"))
        self._looser = _indexed(self._words("looser"))
        self._lettered = _indexed(self._words("lettered"))
        self._spellings = {
            spelling_of(word): named for word, named in (self._looser | self._exact).items() if comparable(word)
        }
        self._by_beginning: dict[str, list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        for name in filter(comparable, self._exact):
            self._by_beginning.setdefault(name[0], []).append(name)
            self._by_sound.setdefault(sound_of(name).sound, []).append(name)
        self._nobody: set[str] = set()
        self._answers = _Answers(self)
        self.named = self._answers.__getitem__
        self.apart = self._heard_apart()
        self.unspaced = dict(self._unspaced(members))

    def decide(self, word: str) -> NameWords:
        """What a folded word names: as it stands on the roster, as a short form, with an s, or misspelt."""
        found = self._exact.get(word) or self._looser.get(word) or self._lettered.get(word)
        if found or not word.isalpha() or ordinary_word(word):
            return found or ()
        if word.endswith("s") and (owner := self._exact.get(word[:-1])):
            return _sure(owner)
        if comparable(word) and (spelt := self._spellings.get(spelling_of(word))):
            return _sure(spelt)
        meant = nearest(word, self._alike(word))
        return _sure(self._exact[meant]) if meant else ()

    def spelled(self, word: str) -> NameWords:
        """Whom a word names that stands on the roster just so."""
        return self._exact.get(word, ())

    def heard_apart(self, head: str, tail: str) -> NameWords:
        """Whom two words name that a recognizer wrote for one name it did not know, one of them at least no word."""
        joined = head + tail
        if len(joined) < _SHORTEST_HEARD_APART or not comparable(joined) or ordinary_word(joined):
            return ()
        return self.named(joined)

    def among(self, words: frozenset[str]) -> dict[str, NameWords]:
        """Whom each of these words names, for those that name somebody."""
        # Nearly every word of a speech was seen before and names nobody: those go in one step.
        unseen = words - self._nobody
        found = {word: names for word in unseen if (names := self.named(word))}
        if max(len(self._answers), len(self._nobody)) > _REMEMBERED:
            # The memory of a long-lived process is bounded.
            self._answers.clear()
            self._nobody.clear()
        self._nobody |= unseen - found.keys()
        return found

    def _alike(self, word: str) -> set[str]:
        """The names that can be meant by a word: those that begin alike, and those that sound alike."""
        if not comparable(word):
            return set()
        return {*self._by_beginning.get(word[0], ()), *self._by_sound.get(sound_of(word).sound, ())}

    def _words(self, kind: str) -> Iterator[tuple[str, NameWord]]:
        for member, parts in enumerate(self.forms):
            for part, forms in parts.items():
                for word in getattr(forms, kind):
                    yield word, NameWord(member, part, kind == "lettered" or common_word(word))

    def _heard_apart(self) -> dict[str, dict[str, NameWords]]:
        """Names that a recognizer may write as two words: first half, second half, and whom they name."""
        halves: dict[str, dict[str, NameWords]] = {}
        for word, named in (self._looser | self._exact).items():
            for cut in range(2, len(word) - 1) if len(word) >= _SHORTEST_HEARD_APART else ():
                head, tail = word[:cut], word[cut:]
                if not (ordinary_word(head) and ordinary_word(tail)):
                    halves.setdefault(head, {})[tail] = _sure(named)
        return halves

    def _unspaced(self, members: Iterable[Member]) -> Iterator[tuple[str, NameWords]]:
        for index, member in enumerate(members):
            first, last = fold_text(member.first).replace(" ", ""), fold_text(member.last).replace(" ", "")
            for name, part in ((last + first, "first"), (first + last, "first"), (first, "first"), (last, "last")):
                if len(name) > 1 and unspaced(name):
                    yield name, (NameWord(index, part, common=False),)


@lru_cache(maxsize=512)
def course_names(members: tuple[Member, ...]) -> CourseNames:
    """The index of a course, kept while its people stay the same."""
    return CourseNames(members)


class _Answers(dict[str, NameWords]):
    def __init__(self, names: CourseNames) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, word: str) -> NameWords:
        answer = self[word] = self._names.decide(word)
        return answer


def _indexed(words: Iterable[tuple[str, NameWord]]) -> dict[str, NameWords]:
    index: dict[str, NameWords] = {}
    for word, named in words:
        index[word] = (*index.get(word, ()), named)
    return index


def _sure(named: NameWords) -> NameWords:
    return tuple(word._replace(common=False) for word in named)
