"""The scorer's settings: where the engine is, what it serves, who may ask, and how long an answer may take."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode
from speechgrade_shared.settings import HttpUrl, LongSentSecret, ProjectSettings, SentSecret

Fallback = Literal["base", "previous", "external"]


class ScorerSettings(ProjectSettings):
    """One frozen object per process; every name is prefixed ``SPEECHGRADE_`` in the environment."""

    project_timeout_s: float = Field(default=10.0, gt=0)

    engine_url: HttpUrl
    engine_kind: Literal["vllm", "openai"] = "vllm"
    engine_model: str = Field(default="", description="the model's name at an OpenAI-compatible engine; not for vLLM")
    engine_api_key: SentSecret | None = None
    base_model: str = Field(min_length=1, description="the base's id, exactly as the engine serves it")
    base_revision: str = Field(min_length=1)
    max_lora_rank: int = Field(default=64, ge=1, description="the engine's --max-lora-rank")

    scorer_token: LongSentSecret
    scorer_host: str = "127.0.0.1"
    scorer_port: int = Field(default=8080, ge=0, le=65535)

    adapter_cache: Path
    engine_adapter_cache: Path | None = Field(
        default=None, description="the same folder as the engine sees it, where that is another path"
    )
    max_loaded_adapters: int = Field(default=8, ge=1, description="more are unloaded, the least recently used first")
    sync_interval_s: float = Field(default=10.0, gt=0, le=15.0)
    serve_unconfirmed_s: float = Field(
        default=300.0, gt=0, le=300.0, description="how long adapters are served when their state cannot be read"
    )

    score_deadline_s: float = Field(default=90.0, gt=0, description="how long one try at a score may take")
    answer_within_s: float = Field(default=25.0, gt=0, description="after that, a caller gets 202 and asks again")
    score_patience_s: float = Field(
        default=900.0, ge=0, description="how long a score is tried again while engine or project is away"
    )
    score_lease_s: float = Field(default=30.0, ge=2, description="a scorer silent for so long has died")
    claim_interval_s: float = Field(default=1.0, gt=0, description="between looks for scores that wait")
    drain_s: float = Field(default=60.0, ge=0, description="how long a scorer that stops goes on with what it has")
    score_attempts: int = Field(default=3, ge=1, le=10)
    score_fallback: Annotated[tuple[Fallback, ...], NoDecode] = ()
    external_url: HttpUrl | None = None
    external_model: str = ""
    external_api_key: SentSecret | None = None
    breaker_failures: int = Field(default=5, ge=1, description="failures in a row after which a model is left alone")
    breaker_open_s: float = Field(default=10.0, gt=0, description="and for how long")
    max_concurrent_scores: int = Field(default=16, ge=1)
    max_waiting_scores: int = Field(default=64, ge=0)
    max_transcript_chars: int = Field(default=60_000, ge=1)
    max_body_bytes: int = Field(default=1_000_000, ge=1024)
    max_answer_tokens: int = Field(default=1536, ge=16)

    review_interval_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="wider than this share of a criterion's maximum asks for review",
    )

    ledgers: bool = Field(default=True, description="cost and energy go into the app's own tables, where it has them")
    gpu_price_per_hour: float = Field(default=0.0, ge=0)
    engine_watts: float = Field(default=300.0, ge=0, description="what the engine's card draws; the app's own figure")
    grid_kg_per_kwh: float = Field(default=0.5, ge=0)

    @field_validator("score_fallback", mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip() not in ("", "none"))

    @model_validator(mode="after")
    def _named_in_full(self) -> Self:
        if "external" in self.score_fallback and not (self.external_url and self.external_model):
            raise ValueError("the fallback external needs SPEECHGRADE_EXTERNAL_URL and SPEECHGRADE_EXTERNAL_MODEL")
        if self.engine_kind == "openai" and not self.engine_model:
            raise ValueError("an engine of kind openai needs SPEECHGRADE_ENGINE_MODEL")
        return self

    @property
    def engine_folder(self) -> Path:
        """The adapter cache as the engine sees it."""
        return self.engine_adapter_cache or self.adapter_cache
