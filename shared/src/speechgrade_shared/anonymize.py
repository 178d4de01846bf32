"""The one anonymizer, for export and for scoring alike: what identifies somebody becomes a placeholder.

First the identifiers of a form of their own, written or spoken, then what the course knows (institution, course, ids),
then the names of its people. Matching ignores case and diacritics. A name that is also a common word ("Will", "May") is
taken as a name only where the context says so, or the model would learn from mutilated sentences.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from speechgrade_shared.identifiers.birth_dates import birth_date_spans
from speechgrade_shared.identifiers.cast import Cast
from speechgrade_shared.identifiers.folding import fold_text, visible_text
from speechgrade_shared.identifiers.known_phrases import known_numbers, known_phrases
from speechgrade_shared.identifiers.name_mentions import name_spans, unspaced_spans
from speechgrade_shared.identifiers.passage import HIDDEN, Passage, Span, read_passage
from speechgrade_shared.identifiers.placeholders import PERSON_NAME, Numbering
from speechgrade_shared.identifiers.spelled_names import spelled_spans
from speechgrade_shared.identifiers.spoken_addresses import spoken_address_spans
from speechgrade_shared.identifiers.spoken_numbers import spoken_number_spans
from speechgrade_shared.identifiers.street_addresses import street_address_spans
from speechgrade_shared.identifiers.written_identifiers import written_spans
from speechgrade_shared.roster import Person, Roster

ANONYMIZER_VERSION = "a2-03962c2a7649"
"""Names this anonymizer in examples, manifests and scores: what it makes of one fixed text, as a test holds it to."""


def anonymizer_version(name_model: str = "") -> str:
    """The version under which texts are kept that were also looked through by a model for names."""
    return f"{ANONYMIZER_VERSION}+{PurePath(name_model).name}" if name_model else ANONYMIZER_VERSION


class NameFinder(Protocol):
    """A second source of people's names, such as a language model; ``find`` gives their places in a text."""

    def find(self, text: str) -> Iterable[tuple[int, int]]: ...


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its identifiers, and how many of each kind were taken out."""

    text: str
    counts: tuple[tuple[str, int], ...]


class Anonymizer:
    """Redacts the texts of one evaluation: whoever is named in several of them has one placeholder in all of them.

    Cheap to make for a course whose people were seen before.
    """

    def __init__(self, roster: Roster, finder: NameFinder | None = None) -> None:
        self._numbering = Numbering()
        self._cast = Cast(roster, self._numbering)
        self._finder = finder
        members = self._cast.members
        phrases = known_phrases(members, roster.courses, roster.institutions)
        numbers = known_numbers(members)
        self._by_form: tuple[Callable[[Passage], list[Span]], ...] = (
            spoken_address_spans,
            written_spans,
            lambda passage: spoken_number_spans(passage, numbers),
            phrases.spans,
            street_address_spans,
            lambda passage: spelled_spans(passage, self._cast),
            lambda passage: unspaced_spans(passage, self._cast),
        )

    def redact(self, text: str) -> Redaction:
        """Replace every identifier. Redacting the result again changes nothing."""
        text = visible_text(text)
        passage = read_passage(text)
        spans: list[Span] = []
        for find in self._by_form:
            # What was taken may have stood in the way of something else of that form.
            while found := find(passage):
                spans += found
                passage = passage.without(found)
        for find in (lambda passage: name_spans(passage, self._cast), birth_date_spans, self._found_by_model):
            found = find(passage)
            spans += found
            passage = passage.without(found)
        counts = Counter(placeholder for *_, placeholder in spans)
        return Redaction(_replaced(text, spans), tuple(sorted(counts.items())))

    def _found_by_model(self, passage: Passage) -> list[Span]:
        spans = []
        for start, end in self._finder.find(passage.text.replace(HIDDEN, " ")) if self._finder else ():
            if start < end and passage.free(start, end):
                name = fold_text(passage.text[start:end])
                spans.append((start, end, self._numbering.of(PERSON_NAME, name)))
        return spans


def load_recognizers() -> None:
    """Load what the first text with a number, an address or a rare word would load otherwise, in a second or two."""
    somebody = Person("peer", "Aurelia", "Quillfeather", "aurelia@school.example")
    Anonymizer(Roster((somebody,))).redact("Ring 555-010-7788, write to me@school.example, or ask Aurellia.")


def _replaced(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    position = 0
    for start, end, placeholder in sorted(spans):
        parts += [text[position:start], placeholder]
        position = end
    return "".join([*parts, text[position:]])
