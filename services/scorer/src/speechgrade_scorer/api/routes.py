"""The routes that give scores and say what gives them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer.api.access import refuse_stranger
from speechgrade_scorer.api.answers import response_of
from speechgrade_scorer.api.payloads import ScoreAnswer, ScorePending, ScoreRequest, ServedModel, ServedModels
from speechgrade_scorer.api.preferences import preferred_wait_s
from speechgrade_scorer.api.problems import documented
from speechgrade_scorer.requests.orders import Order
from speechgrade_scorer.requests.service import ScoringService

router = APIRouter(prefix="/v1", dependencies=[Depends(refuse_stranger)], responses=documented(401))

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[A-Za-z0-9._:-]{1,128}$",
        description="the same key of the same caller gives the same answer, and makes one score",
    ),
]
RequestedBy = Annotated[
    str, Header(pattern=r"^[a-z_]{1,20}(:[A-Za-z0-9_-]{1,64})?$", description="who asked, for the audit log")
]
Prefer = Annotated[str, Header(description="`wait=N`: answer within N seconds; `respond-async`: at once")]
_PENDING: dict[int | str, dict[str, Any]] = {
    202: {
        "model": ScorePending,
        "description": "Kept, and not ended yet: ask again at Location",
        "headers": {name: {"schema": {"type": "string"}} for name in ("Location", "Retry-After")},
    }
}


async def service_of(request: Request) -> ScoringService:
    """The service of this process."""
    service: ScoringService = request.app.state.service
    return service


Service = Annotated[ScoringService, Depends(service_of)]


@router.post(
    "/score",
    response_model=ScoreAnswer,
    responses=_PENDING | documented(400, 404, 409, 410, 413, 422, 429, 500, 502, 503),
)
async def score(  # noqa: PLR0917
    body: ScoreRequest,
    request: Request,
    service: Service,
    idempotency_key: IdempotencyKey = None,
    x_requested_by: RequestedBy = "api",
    prefer: Prefer = "",
) -> Response:
    """Score a speech. A score that cannot be given is a problem with its reason, never zeros."""
    given = None
    if body.transcript is not None and body.rubric is not None:
        given = await service.given(body.transcript, body.rubric)
    order = Order(x_requested_by, body.evaluation_id, given, idempotency_key, request.state.trace)
    return response_of(await service.score(order, within_s=preferred_wait_s(prefer)))


@router.get(
    "/scores/{score_id}",
    response_model=ScoreAnswer,
    responses=_PENDING | documented(404, 410, 413, 422, 500, 502, 503),
)
async def stored_score(score_id: UUID, service: Service, prefer: Prefer = "") -> Response:
    """A score by its id: itself, a place to ask again, or the problem that keeps it from being."""
    return response_of(await service.stored(score_id, within_s=preferred_wait_s(prefer) or 0.0))


@router.get("/models")
async def models(service: Service) -> ServedModels:
    """The aliases, the adapters behind them, and whether they may answer."""
    serving = service.adapters.serving
    return ServedModels(
        base_model=service.settings.base_model,
        base_revision=service.settings.base_revision,
        engine=serving.engine,
        prompt_version=RENDERER_VERSION,
        models=[
            ServedModel(
                scope_kind=alias.scope[0],
                scope_id=alias.scope[1],
                alias=alias.alias,
                name=alias.adapter.name,
                digest=alias.adapter.digest,
                status=alias.adapter.status,
                loaded=alias.adapter.name in serving.loaded,
                refused=serving.refused.get(alias.adapter.name),
                percent=alias.percent,
                is_shadow=alias.is_shadow,
            )
            for alias in serving.aliases
        ],
    )
