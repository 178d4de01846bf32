"""What came of a scoring attempt: a score and who made it, or the reason why there is none."""

from dataclasses import dataclass

from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.rubric import Rubric
from speechgrade_shared.sections import ScoredSpeech

from speechgrade_scorer.engines.provider import Completion
from speechgrade_scorer.scoring.certainty import Certainty
from speechgrade_scorer.scoring.review import ReviewReason


@dataclass(frozen=True, slots=True)
class Scored:
    """An accepted answer. ``adapter_digest`` is None when no adapter of ours answered."""

    scored: ScoredSpeech
    rubric: Rubric
    completion: Completion
    model_used: str
    adapter_digest: str | None
    is_fallback: bool
    attempts: int
    review: tuple[ReviewReason, ...] = ()
    """Why a person should look at it."""
    provider: str = "vllm"
    """Where it came from: ``vllm``, or ``openai:`` and the host of another provider."""
    is_challenger: bool = False
    certainty: Certainty | None = None
    """How sure the model was; None where its engine does not tell."""


@dataclass(frozen=True, slots=True)
class Absent:
    """No acceptable answer; ``cause`` says why."""

    cause: SpeechgradeError
    adapter_digest: str | None
    attempts: int


Outcome = Scored | Absent
