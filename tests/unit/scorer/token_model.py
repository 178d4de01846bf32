"""A toy language model over a handful of tokens: small enough that every path through it can be walked."""

import math
import random
from collections.abc import Mapping, Sequence
from functools import cached_property

from speechgrade_scorer.engines.provider import Token
from speechgrade_shared.rubric import Criterion
from speechgrade_shared.sections import whole

BY_CHARACTER = tuple("0123456789.}")
"""Every text has one path."""
BY_CHUNK = (*BY_CHARACTER, ".5", ".25", ".75", "10", "1.5", "5}", "0}", "}}", "4.")
"""Most texts have several."""


class TokenModel:
    """Writes one number of a criterion's grid and two braces after ``before``, each next token with its own chance."""

    def __init__(self, criterion: Criterion, vocabulary: Sequence[str], seed: int, peak: float = 1.0) -> None:
        self._ends = [f"{whole(value)}}}}}" for value in criterion.grid()]
        self._values = criterion.grid()
        self._vocabulary, self._seed, self._peak = vocabulary, seed, peak

    def chances(self, written: str) -> dict[str, float]:
        """The distribution of the next token after the grammar's mask."""
        allowed = [token for token in self._vocabulary if any(end.startswith(written + token) for end in self._ends)]
        weights = {token: self._weight(written, token) for token in allowed}
        total = sum(weights.values())
        return {token: weight / total for token, weight in weights.items()}

    @cached_property
    def truth(self) -> Mapping[float, float]:
        """The exact probability of each value: every path is walked."""
        found = dict.fromkeys(self._values, 0.0)
        open_paths = [("", 1.0)]
        while open_paths:
            written, probability = open_paths.pop()
            if written in self._ends:
                found[self._values[self._ends.index(written)]] += probability
                continue
            open_paths += [(written + token, probability * chance) for token, chance in self.chances(written).items()]
        return found

    def written(self, seed: int) -> list[Token]:
        """One draw, as an engine would tell of it."""
        chance, tokens, text = random.Random(seed), [], ""
        while text not in self._ends:
            chances = self.chances(text)
            token = chance.choices(list(chances), list(chances.values()))[0]
            alternatives = tuple((other, math.log(share)) for other, share in chances.items())
            tokens.append(Token(token, math.log(chances[token]), alternatives))
            text += token
        return tokens

    def _weight(self, written: str, token: str) -> float:
        return math.exp(self._peak * random.Random(f"{self._seed} {written} {token}").gauss(0, 1))
