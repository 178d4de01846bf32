"""The scorer's error tree; each class carries its code, its retry class, its HTTP status and a public sentence.

SpeechgradeError
└── ScorerError                internal_error           500  never
    ├── Bug                    internal_error           500  operator
    ├── CredentialRefused      credential_*             401  never
    ├── RequestInvalid         request_invalid          422  never    also idempotency_conflict, transcript_missing
    ├── EvaluationUnknown      evaluation_unknown       404  never
    ├── EvaluationGone         evaluation_gone          410  never
    ├── RubricMissing          rubric_missing           422  never
    ├── TooLarge               transcript_too_long      413  never    also body_too_large
    ├── InFlight               score_in_flight          409  later
    ├── ScoreUnknown           score_unknown            404  never
    ├── ScoreCancelled         score_cancelled          410  never
    ├── BatchRefused           batch_empty              422  never
    ├── BatchUnknown           batch_unknown            404  never    also course_unknown
    ├── Draining               scorer_draining          503  later
    ├── ScorerBusy             scorer_busy              429  later
    ├── NoChampion             no_champion              503  later    also adapters_stale
    ├── DeadlineExceeded       deadline_exceeded        503  later
    ├── LeakFound              leak_*                   422  never
    ├── ExternalNotAllowed     external_not_allowed     422  never
    ├── EngineError            engine_error             502  operator
    │   ├── EngineUnavailable  engine_unavailable       503  later    also engine_timeout, engine_paused,
    │   │                                                             provider_rate_limited
    │   ├── EngineRefused      engine_refused           502  operator also engine_model_unexpected,
    │   │                                                             provider_credential_refused
    │   └── ModelUnknown       engine_model_unknown     503  later
    ├── AdapterRefused         adapter_*                502  operator
    ├── ChallengeRefused       challenge_invalid        422  operator also challenger_*, scope_invalid, adapter_*
    └── Unscored               unscored                 502  never    ``reason`` says why
"""

from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID

from speechgrade_shared.errors import (
    AnswerInvalid,
    ProjectError,
    ProjectUnreachable,
    Retry,
    RubricInvalid,
    SectionsUnreadable,
    SpeechgradeError,
)

_SHARED_STATUS: tuple[tuple[type[SpeechgradeError], int], ...] = (
    (RubricInvalid, 422),
    (SectionsUnreadable, 422),
    (AnswerInvalid, 502),
    (ProjectUnreachable, 503),
    (ProjectError, 502),
)

_ENDED_BY_DATABASE = {
    "evaluation_gone": ("The evaluation was deleted while it was being scored.", 410),
    "score_abandoned": ("Every scorer that worked on it stopped without an end.", 502),
}


class ScorerError(SpeechgradeError):
    """Something kept a request from being answered with a score."""

    status = 500


class Bug(ScorerError):
    """Something that nobody foresaw; where it happened is in the log, and its message is nowhere."""

    retry = Retry.OPERATOR


class CredentialRefused(ScorerError):
    """The caller did not show the scorer's token."""

    code = "credential_wrong"
    status = 401


class RequestInvalid(ScorerError):
    """The request cannot be understood, whoever sends it and how often."""

    code = "request_invalid"
    status = 422


class EvaluationUnknown(ScorerError):
    """There is no such evaluation, or it was deleted."""

    code = "evaluation_unknown"
    status = 404


class EvaluationGone(ScorerError):
    """The evaluation was deleted while it was being scored; nothing was kept."""

    code = "evaluation_gone"
    status = 410


class RubricMissing(ScorerError):
    """The evaluation names no rubric and carries none."""

    code = "rubric_missing"
    status = 422


class TooLarge(ScorerError):
    """The transcript or the request is longer than is accepted."""

    code = "transcript_too_long"
    status = 413


class InFlight(ScorerError):
    """The same Idempotency-Key is being worked on right now, under ``score_id``."""

    code = "score_in_flight"
    status = 409
    retry = Retry.LATER

    def __init__(self, public: str, score_id: UUID | None) -> None:
        super().__init__(public)
        self.score_id = score_id


class ScoreUnknown(ScorerError):
    """There is no score under this id."""

    code = "score_unknown"
    status = 404


class ScoreCancelled(ScorerError):
    """Its batch was cancelled before it began."""

    code = "score_cancelled"
    status = 410

    def __init__(self, public: str, row: Mapping[str, Any]) -> None:
        super().__init__(public)
        self.score_id: str = row["id"]
        self.evaluation_id: str | None = row["evaluation_id"]
        self.requested_by: str | None = row["requested_by"]


class BatchRefused(ScorerError):
    """A batch with nothing in it to score."""

    code = "batch_empty"
    status = 422


class BatchUnknown(ScorerError):
    """There is no batch under this id."""

    code = "batch_unknown"
    status = 404


class Draining(ScorerError):
    """This scorer is about to stop; another takes new requests."""

    code = "scorer_draining"
    status = 503
    retry = Retry.LATER


class ScorerBusy(ScorerError):
    """As many requests wait for a score as may wait."""

    code = "scorer_busy"
    status = 429
    retry = Retry.LATER

    def __init__(self, public: str, retry_after_s: int = 5) -> None:
        super().__init__(public)
        self.retry_after_s = retry_after_s


class NoChampion(ScorerError):
    """No approved adapter may answer, and policy allows no fallback."""

    code = "no_champion"
    status = 503
    retry = Retry.LATER


class DeadlineExceeded(ScorerError):
    """No acceptable answer came in time."""

    code = "deadline_exceeded"
    status = 503
    retry = Retry.LATER


class LeakFound(ScorerError):
    """After anonymization the independent scan still sees an identifier, so nothing was sent to the engine."""

    code = "leak_name"
    status = 422


class ExternalNotAllowed(ScorerError):
    """Only an external model could answer, and the speech's institution has not allowed one."""

    code = "external_not_allowed"
    status = 422


class EngineError(ScorerError):
    """The engine did not do what it was asked."""

    code = "engine_error"
    status = 502
    retry = Retry.OPERATOR


class EngineUnavailable(EngineError):
    """The engine does not answer, or answers with a failure of its own.

    ``retry_after_s`` is how long it asks to be left alone; 0 where it does not say.
    """

    code = "engine_unavailable"
    status = 503
    retry = Retry.LATER

    def __init__(self, public: str, *, code: str | None = None, retry_after_s: float = 0.0) -> None:
        super().__init__(public, code=code)
        self.retry_after_s = retry_after_s


class EngineRefused(EngineError):
    """The engine understood the request and refuses it; asking again changes nothing."""

    code = "engine_refused"


class ModelUnknown(EngineError):
    """The engine does not serve this model (any more): adapters must be looked at again."""

    code = "engine_model_unknown"
    status = 503
    retry = Retry.LATER


class AdapterRefused(ScorerError):
    """An adapter is not what its row claims, or does not fit this engine, so it is never loaded."""

    code = "adapter_refused"
    status = 502
    retry = Retry.OPERATOR


class ChallengeRefused(ScorerError):
    """A challenger is not set as it was wished."""

    code = "challenge_invalid"
    status = 422
    retry = Retry.OPERATOR


class Unscored(ScorerError):
    """The attempt ended without a score; the reason is kept under ``score_id``."""

    code = "unscored"
    status = 502

    def __init__(
        self, public: str, *, code: str | None, reason: str, score_id: UUID, status: int, retry: Retry
    ) -> None:
        super().__init__(public, code=code)
        self.reason = reason
        self.score_id = score_id
        self.status = status
        self.retry = retry
        self.evaluation_id: str | None = None
        self.requested_by: str | None = None

    @classmethod
    def because(cls, cause: SpeechgradeError, score_id: UUID) -> Self:
        """The absence that a failure leads to."""
        # What a caller can act upon keeps its own code; what only this attempt knows is "unscored".
        own = not isinstance(cause, AnswerInvalid | LeakFound | AdapterRefused)
        return cls(
            f"No score: {cause.public}",
            code=cause.code if own else None,
            reason=cause.code,
            score_id=score_id,
            status=http_status(cause),
            retry=Retry.LATER if isinstance(cause, AnswerInvalid) else cause.retry,
        )

    @classmethod
    def stored(cls, row: Mapping[str, Any]) -> Self:
        """The absence as it was kept, so that whoever asks later hears the same."""
        reason, kept = str(row["reason"]), row.get("problem") or _ended_by_database(str(row["reason"]))
        absence = cls(
            kept["title"],
            code=kept["code"],
            reason=reason,
            score_id=UUID(str(row["id"])),
            status=int(kept["status"]),
            retry=Retry(kept["retry"]),
        )
        absence.evaluation_id, absence.requested_by = row["evaluation_id"], row["requested_by"]
        return absence

    def as_problem(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"code": self.code, "title": self.public, "status": self.status, "retry": self.retry.value}


def _ended_by_database(reason: str) -> Mapping[str, Any]:
    sentence, status = _ENDED_BY_DATABASE.get(reason, ("The attempt ended without one.", 502))
    return {"code": reason, "title": f"No score: {sentence}", "status": status, "retry": Retry.NEVER.value}


def http_status(error: SpeechgradeError) -> int:
    """The HTTP status of an error of any of our trees."""
    if isinstance(error, ScorerError):
        return error.status
    return next((status for kind, status in _SHARED_STATUS if isinstance(error, kind)), 500)
