"""Student speeches with countable behaviours: what is graded can be heard, counted and named.

A speech is drawn from a ``random.Random``; the same state gives the same speech. The claims that fill it contain no
graded behaviour, so the evidence returned with the transcript is all that there is to hear.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from speechgrade_local.department.speaker import Speaker
from speechgrade_local.department.topics import Topic
from speechgrade_local.department.wording import (
    CHECKLIST,
    CLOSINGS,
    FILLERS,
    QUESTIONS,
    SIGNPOSTS,
    SOURCES,
    courtesies,
    greetings,
)

_LENGTH = 11
"""Sentences of a body and closing, as far as a topic's claims allow."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A transcript and the evidence in it: behaviour → what was heard of it, in the order of the checklist."""

    topic: str
    transcript: str
    evidence: Mapping[str, tuple[str, ...]]

    def count(self, behaviour: str) -> int:
        """How often the behaviour occurs in the transcript."""
        return len(self.evidence[behaviour])


@dataclass(slots=True)
class _Sentence:
    text: str
    heard: list[tuple[str, str]] = field(default_factory=list)

    def open_with(self, behaviour: str, evidence: str, words: str) -> None:
        """Put words in front of the sentence and note what a listener hears in them."""
        self.text = f"{words}, {self.text}"
        self.heard.insert(0, (behaviour, evidence))

    def spoken(self) -> str:
        mark = "" if self.text[-1] in "?." else "."
        return self.text[0].upper() + self.text[1:] + mark


def compose_speech(rng: Random, topic: Topic, speaker: Speaker) -> Speech:
    """Draw one speech: an introduction, a body of claims, examples and questions, and perhaps a closing."""
    return _heard(topic, _sentences(rng, topic, speaker))


def compose_excerpt(rng: Random, topic: Topic, speaker: Speaker, sentences: int) -> Speech:
    """Draw a speech of which only some sentences are kept, in their order."""
    return _heard(topic, _some(rng, _sentences(rng, topic, speaker), sentences))


def _sentences(rng: Random, topic: Topic, speaker: Speaker) -> list[_Sentence]:
    asides, closing = _asides(rng, topic), _closing(rng, topic)
    body = _interleaved(rng, _claims(rng, topic, _LENGTH - len(asides) - len(closing)), asides)
    sentences = [*_introduction(rng, topic, speaker), *body, *closing]
    fillers = rng.sample(FILLERS, rng.randint(0, len(FILLERS)))
    for sentence, filler in zip(_some(rng, sentences, len(fillers)), fillers, strict=True):
        sentence.text = filler + sentence.text
    return sentences


def _heard(topic: Topic, sentences: list[_Sentence]) -> Speech:
    heard = {item for sentence in sentences for item in sentence.heard}
    evidence = {name: tuple(item for item in items if (name, item) in heard) for name, items in CHECKLIST.items()}
    return Speech(topic.title, " ".join(sentence.spoken() for sentence in sentences), evidence)


def _introduction(rng: Random, topic: Topic, speaker: Speaker) -> Iterator[_Sentence]:
    if rng.random() < 0.7:
        yield _Sentence(rng.choice(greetings(speaker)))
    yield _Sentence(rng.choice(("today I talk about {}", "my topic is {}", "I speak about {}")).format(topic.subject))
    if rng.random() < 0.35:
        yield _Sentence(rng.choice(courtesies(speaker)))


def _claims(rng: Random, topic: Topic, wanted: int) -> list[_Sentence]:
    count = min(max(wanted, len(SIGNPOSTS)), len(topic.claims))
    claims = [_Sentence(claim) for claim in rng.sample(topic.claims, count)]
    for sentence, source in zip(claims, _drawn(rng, "Sources"), strict=False):
        sentence.open_with("Sources", source, f"according to the {rng.choice(SOURCES[source])}")
    rng.shuffle(claims)
    signposts = _drawn(rng, "Signposts")
    for position, signpost in zip(sorted(rng.sample(range(count), len(signposts))), signposts, strict=True):
        claims[position].open_with("Signposts", signpost, SIGNPOSTS[signpost])
    return claims


def _asides(rng: Random, topic: Topic) -> list[_Sentence]:
    measured = {unit: text for text, unit in topic.examples}
    asides = []
    for unit in _drawn(rng, "Examples"):
        example = measured[unit].format(f"{rng.randint(11, 95)} {unit}")
        asides.append(_Sentence(f"for example, {example}", [("Examples", unit)]))
    for word in _drawn(rng, "Questions"):
        question = rng.choice(QUESTIONS[word]).format(topic.subject)
        asides.append(_Sentence(f"{question}?", [("Questions", word)]))
    rng.shuffle(asides)
    return asides


def _closing(rng: Random, topic: Topic) -> list[_Sentence]:
    return [
        _Sentence(rng.choice(CLOSINGS[word]).format(topic.subject), [("Closing", word)])
        for word in _drawn(rng, "Closing")
    ]


def _drawn(rng: Random, behaviour: str) -> list[str]:
    """Any number of a behaviour's words, each number as likely as another, in the checklist's order."""
    words = CHECKLIST[behaviour]
    chosen = rng.sample(range(len(words)), rng.randint(0, len(words)))
    return [words[index] for index in sorted(chosen)]


def _some(rng: Random, sentences: list[_Sentence], count: int) -> list[_Sentence]:
    chosen = sorted(rng.sample(range(len(sentences)), min(count, len(sentences))))
    return [sentences[index] for index in chosen]


def _interleaved(rng: Random, claims: list[_Sentence], asides: list[_Sentence]) -> list[_Sentence]:
    # The claims keep their order, so that "to begin" comes before "and finally".
    body = list(claims)
    for aside in asides:
        body.insert(rng.randint(1, len(body)), aside)
    return body
