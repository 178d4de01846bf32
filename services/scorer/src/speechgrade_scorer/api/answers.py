"""Kept scores as answers: the app's shape for a score, a place to ask again for one that has not ended."""

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.sections import from_dict, to_app_shape

from speechgrade_scorer.api.payloads import ScoreAnswer, ScorePending
from speechgrade_scorer.errors import ScoreCancelled, Unscored
from speechgrade_scorer.requests.records import Row

_ASK_AGAIN_S = 2
_JSON = "application/json"
_SHOWN = ("status", "model_used", "prompt_version", "attempts", "is_challenger", "uncertainty", "requested_by")


def response_of(row: Row) -> Response:
    """The response for a score as it is kept.

    Raises:
        Unscored: it ended without a score.
        ScoreCancelled: it was taken back before it began.
    """
    if row["status"] in ("queued", "running"):
        return _pending(row)
    return as_json(answer_of(row))


def answer_of(row: Row) -> ScoreAnswer:
    """A kept score in the app's shape.

    Raises:
        Unscored, ScoreCancelled: there is none.
    """
    return ScoreAnswer.model_validate(shown(row))


def shown(row: Row) -> dict[str, Any]:
    """What of a kept score its caller sees, with sums and letters by the rubric that it was scored by.

    Raises:
        Unscored, ScoreCancelled: there is none.
    """
    if row["status"] == "unscored":
        raise Unscored.stored(row)
    if row["status"] == "cancelled":
        raise ScoreCancelled("The batch of this score was cancelled before it began.", row)
    rubric = parse_rubric(row["rubric"])
    stored = {"sections": row["sections"], "overallComments": row["overall_comments"] or ""}
    digest, reasons = row["adapter_digest"], row["review"]
    return {
        "score_id": row["id"],
        "evaluation_id": row["evaluation_id"],
        **{name: row[name] for name in _SHOWN},
        "adapter": {"name": adapter_name(digest), "digest": digest} if digest else None,
        "review": {"needed": bool(reasons), "reasons": reasons},
        **to_app_shape(from_dict(stored, rubric), rubric),
    }


def as_json(body: BaseModel, status: int = 200) -> Response:
    """A body as a response, written once rather than checked a second time."""
    return Response(body.model_dump_json(by_alias=True), status, media_type=_JSON)


def _pending(row: Row) -> Response:
    pending = ScorePending(
        score_id=row["id"], evaluation_id=row["evaluation_id"], requested_by=row["requested_by"], status=row["status"]
    )
    headers = {"Location": f"/v1/scores/{row['id']}", "Retry-After": str(_ASK_AGAIN_S)}
    return JSONResponse(pending.model_dump(mode="json"), 202, headers)
