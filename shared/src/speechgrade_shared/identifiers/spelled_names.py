"""Names that are spelled out letter by letter: "it's n g u y e n", "A-O-I-F-E"."""

from collections.abc import Iterator
from string import ascii_lowercase

from speechgrade_shared.identifiers.cast import Cast
from speechgrade_shared.identifiers.passage import Passage, Span

_FEWEST = 3


def spelled_spans(passage: Passage, cast: Cast) -> list[Span]:
    """Rows of three letters and more that are a name of the roster; a letter more at either end may be a word."""
    return [span for first, last in _rows(passage) if (span := _name(passage, first, last, cast)) is not None]


def _rows(passage: Passage) -> Iterator[tuple[int, int]]:
    letters = passage.places_of(ascii_lowercase)
    first = last = -1
    for place in letters:
        if place != last + 1 or not _closed_up(passage.gaps[place]):
            if last - first + 1 >= _FEWEST:
                yield first, last
            first = place
        last = place
    if last - first + 1 >= _FEWEST:
        yield first, last


def _closed_up(gap: str) -> bool:
    return len(gap) <= 2 and gap.strip() in ("", "-", ".", ",")


def _name(passage: Passage, first: int, last: int, cast: Cast) -> Span | None:
    for start, end in ((first, last), (first + 1, last), (first, last - 1), (first + 1, last - 1)):
        named = cast.names.spelled("".join(passage.words[start : end + 1])) if end - start + 1 >= _FEWEST else ()
        if named:
            return passage.start(start), passage.end(end), cast.placeholder(named[0].member, named[0].part)
    return None
