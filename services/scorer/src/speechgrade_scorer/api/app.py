"""The web application of one scorer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from speechgrade_scorer import __version__
from speechgrade_scorer.api import batch_routes, former_routes, probes, routes
from speechgrade_scorer.api.access import Gate
from speechgrade_scorer.api.middleware import BodyLimit, RequestContext
from speechgrade_scorer.api.problems import install_problem_handlers
from speechgrade_scorer.requests.service import ScoringService


def create_app(service: ScoringService) -> FastAPI:
    """An application around a service, which lives as long as the application does."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    # The description is open; the pages that show it would load scripts from elsewhere.
    app = FastAPI(title="SpeechGradebook scorer", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.service = service
    app.add_middleware(BodyLimit, most=service.settings.max_body_bytes)
    app.add_middleware(Gate, token=service.settings.scorer_token, metrics=service.metrics)
    app.add_middleware(RequestContext, metrics=service.metrics)
    app.include_router(routes.router)
    app.include_router(batch_routes.router)
    app.include_router(former_routes.router)
    app.include_router(probes.router)
    install_problem_handlers(app)
    return app
