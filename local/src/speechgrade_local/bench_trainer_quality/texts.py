"""Real texts with human scores, as the trainer's examples. They are read where they lie and never copied.

The texts are those of the ELLIPSE corpus (Crossley et al. 2023, IJLCR 9(2)): one essay per person, six analytic
criteria from 1 to 5 in half points. Comments there are none, so the answers that are taught have empty ones.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.prompt import render_answer, render_messages
from speechgrade_shared.rubric import Category, Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore
from speechgrade_trainer.data.dataset import Example

from speechgrade_local.errors import DataMissing

RUBRIC_FILE, TEXTS_FILE = "rubric.json", "texts.jsonl"
_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class ScoredText:
    """One person's text, its human scores, and the groups that the person is in, by axis."""

    person: str
    transcript: str
    human: ScoredSpeech
    groups: Mapping[str, str]

    @property
    def subject(self) -> str:
        """The person as the trainer's dataset names people: 32 hexadecimal digits."""
        return sha256_hex(self.person.encode())[:_ID_DIGITS]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All texts in the order of the file, their rubric, and the SHA-256 of both files together."""

    rubric: Rubric
    texts: tuple[ScoredText, ...]
    digest: str


def read_corpus(folder: Path) -> Corpus:
    """Read a folder with ``rubric.json`` and ``texts.jsonl``.

    Raises:
        DataMissing: they are not there, or cannot be read as scored texts.
    """
    try:
        rubric_bytes, text_bytes = (folder / RUBRIC_FILE).read_bytes(), (folder / TEXTS_FILE).read_bytes()
    except OSError as error:
        raise DataMissing(f"There are no scored texts in {folder} ({RUBRIC_FILE} and {TEXTS_FILE}).") from error
    try:
        rubric = parse_rubric(json.loads(rubric_bytes))
        texts = tuple(scored_text(json.loads(line), rubric) for line in text_bytes.splitlines() if line.strip())
    except (ValueError, KeyError, TypeError, SpeechgradeError) as error:
        raise DataMissing(f"The scored texts in {folder} cannot be read.") from error
    return Corpus(rubric, texts, sha256_hex(rubric_bytes + text_bytes))


def scored_text(raw: Mapping[str, Any], rubric: Rubric) -> ScoredText:
    """Read one line. The app's scores are found by name, and each must be on the rubric's grid.

    Raises:
        KeyError: a score of the rubric is missing.
        ValueError: a score is not one that the rubric allows.
    """
    sections = tuple(_section(category, raw["sections"][category.name]) for category in rubric.categories)
    groups = {str(axis): str(group) for axis, group in raw.get("groups", {}).items() if group}
    return ScoredText(str(raw["text_id"]), str(raw["transcript"]), ScoredSpeech(sections, ""), groups)


def as_example(text: ScoredText, rubric: Rubric) -> Example:
    """The text as the trainer's dataset would hold it: rendered by the one renderer, answer included."""
    turns = [turn.as_dict() for turn in render_messages(rubric, text.transcript)]
    turns.append({"role": "assistant", "content": render_answer(text.human)})
    return Example(text.subject, text.subject, rubric, tuple(turns), text.human)


def _section(category: Category, stored: Mapping[str, Any]) -> SectionScore:
    given = {entry["name"]: float(entry["points"]) for entry in stored["subcategories"]}
    for criterion in category.criteria:
        if given[criterion.name] not in criterion.grid():
            raise ValueError("a score is not on the rubric's grid")
    return SectionScore(category.name, "", tuple((c.name, given[c.name]) for c in category.criteria))
