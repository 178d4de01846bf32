"""How many tokens an answer has in our form, and how many the same answer would have as the app's whole sections."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

from speechgrade_shared.answer import parse_answer
from speechgrade_shared.prompt import render_answer
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import ScoredSpeech, SectionScore, to_app_shape
from tokenizers import Tokenizer

from speechgrade_local.bench_exporter.grading_scheme import RUBRIC_ROWS
from speechgrade_local.bench_exporter.long_speech import compose_remark

_FEEDBACK_WORDS = 40
_SEED = 5


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of one answer, written compactly both times, so that only what is written differs."""

    criteria: int
    ours: int
    sections: int

    @property
    def share(self) -> float:
        return self.ours / self.sections


def lengths(tokenizer_file: Path, answers: list[tuple[str, Rubric]]) -> tuple[Lengths, Lengths]:
    """Of the engine's answers here, on the average; and of one on a rubric of twenty criteria, as courses have them."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    given = [_lengths(tokenizer, parse_answer(text, rubric), rubric) for text, rubric in answers]
    mean = Lengths(given[0].criteria, _mean([one.ours for one in given]), _mean([one.sections for one in given]))
    rubric = parse_rubric(RUBRIC_ROWS[0])
    return mean, _lengths(tokenizer, _middling(rubric), rubric)


def _lengths(tokenizer: Tokenizer, scored: ScoredSpeech, rubric: Rubric) -> Lengths:
    whole = json.dumps(to_app_shape(scored, rubric), ensure_ascii=False, separators=(",", ":"))
    ours = render_answer(scored)
    count = [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in (ours, whole)]
    return Lengths(sum(len(category.criteria) for category in rubric.categories), *count)


def _middling(rubric: Rubric) -> ScoredSpeech:
    rng = Random(_SEED)
    sections = []
    for category in rubric.categories:
        points = tuple((criterion.name, rng.choice(list(criterion.grid()))) for criterion in category.criteria)
        sections.append(SectionScore(category.name, compose_remark(rng, _FEEDBACK_WORDS), points))
    return ScoredSpeech(tuple(sections), compose_remark(rng, _FEEDBACK_WORDS))


def _mean(counts: list[int]) -> int:
    return round(sum(counts) / len(counts))
