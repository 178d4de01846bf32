"""How a score ends, as the columns that keep it; and whether its end is the last word."""

from typing import Any
from uuid import UUID

from speechgrade_shared.errors import AnswerInvalid, ProjectUnreachable, Retry, SpeechgradeError
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer.errors import DeadlineExceeded, EngineUnavailable, ModelUnknown, Unscored
from speechgrade_scorer.requests.orders import Job
from speechgrade_scorer.requests.records import Row, Settlement
from speechgrade_scorer.scoring.outcomes import Absent, Outcome, Scored

_PASSES = (EngineUnavailable, ModelUnknown, DeadlineExceeded, ProjectUnreachable)
_PASSING_CODES = frozenset({"champion_not_loaded", "adapters_stale", "engine_paused"})


def end_of(score_id: UUID, outcome: Outcome, *, engine: str, latency_ms: int) -> dict[str, Any]:
    """The columns of ``llm.scores`` that an outcome fills."""
    common = {
        "id": str(score_id),
        "adapter_digest": outcome.adapter_digest,
        "attempts": outcome.attempts,
        "engine": engine,
        "prompt_version": RENDERER_VERSION,
        "latency_ms": latency_ms,
    }
    return common | (_scored(outcome) if isinstance(outcome, Scored) else _absent(outcome, score_id))


def kept_row(job: Job, end: Row, settlement: Settlement) -> Row:
    """The row as the database keeps it now. Only one thing can come out otherwise than was said: a deletion."""
    asked: dict[str, Any] = {
        "evaluation_id": str(job.evaluation_id) if job.evaluation_id else None,
        "requested_by": job.requested_by,
        "is_challenger": False,
        "uncertainty": None,
        "review": [],
    }
    if settlement.status == end["status"]:
        return {**asked, **end}
    return asked | {"id": end["id"], "status": settlement.status, "reason": settlement.reason, "problem": None}


def passes(cause: SpeechgradeError) -> bool:
    """Whether the same work may well succeed in a while, without anybody doing anything."""
    return isinstance(cause, _PASSES) or cause.code in _PASSING_CODES


def is_last_word(outcome: Outcome) -> bool:
    """Whether asking with the same key again gets the same end. A failure that others must repair is none."""
    return isinstance(outcome, Scored) or outcome.cause.retry is Retry.NEVER or isinstance(outcome.cause, AnswerInvalid)


def _scored(outcome: Scored) -> dict[str, Any]:
    canonical = outcome.scored.as_dict()
    return {
        "status": "fallback" if outcome.is_fallback else "ok",
        "rubric": outcome.rubric.as_dict(),
        "sections": canonical["sections"],
        "overall_comments": canonical["overallComments"],
        "total_points": outcome.scored.total,
        "max_points": outcome.rubric.observable.max_points,
        "is_challenger": outcome.is_challenger,
        "uncertainty": outcome.certainty.as_dict() if outcome.certainty else None,
        "review": [reason.as_dict() for reason in outcome.review],
        "model_used": outcome.model_used,
        "prompt_tokens": outcome.completion.prompt_tokens,
        "completion_tokens": outcome.completion.completion_tokens,
    }


def _absent(outcome: Absent, score_id: UUID) -> dict[str, Any]:
    problem = Unscored.because(outcome.cause, score_id).as_problem()
    return {"status": "unscored", "reason": outcome.cause.code, "problem": problem}
