"""The examples of a verified dataset, parsed: what is asked, and what the instructor answered."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from speechgrade_shared.answer import parse_answer
from speechgrade_shared.dataset_pull import PulledDataset
from speechgrade_shared.digest import canonical_json, sha256_hex
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.prompt import FENCE, RENDERER_VERSION, render_messages
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech
from speechgrade_shared.subject import Split

from speechgrade_trainer.errors import DatasetUnfit

_ROLES = ("system", "user", "assistant")
_OPENED, _CLOSED = f"<{FENCE}>\n", f"\n</{FENCE}>"


@dataclass(frozen=True)
class Example:
    """One consented, anonymized speech with its human scores."""

    example: str
    subject: str
    rubric: Rubric
    messages: tuple[Mapping[str, str], ...]
    human: ScoredSpeech

    @property
    def prompt(self) -> tuple[Mapping[str, str], ...]:
        """The turns that ask."""
        return self.messages[:-1]

    @property
    def target(self) -> str:
        """The text that the model shall learn to write."""
        return self.messages[-1]["content"]

    @property
    def transcript(self) -> str:
        """What the renderer has fenced in."""
        return self.messages[1]["content"].removeprefix(_OPENED).removesuffix(_CLOSED)

    def with_transcript(self, transcript: str) -> "Example":
        """The same speech with other words, asked by the one renderer."""
        asked = tuple(turn.as_dict() for turn in render_messages(self.rubric, transcript))
        return replace(self, messages=(*asked, self.messages[-1]))

    @cached_property
    def rubric_key(self) -> str:
        """Equal rubrics have equal keys."""
        return sha256_hex(canonical_json(self.rubric.as_dict()))


@dataclass(frozen=True)
class TrainingData:
    """All examples of a snapshot by split."""

    digest: str
    splits: Mapping[Split, tuple[Example, ...]]

    def examples(self) -> dict[str, int]:
        return {split.value: len(self.splits[split]) for split in Split}

    def subjects(self) -> dict[str, int]:
        return {split.value: len({example.subject for example in self.splits[split]}) for split in Split}


def read_dataset(pulled: PulledDataset) -> TrainingData:
    """Parse every line of a pulled dataset.

    Raises:
        DatasetUnfit: ``renderer_mismatch`` when another renderer made it, else ``dataset_unfit`` with the number of
            lines that cannot be read.
    """
    if pulled.manifest.renderer_version != RENDERER_VERSION:
        raise DatasetUnfit(
            f"The dataset was rendered by {pulled.manifest.renderer_version}, this trainer renders with "
            f"{RENDERER_VERSION}. Export again with the same version.",
            code="renderer_mismatch",
        )
    splits = {split: tuple(_examples(pulled.paths[split], split)) for split in Split}
    return TrainingData(pulled.digest, splits)


def parse_example(line: str) -> Example:
    """Read one line of a split.

    Raises:
        ValueError: it is not an example.
        SpeechgradeError: its rubric or its answer is not valid.
    """
    raw: dict[str, Any] = json.loads(line)
    messages = tuple({"role": turn["role"], "content": turn["content"]} for turn in raw["messages"])
    if tuple(turn["role"] for turn in messages) != _ROLES:
        raise ValueError("the turns are not system, user, assistant")
    rubric = parse_rubric(raw["rubric"])
    if messages[0]["content"] != render_messages(rubric, "")[0].content:
        raise ValueError("the system turn is not what the renderer makes of the rubric")
    if not (messages[1]["content"].startswith(_OPENED) and messages[1]["content"].endswith(_CLOSED)):
        raise ValueError("the transcript is not fenced")
    return Example(
        str(raw["example"]), str(raw["subject"]), rubric, messages, parse_answer(messages[2]["content"], rubric)
    )


def _examples(path: Path, split: Split) -> Iterator[Example]:
    unreadable: list[int] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield parse_example(line)
            except (ValueError, KeyError, TypeError, SpeechgradeError):
                unreadable.append(number)
    if unreadable:
        raise DatasetUnfit(f"{len(unreadable)} lines of {split} cannot be learned from; the first is {unreadable[0]}.")
