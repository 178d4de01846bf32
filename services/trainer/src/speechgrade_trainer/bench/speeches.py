"""Speeches for the bench: drawn numbers in place of words, with lengths as real ones have them.

What is asked begins alike everywhere (a rubric and its instructions), a transcript's length is log-normal around what
four to six minutes of speaking make, and the answer is a JSON of about 300 tokens. A speech that would be longer than
``max_length`` is drawn anew, as the trainer never cuts one. The words do not matter to speed: their ids are drawn.
"""

import random
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from speechgrade_trainer.data.tokens import IGNORED, Encoded

RUBRIC_SHARE, TRANSCRIPT_SHARE, ANSWER_SHARE = 0.15, 0.40, 0.10
"""Of ``max_length``: the rubric, the median transcript, and the mean answer."""
SPREAD = 0.45
"""Of the logarithm of a transcript's length."""


def draw_speeches(count: int, max_length: int, vocabulary: int, seed: int = 17) -> list[Encoded]:
    """So many speeches of at most ``max_length`` tokens; the same ones for the same numbers."""
    rng = random.Random(f"{seed}/{max_length}/{vocabulary}")
    return [_speech(rng, max_length, vocabulary) for _ in range(count)]


def drawn_tokenizer(vocabulary: int) -> PreTrainedTokenizerFast:
    """One invented word per id: TRL asks for a tokenizer, and takes its padding from it."""
    special = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    words = {name: number for number, name in enumerate(special.values())}
    words |= {f"word{number}": number for number in range(len(special), vocabulary)}
    model = Tokenizer(WordLevel(words, unk_token=special["unk_token"]))
    options: dict[str, Any] = special | {"tokenizer_object": model, "pad_token": special["unk_token"]}
    return PreTrainedTokenizerFast(**options)  # type: ignore[no-untyped-call]


def _speech(rng: random.Random, max_length: int, vocabulary: int) -> Encoded:
    length = answer = max_length + 1
    while length > max_length:
        transcript = round(rng.lognormvariate(0, SPREAD) * TRANSCRIPT_SHARE * max_length)
        answer = max(2, round(rng.uniform(0.7, 1.3) * ANSWER_SHARE * max_length))
        length = round(RUBRIC_SHARE * max_length) + transcript + answer
    ids = (1, *(rng.randrange(3, vocabulary) for _ in range(length - 2)), 2)
    return Encoded(ids, (IGNORED,) * (length - answer) + ids[length - answer :])
