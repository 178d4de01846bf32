"""The routes of the app's former text server, in its shapes, so that the app switches by changing an address.

What differs is meant: a caller needs the token, and a score that cannot be given is no 200 with empty sections.
"""

from fastapi import APIRouter, Depends, Request, Response

from speechgrade_scorer.api.access import refuse_stranger
from speechgrade_scorer.api.answers import as_json, shown
from speechgrade_scorer.api.payloads import EvaluateAnswer, EvaluateRequest, FormerHealth
from speechgrade_scorer.api.problems import documented
from speechgrade_scorer.api.routes import RequestedBy, Service
from speechgrade_scorer.errors import DeadlineExceeded
from speechgrade_scorer.requests.orders import Order

router = APIRouter(tags=["former"])


@router.post(
    "/evaluate",
    dependencies=[Depends(refuse_stranger)],
    response_model=EvaluateAnswer,
    responses=documented(400, 401, 410, 413, 422, 429, 500, 502, 503),
)
async def evaluate(
    body: EvaluateRequest, request: Request, service: Service, x_requested_by: RequestedBy = "app"
) -> Response:
    """Score a transcript by a rubric. The app asks again by itself after a 503, and after nothing else."""
    rubric = {**body.rubric, "name": body.rubric.get("name") or body.rubric_name}
    order = Order(x_requested_by, given=await service.given(body.transcript, rubric), trace=request.state.trace)
    row = await service.score(order)
    if row["status"] in ("queued", "running"):
        raise DeadlineExceeded("The score takes longer than a caller can wait.")
    return as_json(EvaluateAnswer.model_validate(shown(row)))


@router.get("/health")
async def health(service: Service) -> FormerHealth:
    """Whether a score can be given now."""
    ready = not service.obstacles()
    status = "ok" if ready else "model_not_loaded"
    return FormerHealth(status=status, model_loaded=ready, model=service.settings.base_model)
