"""The models that may answer, made from the settings: the primary one, and the external one where policy names it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from speechgrade_scorer.engines.external import ExternalModel
from speechgrade_scorer.engines.guarded import GuardedProvider
from speechgrade_scorer.engines.provider import Provider
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.settings import ScorerSettings


@dataclass(frozen=True, slots=True)
class Seats:
    """Who sits where; ``opened`` are the clients that were made here and are to be closed."""

    primary: GuardedProvider
    external: GuardedProvider | None
    opened: tuple[ExternalModel, ...] = ()

    @classmethod
    def from_settings(cls, settings: ScorerSettings, engine: Engine) -> "Seats":
        """``engine`` is the primary unless the settings name a model elsewhere."""
        opened = []
        if settings.engine_kind == "openai":
            opened.append(_external(settings, settings.engine_url, settings.engine_api_key))
            primary = guarded(settings, opened[-1], settings.engine_url, settings.engine_model, is_ours=False)
        else:
            primary = guarded(settings, engine, settings.engine_url, settings.base_model, is_ours=True)
        external = None
        if "external" in settings.score_fallback and settings.external_url:
            opened.append(_external(settings, settings.external_url, settings.external_api_key))
            external = guarded(settings, opened[-1], settings.external_url, settings.external_model, is_ours=False)
        return cls(primary, external, tuple(opened))

    async def close(self) -> None:
        for client in self.opened:
            await client.close()


def guarded(settings: ScorerSettings, provider: Provider, url: str, model: str, *, is_ours: bool) -> GuardedProvider:
    """A provider under its name: ``vllm`` for our engine, ``openai:`` and its host for one that is not ours."""
    parts = urlsplit(url)
    return GuardedProvider(
        provider,
        model=model,
        name="vllm" if is_ours else f"openai:{parts.hostname}",
        address=parts.netloc,
        is_ours=is_ours,
        failures=settings.breaker_failures,
        open_s=settings.breaker_open_s,
    )


def _external(settings: ScorerSettings, url: str, key: SecretStr | None) -> ExternalModel:
    return ExternalModel(
        url,
        api_key=key.get_secret_value() if key else None,
        timeout_s=settings.score_deadline_s,
        at_once=settings.max_concurrent_scores,
    )
