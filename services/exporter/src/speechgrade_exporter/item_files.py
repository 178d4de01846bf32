"""Files of items: one JSON array, or one JSON value per line; lines are read one at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that is no JSON."""


def read_items(stream: BinaryIO) -> Iterator[tuple[int, object]]:
    """Each item with its number: of its line, or of its place in the array, both from 1.

    What cannot be read is a ``Malformed`` under the number of its line, and stops no line after it.
    """
    lines = enumerate(stream, start=1)
    for number, line in lines:
        text = line.removeprefix(b"\xef\xbb\xbf")
        if text.lstrip().startswith(b"["):
            yield from _array(text, number, (rest for _, rest in lines))
        elif text.strip():
            yield from _line(text, number)
            yield from chain.from_iterable(_line(rest, place) for place, rest in lines if rest.strip())


def _line(line: bytes, number: int) -> Iterator[tuple[int, object]]:
    try:
        yield number, json.loads(line)
    except (ValueError, RecursionError):
        yield number, Malformed()


def _array(first: bytes, number: int, rest: Iterator[bytes]) -> Iterator[tuple[int, object]]:
    # A single array needs its end before anything in it is certain, and the app writes at most 10,000 items into one.
    try:
        items = json.loads(b"".join(chain([first], rest)))
    except json.JSONDecodeError as error:
        yield number + error.lineno - 1, Malformed()
    except (ValueError, RecursionError):
        yield number, Malformed()
    else:
        yield from enumerate(items, start=1)
