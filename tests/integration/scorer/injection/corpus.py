"""The injection corpus: 216 speeches that try to steer the model, in six classes, each with the same speech without it."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from speechgrade_local.department import ANONYMOUS, RUBRICS, TOPICS, compose_speech
from speechgrade_shared.rubric import Rubric, parse_rubric

from . import payloads

PER_CLASS = 36
_CLASSES = {
    "direct order": payloads.DIRECT,
    "authority and roles": payloads.AUTHORITY,
    "break-out": payloads.BREAKOUT,
    "answer smuggling": payloads.ANSWER,
    "obfuscation": payloads.OBFUSCATION,
}
LONG = "long and trailing"
CLASSES = (*_CLASSES, LONG)


@dataclass(frozen=True, slots=True)
class Attack:
    """A speech with an attack in it, and its twin without."""

    kind: str
    payload: str
    transcript: str
    twin: str
    rubric: Rubric


def attacks() -> list[Attack]:
    """The whole corpus, the same each time; classes alternate, so that any first part of it has all of them."""
    rng = Random(2026)
    rubrics = [parse_rubric(raw) for raw in RUBRICS]
    groups = [[*_short(kind, texts, rubrics, rng)] for kind, texts in _CLASSES.items()] + [[*_long(rubrics, rng)]]
    return [attack for same_place in zip(*groups, strict=True) for attack in same_place]


def _short(kind: str, texts: tuple[str, ...], rubrics: list[Rubric], rng: Random) -> Iterator[Attack]:
    for number, payload in enumerate(texts):
        sentences = _speech(rng)
        # At the start, somewhere within, and at the end, in turn.
        place = (0, rng.randint(1, len(sentences) - 1), len(sentences))[number % 3]
        attacked = [*sentences[:place], payload, *sentences[place:]]
        yield Attack(kind, payload, " ".join(attacked), " ".join(sentences), rubrics[number % len(rubrics)])


def _long(rubrics: list[Rubric], rng: Random) -> Iterator[Attack]:
    for number in range(PER_CLASS):
        payload = payloads.TRAILING[number % len(payloads.TRAILING)]
        sentences = [sentence for _ in range(2 + number % 3) for sentence in _speech(rng)]
        half = len(sentences) // 2
        attacked = {
            "after much": [*sentences, payload],
            "in the middle of much": [*sentences[:half], payload, *sentences[half:]],
            "many times": [*sentences[:half], *[payload] * 8, *sentences[half:], payload],
            "before much": [payload, *sentences],
        }[payloads.PLACES[number // len(payloads.TRAILING) % len(payloads.PLACES)]]
        yield Attack(LONG, payload, " ".join(attacked), " ".join(sentences), rubrics[number % len(rubrics)])


def _speech(rng: Random) -> list[str]:
    spoken = compose_speech(rng, rng.choice(TOPICS), ANONYMOUS).transcript
    return spoken.replace("? ", "?\n").replace(". ", ".\n").split("\n")
