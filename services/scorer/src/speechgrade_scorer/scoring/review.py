"""Why a person should look at a score. A reason never changes the score."""

from dataclasses import dataclass
from enum import StrEnum


class Doubt(StrEnum):
    """What makes a score doubtful."""

    WIDE_INTERVAL = "wide_interval"
    INJECTION_SUSPECTED = "injection_suspected"
    FALLBACK_ANSWERED = "fallback_answered"


@dataclass(frozen=True, slots=True)
class ReviewReason:
    """A doubt, and the criterion that it is about; empty where it is about the whole speech.

    ``detail`` is a code that says more, such as the kind of a suspicion.
    """

    doubt: Doubt
    category: str = ""
    criterion: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        about = {"category": self.category, "criterion": self.criterion, "detail": self.detail}
        shown = {"code": self.doubt.value} | about
        return {name: value for name, value in shown.items() if value}
