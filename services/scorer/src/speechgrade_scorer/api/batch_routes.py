"""The routes for many scores at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from speechgrade_scorer.api.access import refuse_stranger
from speechgrade_scorer.api.payloads import BatchProgress, BatchRequest
from speechgrade_scorer.api.problems import documented
from speechgrade_scorer.api.routes import IdempotencyKey, RequestedBy, Service

router = APIRouter(
    prefix="/v1/score/batch", dependencies=[Depends(refuse_stranger)], responses=documented(401, 422, 500, 502, 503)
)
BatchId = Annotated[UUID, "a batch, as it was named when it was ordered"]


@router.post("", status_code=202, response_model=BatchProgress, responses=documented(400, 404, 413))
async def order_batch(
    body: BatchRequest,
    request: Request,
    service: Service,
    idempotency_key: IdempotencyKey = None,
    x_requested_by: RequestedBy = "api",
) -> JSONResponse:
    """Have a course or a list of evaluations scored. Nobody waits: the progress is asked for."""
    progress = await service.batches.order(
        requested_by=x_requested_by,
        key=idempotency_key,
        course_id=body.course_id,
        evaluation_ids=body.evaluation_ids or [],
        trace=request.state.trace,
    )
    told = BatchProgress.model_validate(progress).model_dump(mode="json")
    return JSONResponse(told, 202, {"Location": f"/v1/score/batch/{progress['batch_id']}"})


@router.get("/{batch_id}", responses=documented(404))
async def batch_progress(batch_id: BatchId, service: Service) -> BatchProgress:
    """How far a batch is, and what became of each of its scores."""
    return BatchProgress.model_validate(await service.batches.progress(batch_id))


@router.delete("/{batch_id}", responses=documented(404))
async def cancel_batch(batch_id: BatchId, service: Service, x_requested_by: RequestedBy = "api") -> BatchProgress:
    """Take back what has not begun; what is being worked on ends as it would."""
    return BatchProgress.model_validate(await service.batches.cancel(batch_id, x_requested_by))
