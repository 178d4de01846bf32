"""What is asked of a model and what comes back, whoever the model is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from speechgrade_shared.prompt import Message

TOP_LOGPROBS = 10
"""One for each digit. Each more costs the engine's server time on every token of the answer, prose included."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one call asks: of which model, with which grammar, and how much chance may play a part."""

    model: str
    messages: Sequence[Message]
    schema: Mapping[str, Any]
    max_tokens: int
    temperature: float
    seed: int
    with_certainty: bool = True
    """Whether the log-probabilities of each token and of its likeliest alternatives are asked for."""

    def as_body(self) -> dict[str, Any]:
        certainty = {"logprobs": True, "top_logprobs": TOP_LOGPROBS} if self.with_certainty else {}
        return {
            "model": self.model,
            "messages": [message.as_dict() for message in self.messages],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "scores", "schema": self.schema, "strict": True},
            },
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
        } | certainty


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer: its text, its log-probability, and the likeliest tokens in its place with theirs.

    The log-probabilities are of the distribution after the grammar's mask, so they sum to at most 1 over what is
    allowed; ``alternatives`` holds the token itself too.
    """

    text: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back; ``model`` is who answered, as the engine says it."""

    model: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    tokens: tuple[Token, ...] = ()
    """The answer's tokens in order with their alternatives, where the engine tells them; empty otherwise."""


def token_count(value: object) -> int:
    """How many tokens an engine says there were; 0 where it does not say it."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0


class Provider(Protocol):
    """Something that answers questions: an engine of ours, or a model elsewhere."""

    async def complete(
        self, question: Question, *, trace: Mapping[str, str] | None = None, within_s: float | None = None
    ) -> Completion:
        """Ask for one answer, for at most ``within_s`` seconds.

        Raises:
            EngineError: there is none; the subclass says whether asking again may help.
            TooLarge: prompt and answer do not fit the model's context.
        """
        ...
