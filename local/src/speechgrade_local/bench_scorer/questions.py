"""The very request that the scorer sends to the engine, made by the scorer's own code, ready to be sent without it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from speechgrade_scorer.engines.provider import Question
from speechgrade_scorer.scoring.scorer import prepared_messages
from speechgrade_scorer.scoring.speech import Speech, stored_speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.project import SupabaseProject

from speechgrade_local.bench_scorer.calls import Call

COMPLETIONS = "/v1/chat/completions"
_MOST_CHARS = int(ScorerSettings.model_fields["max_transcript_chars"].default)
_MOST_TOKENS = int(ScorerSettings.model_fields["max_answer_tokens"].default)


@dataclass(frozen=True, slots=True)
class Asked:
    """An evaluation, its speech, and the question that its first attempt puts to the engine."""

    evaluation: str
    speech: Speech
    question: Question

    def of(self, model: str) -> "Asked":
        """The same question to another model."""
        return replace(self, question=replace(self.question, model=model))

    def to_engine(self) -> Call:
        return Call(COMPLETIONS, json.dumps(self.question.as_body()).encode())


def questions(project: SupabaseProject, evaluations: Sequence[str], model: str) -> list[Asked]:
    """What the scorer will ask for these evaluations."""
    return [_asked(project, evaluation, model) for evaluation in evaluations]


def given_questions(transcripts: Sequence[str], like: Speech, model: str) -> list[Asked]:
    """What would be asked about other words of the same speaker, by the same rubric."""
    speeches = [replace(like, transcript=transcript) for transcript in transcripts]
    return [Asked("", speech, question(speech, model)) for speech in speeches]


def question(speech: Speech, model: str) -> Question:
    """The question of a first attempt: the likeliest answer, with the scorer's default limits."""
    return Question(
        model=model,
        messages=prepared_messages(speech),
        schema=answer_schema(speech.rubric),
        max_tokens=_MOST_TOKENS,
        temperature=0.0,
        seed=1,
    )


def _asked(project: SupabaseProject, evaluation: str, model: str) -> Asked:
    row = project.rpc("read_for_scoring", {"p_evaluation": evaluation})
    speech = stored_speech(row, longest=_MOST_CHARS)
    return Asked(evaluation, speech, question(speech, model))
