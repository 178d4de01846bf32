"""Comments without what only somebody in the room could know: a model that reads words would learn to make it up."""

import re
from collections.abc import Sequence
from dataclasses import replace

from speechgrade_shared.evidence import mentions_unseen
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech

_AFTER_SENTENCE = re.compile(r"((?<=[.!?])\s+|\n+)")


def heard_remarks(scored: ScoredSpeech, rubric: Rubric) -> ScoredSpeech:
    """The same scores; comments lose the sentences that name what is not scored in this rubric or in any."""
    names = tuple(item.criterion for item in rubric.not_scored)
    sections = tuple(replace(section, feedback=_without(section.feedback, names)) for section in scored.sections)
    return ScoredSpeech(sections, _without(scored.overall_comments, names))


def _without(text: str, names: Sequence[str]) -> str:
    if not mentions_unseen(text, names):
        return text
    # Sentences and what stands between them alternate; a sentence goes together with what follows it.
    pieces = [*_AFTER_SENTENCE.split(text), ""]
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return "".join(sentence + gap for sentence, gap in pairs if not mentions_unseen(sentence, names)).strip()
