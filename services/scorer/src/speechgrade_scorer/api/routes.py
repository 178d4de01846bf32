"""The routes that give scores and say what gives them."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Request
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer.api.access import refuse_stranger
from speechgrade_scorer.api.payloads import ScoreAnswer, ScoreRequest, ServedModel, ServedModels
from speechgrade_scorer.api.problems import documented
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.scoring.outcomes import Ask

router = APIRouter(prefix="/v1", dependencies=[Depends(refuse_stranger)], responses=documented(401))

IdempotencyKey = Annotated[UUID | None, Header(description="the same key gives the same score, and keeps it once")]
RequestedBy = Annotated[
    str, Header(pattern=r"^[a-z_]{1,20}(:[A-Za-z0-9_-]{1,64})?$", description="who asked, for the audit log")
]


def service_of(request: Request) -> ScoringService:
    """The service of this process."""
    service: ScoringService = request.app.state.service
    return service


Service = Annotated[ScoringService, Depends(service_of)]


@router.post("/score", responses=documented(400, 404, 409, 410, 413, 422, 429, 500, 502, 503))
async def score(
    body: ScoreRequest,
    request: Request,
    service: Service,
    idempotency_key: IdempotencyKey = None,
    x_requested_by: RequestedBy = "api",
) -> ScoreAnswer:
    """Score a speech. A score that cannot be given is a problem with its reason, never zeros."""
    ask = Ask(idempotency_key or uuid4(), x_requested_by, body.evaluation_id, is_keyed=idempotency_key is not None)
    return await service.score(body, ask, request.state.trace)


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
            )
            for alias in serving.aliases
        ],
    )
