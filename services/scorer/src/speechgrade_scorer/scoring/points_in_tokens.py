"""Where an answer's points stand in its tokens, and how a model's probability lay over the grid at that place.

The model chose one path of tokens; the engine tells at each step what else it could have written and how likely. A
number of one token is therefore known exactly. One of several ("4.5" is "4", ".", "5") is known exactly along the path
that was taken. Off the path only the beginning is known, and what could follow shares its probability:

- a beginning of neighbours on the grid ("3" of 3 and 3.5) gives each the same;
- one of numbers that lie apart ("1" of 1, 1.5 and 10) is shared among the groups of neighbours by the probability that
  lies within a point of each group; where there is none, it counts as unknown.
"""

import json
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter

from speechgrade_shared.rubric import Criterion
from speechgrade_shared.sections import whole

from speechgrade_scorer.engines.provider import Token

Path = tuple[str, ...]
"""The names of the objects around a number, from the outermost."""

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"[-+.0-9eE]*")
_SLACK = 1e-3


@dataclass(frozen=True, slots=True)
class Placed:
    """A token and where in the answer's text it begins."""

    start: int
    token: Token

    @property
    def end(self) -> int:
        return self.start + len(self.token.text)


def number_places(text: str) -> dict[Path, tuple[int, int]]:
    """Where each number of a JSON object of objects begins and ends.

    Raises:
        ValueError, IndexError, RecursionError: it is none.
    """
    found: dict[Path, tuple[int, int]] = {}
    _walk(text, _past_blank(text, 0), (), found)
    return found


def placed_tokens(text: str, tokens: Sequence[Token]) -> tuple[Placed, ...]:
    """The tokens with their places; empty where together they do not spell the text.

    What follows the text, such as the mark of its end, is left out.
    """
    starts = accumulate((len(token.text) for token in tokens), initial=0)
    placed = tuple(
        Placed(start, token) for start, token in zip(starts, tokens, strict=False) if start < len(text) and token.text
    )
    return placed if "".join(part.token.text for part in placed) == text else ()


def probabilities(criterion: Criterion, span: tuple[int, int], placed: Sequence[Placed]) -> tuple[float, ...]:
    """The probability of each value of the criterion's grid at ``span``, given all that was written before it.

    They sum to what is known of the distribution, at most 1; empty where the engine's figures are no probabilities.
    """
    branches = _branches(span, placed)
    if branches is None:
        return ()
    grid = _readings(criterion)
    known = [0.0] * len(grid.values)
    apart: list[tuple[list[range], float]] = []
    for text, probability in sorted(branches.items()):
        groups = grid.groups(text)
        if len(groups) == 1:
            _share(known, groups[0], probability)
        elif groups:
            apart.append((groups, probability))
    return _with_the_rest(grid.values, known, apart)


@dataclass(frozen=True, slots=True)
class _Readings:
    """A grid with its values as an answer writes them, findable by how they begin."""

    values: tuple[float, ...]
    written: tuple[tuple[str, int], ...]
    """Each value as written and its place on the grid, in the order of the writing."""

    def groups(self, text: str) -> list[range]:
        """The runs of neighbours on the grid that a number beginning with ``text`` could become."""
        number = _NUMBER.match(text).group()  # type: ignore[union-attr]
        if not number:
            return []
        is_whole = len(number) < len(text)
        places = []
        for written, place in self.written[bisect_left(self.written, (number, -1)) :]:
            if not written.startswith(number) or (is_whole and written != number):
                break
            places.append(place)
        return _runs(sorted(places))


@lru_cache(maxsize=512)
def _readings(criterion: Criterion) -> _Readings:
    grid = criterion.grid()
    return _Readings(grid, tuple(sorted((str(whole(value)), place) for place, value in enumerate(grid))))


def _branches(span: tuple[int, int], placed: Sequence[Placed]) -> dict[str, float] | None:
    """What the number at ``span`` could have begun with, as far as tokens tell, and how likely each is."""
    start, end = span
    found: dict[str, float] = {}
    taken, weight = "", 1.0
    # The token after the number as well: it says whether the number could have gone on.
    first = bisect_right(placed, start, key=attrgetter("end"))
    for part in placed[first : bisect_right(placed, end, key=attrgetter("start"))]:
        head = part.token.text[: max(0, start - part.start)]
        chances = _chances(part.token)
        if sum(chances.values()) > 1 + _SLACK:
            return None
        stays = chances.pop(part.token.text)
        for text, chance in chances.items():
            if text.startswith(head):
                branch = taken + text[len(head) :]
                found[branch] = found.get(branch, 0.0) + weight * chance
        weight *= stays
        taken += part.token.text[len(head) :]
    found[taken] = found.get(taken, 0.0) + weight
    return found


def _chances(token: Token) -> dict[str, float]:
    chances = {token.text: 0.0}
    for text, logprob in token.alternatives or ((token.text, token.logprob),):
        chances[text] = chances.get(text, 0.0) + math.exp(min(logprob, 0.0))
    return chances


def _with_the_rest(
    grid: Sequence[float], known: Sequence[float], apart: Sequence[tuple[list[range], float]]
) -> tuple[float, ...]:
    shares = list(known)
    for groups, probability in apart:
        weights = [_beside(grid, known, group) for group in groups]
        for group, weight in zip(groups, weights, strict=True):
            if weight:
                _share(shares, group, probability * weight / sum(weights))
    total = sum(shares)
    return tuple(share / total for share in shares) if total > 1 else tuple(shares)


def _beside(grid: Sequence[float], known: Sequence[float], group: range) -> float:
    """The probability within a point below and within a point above a group: the mean of the sides that there are."""
    below = slice(bisect_left(grid, grid[group.start] - 1), group.start)
    above = slice(group.stop, bisect_right(grid, grid[group.stop - 1] + 1))
    sides = [sum(known[side]) for side in (below, above) if side.start < side.stop]
    return sum(sides) / len(sides) if sides else 0.0


def _share(shares: list[float], group: range, probability: float) -> None:
    for place in group:
        shares[place] += probability / len(group)


def _runs(places: Sequence[int]) -> list[range]:
    runs: list[range] = []
    for place in places:
        if runs and runs[-1].stop == place:
            runs[-1] = range(runs[-1].start, place + 1)
        else:
            runs.append(range(place, place + 1))
    return runs


def _walk(text: str, at: int, path: Path, found: dict[Path, tuple[int, int]]) -> int:
    if text[at] != "{":
        value, end = _DECODER.raw_decode(text, at)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[path] = (at, end)
        return end
    at = _past_blank(text, at + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        # Past the colon.
        at = _walk(text, _past_blank(text, _past_blank(text, at) + 1), (*path, name), found)
        at = _past_blank(text, at)
        if text[at] == ",":
            at = _past_blank(text, at + 1)
    return at + 1


def _past_blank(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]
