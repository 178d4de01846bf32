"""The scorer's settings: where the engine is, what it serves, who may ask, and how long an answer may take."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from speechgrade_shared.settings import HttpUrl, LongSecret, ProjectSettings


class ScorerSettings(ProjectSettings):
    """One frozen object per process; every name is prefixed ``SPEECHGRADE_`` in the environment."""

    project_timeout_s: float = Field(default=10.0, gt=0)

    engine_url: HttpUrl
    engine_api_key: SecretStr | None = None
    base_model: str = Field(min_length=1, description="the base's id, exactly as the engine serves it")
    base_revision: str = Field(min_length=1)
    max_lora_rank: int = Field(default=64, ge=1, description="the engine's --max-lora-rank")

    scorer_token: LongSecret
    scorer_host: str = "127.0.0.1"
    scorer_port: int = Field(default=8080, ge=0, le=65535)

    adapter_cache: Path
    engine_adapter_cache: Path | None = Field(
        default=None, description="the same folder as the engine sees it, where that is another path"
    )
    sync_interval_s: float = Field(default=10.0, gt=0, le=15.0)
    serve_unconfirmed_s: float = Field(
        default=300.0, gt=0, le=300.0, description="how long adapters are served when their state cannot be read"
    )

    score_deadline_s: float = Field(default=90.0, gt=0)
    score_attempts: int = Field(default=3, ge=1, le=10)
    score_fallback: Literal["none", "base"] = "none"
    max_concurrent_scores: int = Field(default=16, ge=1)
    max_waiting_scores: int = Field(default=64, ge=0)
    max_transcript_chars: int = Field(default=60_000, ge=1)
    max_body_bytes: int = Field(default=1_000_000, ge=1024)
    max_answer_tokens: int = Field(default=1536, ge=16)

    @property
    def engine_folder(self) -> Path:
        """The adapter cache as the engine sees it."""
        return self.engine_adapter_cache or self.adapter_cache
