"""Speeches of five minutes: what the department's speakers say about several topics, and much in between."""

from collections.abc import Iterator
from random import Random

from speechgrade_local.bench_exporter.vocabulary import draw_words
from speechgrade_local.department import TOPICS, Speaker, compose_speech
from speechgrade_local.department.wording import courtesies

LENGTH = 650
_SPREAD = 120
_TOPICS = 2
_PERSONAL = 0.04
_PATTERNS = tuple(
    (pattern, pattern.count("{}"), len(pattern.split()))
    for pattern in (
        "When we look at the {} of every {}, we see that it can {} the way we {}.",
        "My grandmother used to say that a {} without {} is only half a {}, and I think she was {}.",
        "Some people believe that {} and {} have nothing to do with {}, but the {} tells another story.",
        "In the {} of last year there was a {} that nobody had {} before.",
        "I want you to {} for a moment about the {} and the {} behind it.",
        "That is the reason for which so many {} decide to {} their {} instead of the {}.",
        "If we {} a little more {}, the {} of our {} will follow.",
        "The first time that I saw a {} like this, I was {} and did not know what {} meant.",
        "You may {} that this is {}, and in part you are right, because {} is never {}.",
    )
)


def compose_long_speech(rng: Random, speaker: Speaker) -> str:
    """A transcript of about 650 words, different for every state of the generator."""
    length = LENGTH + rng.randint(-_SPREAD, _SPREAD)
    spoken = [compose_speech(rng, topic, speaker).transcript for topic in rng.sample(TOPICS, _TOPICS)]
    between = list(_sentences(rng, speaker, length - sum(len(part.split()) for part in spoken)))
    middle = len(between) // 2
    return " ".join([spoken[0], *between[:middle], spoken[1], *between[middle:]])


def compose_remark(rng: Random, words: int) -> str:
    """What an instructor writes down, of about so many words."""
    return " ".join(_drawn(rng, words))


def _sentences(rng: Random, speaker: Speaker, words: int) -> Iterator[str]:
    asides = courtesies(speaker)
    for sentence in _drawn(rng, words):
        yield sentence
        if rng.random() < _PERSONAL:
            aside = rng.choice(asides)
            yield f"{aside[0].upper()}{aside[1:]}."


def _drawn(rng: Random, words: int) -> Iterator[str]:
    while words > 0:
        pattern, gaps, length = rng.choice(_PATTERNS)
        yield pattern.format(*draw_words(rng, gaps))
        words -= length
