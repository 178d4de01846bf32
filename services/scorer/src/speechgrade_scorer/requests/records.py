"""Outcomes in the database: kept together with the name of their model on the evaluation, or not given out."""

from typing import Any
from uuid import UUID

from anyio import to_thread
from speechgrade_shared.errors import ProjectError
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer.errors import EvaluationGone, RecordFailed
from speechgrade_scorer.scoring.outcomes import Absent, Ask, Outcome, Scored

STORED_COLUMNS = (
    "id,evaluation_id,status,reason,sections,overall_comments,model_used,adapter_digest,prompt_version,attempts"
)


class Records:
    """Reads what is to be scored and keeps what came of it."""

    def __init__(self, project: SupabaseProject) -> None:
        self._project = project

    async def read(self, evaluation_id: UUID) -> dict[str, Any] | None:
        """An evaluation with its rubric and roster as of one moment, or None."""
        row: dict[str, Any] | None = await self._rpc("read_for_scoring", {"p_evaluation": str(evaluation_id)})
        return row

    async def stored(self, score_id: UUID) -> dict[str, Any] | None:
        """The outcome that is kept under an id, or None."""

        def first() -> dict[str, Any] | None:
            return next(self._project.rows("scores", STORED_COLUMNS, key="id", where={"id": str(score_id)}), None)

        return await to_thread.run_sync(first, abandon_on_cancel=True)

    async def keep(self, ask: Ask, outcome: Outcome, *, engine: str, latency_ms: int) -> None:
        """Keep an outcome; saying the same id twice keeps the first.

        Raises:
            EvaluationGone: the evaluation no longer exists; nothing is kept.
            RecordFailed: it could not be kept.
        """
        score = {
            "id": str(ask.score_id),
            "evaluation_id": str(ask.evaluation_id) if ask.evaluation_id else None,
            "prompt_version": RENDERER_VERSION,
            "engine": engine,
            "attempts": outcome.attempts,
            "adapter_digest": outcome.adapter_digest,
            "latency_ms": latency_ms,
            "requested_by": ask.requested_by,
            **(_scored(outcome) if isinstance(outcome, Scored) else _absent(outcome)),
        }
        try:
            answer = await self._rpc("record_score", {"p_score": score})
        except ProjectError as error:
            raise RecordFailed("The score could not be kept, so it is not given out.") from error
        if not answer["recorded"]:
            raise EvaluationGone("The evaluation was deleted while it was being scored.")

    async def _rpc(self, name: str, params: dict[str, Any]) -> Any:
        return await to_thread.run_sync(self._project.rpc, name, params, abandon_on_cancel=True)


def _scored(outcome: Scored) -> dict[str, Any]:
    canonical = outcome.scored.as_dict()
    return {
        "status": "fallback" if outcome.is_fallback else "ok",
        "sections": canonical["sections"],
        "overall_comments": canonical["overallComments"],
        "total_points": outcome.scored.total,
        "max_points": outcome.rubric.observable.max_points,
        "model_used": outcome.model_used,
        "prompt_tokens": outcome.completion.prompt_tokens,
        "completion_tokens": outcome.completion.completion_tokens,
    }


def _absent(outcome: Absent) -> dict[str, Any]:
    return {"status": "unscored", "reason": outcome.cause.code}
