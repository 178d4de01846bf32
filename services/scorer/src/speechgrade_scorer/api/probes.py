"""The routes for whoever operates the scorer; they need no token and tell no secret."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from speechgrade_shared.anonymize import anonymizer_version
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer import __version__
from speechgrade_scorer.api.payloads import Health, Readiness, ServingGap, Version
from speechgrade_scorer.api.routes import Service

router = APIRouter()


@router.get("/healthz")
async def healthz() -> Health:
    """The process lives."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Not ready, and why"}})
async def readyz(service: Service, response: Response) -> Readiness:
    """Whether scores can be given now, and if not, exactly what is missing."""
    reasons = service.obstacles()
    response.status_code = 503 if reasons else 200
    gaps = [ServingGap(**gap.as_dict()) for gap in service.adapters.gaps()]
    return Readiness(status="not_ready" if reasons else "ok", reasons=reasons, gaps=gaps)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(service: Service) -> Response:
    """Prometheus metrics."""
    return Response(service.exposition(), media_type=CONTENT_TYPE_LATEST)


@router.get("/version")
async def version(service: Service) -> Version:
    """What runs here."""
    anonymizer = anonymizer_version(service.settings.name_model)
    return Version(version=__version__, prompt_version=RENDERER_VERSION, anonymizer_version=anonymizer)
