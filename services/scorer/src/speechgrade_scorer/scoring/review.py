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
    """A doubt, and the criterion that it is about; empty where it is about the whole speech."""

    doubt: Doubt
    category: str = ""
    criterion: str = ""

    def as_dict(self) -> dict[str, str]:
        shown = {"code": self.doubt.value, "category": self.category, "criterion": self.criterion}
        return {name: value for name, value in shown.items() if value}
