"""Who may be asked when a model gave no score, in which order, and after which failures."""

from dataclasses import dataclass
from enum import StrEnum

from speechgrade_shared.errors import AnswerInvalid, ProjectError, ProjectUnreachable, SpeechgradeError

from speechgrade_scorer.engines.guarded import GuardedProvider
from speechgrade_scorer.errors import AdapterRefused, EngineUnavailable, ModelUnknown, NoChampion

KEPT_FOR_FALLBACKS = 0.4
"""The share of the time that is left which a model may not use while there are others to ask after it."""


class Turn(StrEnum):
    """Whose turn it is: the primary model, the champion where that was a challenger, or a fallback by policy's name."""

    PRIMARY = "primary"
    CHAMPION = "champion"
    BASE = "base"
    PREVIOUS = "previous"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Link:
    """One place of the chain."""

    turn: Turn
    provider: GuardedProvider

    @property
    def is_fallback(self) -> bool:
        # A champion that answers where its challenger could not is what would have answered anyway.
        return self.turn not in (Turn.PRIMARY, Turn.CHAMPION)


def may_be_followed(error: SpeechgradeError) -> bool:
    """Whether another model may be asked: the answers were unusable, the model is not there, or its engine is away.

    What is wrong with the request or with the configuration is not made right by asking somebody else.
    """
    if isinstance(error, ProjectError):
        # An adapter that cannot be fetched. While the whole project is away, no score could be kept either.
        return not isinstance(error, ProjectUnreachable)
    return isinstance(error, AnswerInvalid | NoChampion | AdapterRefused | EngineUnavailable | ModelUnknown)


def is_away(error: SpeechgradeError) -> bool:
    """Whether everything at that engine's address is out of reach."""
    return isinstance(error, EngineUnavailable)


def may_help(error: BaseException) -> bool:
    """Whether asking the same model again, a moment later, may give a score."""
    if isinstance(error, EngineUnavailable):
        return error.code != "engine_paused"
    return isinstance(error, AnswerInvalid | ModelUnknown)
