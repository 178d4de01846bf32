"""The scorer's error tree; each class carries its code, its retry class, its HTTP status and a public sentence.

SpeechgradeError
└── ScorerError                internal_error           500  never
    ├── CredentialRefused      credential_*             401  never
    ├── RequestInvalid         request_invalid          422  never    also idempotency_conflict, transcript_missing
    ├── EvaluationUnknown      evaluation_unknown       404  never
    ├── EvaluationGone         evaluation_gone          410  never
    ├── RubricMissing          rubric_missing           422  never
    ├── TooLarge               transcript_too_long      413  never    also body_too_large
    ├── InFlight               score_in_flight          409  later
    ├── ScorerBusy             scorer_busy              429  later
    ├── NoChampion             no_champion              503  later    also adapters_stale
    ├── DeadlineExceeded       deadline_exceeded        503  later
    ├── LeakFound              leak_*                   422  never
    ├── ExternalNotAllowed     external_not_allowed     422  never
    ├── RecordFailed           score_not_recorded       503  later
    ├── EngineError            engine_error             502  operator
    │   ├── EngineUnavailable  engine_unavailable       503  later    also engine_timeout, engine_paused,
    │   │                                                             provider_rate_limited
    │   ├── EngineRefused      engine_refused           502  operator also engine_model_unexpected,
    │   │                                                             provider_credential_refused
    │   └── ModelUnknown       engine_model_unknown     503  later
    ├── AdapterRefused         adapter_*                502  operator
    └── Unscored               unscored                 502  never    ``reason`` says why
"""

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


class ScorerError(SpeechgradeError):
    """Something kept a request from being answered with a score."""

    status = 500


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
    """The same Idempotency-Key is being worked on right now."""

    code = "score_in_flight"
    status = 409
    retry = Retry.LATER


class ScorerBusy(ScorerError):
    """As many requests wait as may wait."""

    code = "scorer_busy"
    status = 429
    retry = Retry.LATER


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


class RecordFailed(ScorerError):
    """The score could not be kept, so it is not given out either."""

    code = "score_not_recorded"
    status = 503
    retry = Retry.LATER


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


class Unscored(ScorerError):
    """The attempt ended without a score; the reason is kept under ``score_id``."""

    code = "unscored"
    status = 502

    def __init__(self, cause: SpeechgradeError, score_id: UUID) -> None:
        # What a caller can act upon keeps its own code; what only this attempt knows is "unscored".
        own = isinstance(cause, NoChampion | EngineError | DeadlineExceeded | TooLarge | ExternalNotAllowed)
        super().__init__(f"No score: {cause.public}", code=cause.code if own else None)
        self.reason = cause.code
        self.score_id = score_id
        self.status = http_status(cause)
        self.retry = Retry.LATER if isinstance(cause, AnswerInvalid) else cause.retry


def http_status(error: SpeechgradeError) -> int:
    """The HTTP status of an error of any of our trees."""
    if isinstance(error, ScorerError):
        return error.status
    return next((status for kind, status in _SHARED_STATUS if isinstance(error, kind)), 500)
