"""People's names as a spaCy model sees them: an optional second source beside the roster. Nothing is downloaded."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from speechgrade_shared.errors import NameModelMissing
from speechgrade_shared.identifiers.light_imports import light_imports

if TYPE_CHECKING:
    from spacy.language import Language

_PERSON = frozenset(("PERSON", "PER"))
_NOT_NEEDED = ("parser", "attribute_ruler", "lemmatizer")


class SpacyNames:
    """Finds the entities that a loaded pipeline labels as persons."""

    def __init__(self, pipeline: "Language") -> None:
        self._pipeline = pipeline

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """The places of people's names, from left to right. A text longer than the pipeline takes is read in parts."""
        longest = self._pipeline.max_length
        for offset in range(0, len(text), longest):
            document = self._pipeline(text[offset : offset + longest])
            yield from (
                (offset + entity.start_char, offset + entity.end_char)
                for entity in document.ents
                if entity.label_ in _PERSON
            )


def name_finder(model: str) -> SpacyNames | None:
    """The finder of the setting ``name_model``; None where none is wished for.

    Raises:
        NameModelMissing: as ``load_name_finder``.
    """
    return load_name_finder(model) if model else None


@cache
def load_name_finder(model: str) -> SpacyNames:
    """Load an installed spaCy model by its package name, or from a folder; once per process.

    Raises:
        NameModelMissing: it is neither installed nor a folder with a model in it.
    """
    try:
        with light_imports():
            import spacy
        return SpacyNames(spacy.load(model, exclude=_NOT_NEEDED))
    except (OSError, ValueError, ImportError) as error:
        raise NameModelMissing(f'The name model "{model}" is not installed; nothing is downloaded.') from error
