"""What is wrong or odd with the examples of a dataset, found by looking at them together. Pure.

A problem forbids the training. A warning does not: it says what the numbers of the report rest on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.subject import Split

from speechgrade_trainer.data.dataset import Example, TrainingData
from speechgrade_trainer.data.score_spread import ScoreSpread

_FEWEST_TO_LEARN_FROM = 2
_FEW_PEOPLE = 10
_WORDS_OF_A_SPEECH = 20
"""Two transcripts of fewer words may be equal by chance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem or a warning, with a stable code. Its text names no person and quotes no speech."""

    code: str
    text: str
    severity: Literal["problem", "warning"] = "problem"

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "text": self.text}


def empty_splits(data: TrainingData) -> list[Finding]:
    """Training needs examples, choosing the best weights needs others, and measuring needs yet others."""
    empty = [split.value for split in Split if not data.splits[split]]
    return [Finding("split_empty", f"These splits have no examples: {', '.join(empty)}.")] if empty else []


def too_few(data: TrainingData) -> list[Finding]:
    """One example is no training, and the speeches of a few people say little about anybody else's."""
    found = []
    count = len(data.splits[Split.TRAIN])
    if 0 < count < _FEWEST_TO_LEARN_FROM:
        found.append(Finding("too_few_examples", "There is one example to learn from. One is not enough."))
    few = {split: count for split, count in data.subjects().items() if 0 < count < _FEW_PEOPLE}
    if few:
        counted = ", ".join(f"{split} {count}" for split, count in few.items())
        found.append(Finding("few_people", f"Few people have spoken: {counted}.", "warning"))
    return found


def leaks(data: TrainingData) -> list[Finding]:
    """A person in two splits would make the numbers of the test worthless."""
    people = {split: {example.subject for example in data.splits[split]} for split in Split}
    shared = {subject for one, other in combinations(Split, 2) for subject in people[one] & people[other]}
    return [Finding("split_leakage", f"{len(shared)} people are in more than one split.")] if shared else []


def duplicates(data: TrainingData) -> list[Finding]:
    """The same speech with the same scores counts twice: in the loss, or in the numbers of the test."""
    repeated = {}
    for split in Split:
        seen = {tuple(turn["content"] for turn in example.messages) for example in data.splits[split]}
        repeated[split.value] = len(data.splits[split]) - len(seen)
    counted = ", ".join(f"{split} {count}" for split, count in repeated.items() if count)
    return [Finding("duplicate_examples", f"Some examples are there twice: {counted}.", "warning")] if counted else []


def constant_criteria(spreads: Mapping[str, ScoreSpread]) -> list[Finding]:
    """Where everybody has the same points there is nothing to learn."""
    constant = [place for place, spread in spreads.items() if spread.is_constant and spread.examples > 1]
    text = f"Everybody has the same points, so there is nothing to learn: {'; '.join(constant)}."
    return [Finding("criterion_constant", text, "warning")] if constant else []


def without_copies(data: TrainingData) -> tuple[TrainingData, list[Finding]]:
    """Leave out of training what validation or test hold word by word, and out of validation what the test holds.

    One person without an e-mail address or a student id has a pseudonym per enrolment, and may hand in the same speech
    in two courses. The test set is frozen, so it is the other copy that goes (cf. Lee et al. 2022 on deduplication).
    """
    measured: set[str] = set()
    splits: dict[Split, tuple[Example, ...]] = {}
    for split in (Split.TEST, Split.VALIDATION, Split.TRAIN):
        keys = {example.example: _speech_key(example) for example in data.splits[split]}
        splits[split] = tuple(one for one in data.splits[split] if keys[one.example] not in measured)
        measured |= set(filter(None, keys.values()))
    left_out = {split.value: len(data.splits[split]) - len(splits[split]) for split in Split}
    counted = ", ".join(f"{split} {count}" for split, count in left_out.items() if count)
    text = f"Speeches that another split measures with, word by word, are left out: {counted}."
    found = [Finding("copies_left_out", text, "warning")] if counted else []
    return replace(data, splits={split: splits[split] for split in Split}), found


def _speech_key(example: Example) -> str | None:
    words = example.transcript.casefold().split()
    return sha256_hex(" ".join(words).encode()) if len(words) >= _WORDS_OF_A_SPEECH else None


def codes(findings: Iterable[Finding]) -> Sequence[str]:
    """Their codes, each once, in order."""
    return tuple(dict.fromkeys(finding.code for finding in findings))
