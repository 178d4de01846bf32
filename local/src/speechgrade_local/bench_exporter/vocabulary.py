"""Several thousand English words with the frequencies of a language, taken from the tokenizer's own vocabulary."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from random import Random

from sentencepiece import SentencePieceProcessor

from speechgrade_local.errors import SetupMissing

WORDS = 5000
_WORD_START = "▁"
_SHORTEST = 4


def draw_words(rng: Random, count: int) -> list[str]:
    """Words as often as their rank in the language makes them, the next rarer each time."""
    words, weights = _vocabulary()
    return rng.choices(words, cum_weights=weights, k=count)


@cache
def _vocabulary() -> tuple[Sequence[str], Sequence[float]]:
    package = find_spec("mistral_common")
    if package is None or package.origin is None:
        raise SetupMissing("mistral-common is not installed in this environment.")
    model = SentencePieceProcessor(model_file=str(Path(package.origin).parent / "data" / "tokenizer.model.v1"))
    # Pieces are in the order in which they were merged, which is about that of their frequency.
    pieces = (model.id_to_piece(number) for number in range(model.vocab_size()))
    words = [piece[1:] for piece in pieces if piece.startswith(_WORD_START) and _is_word(piece[1:])][:WORDS]
    return words, list(accumulate(1 / (rank + 20) for rank in range(len(words))))


def _is_word(piece: str) -> bool:
    return len(piece) >= _SHORTEST and piece.isascii() and piece.isalpha() and piece.islower()
