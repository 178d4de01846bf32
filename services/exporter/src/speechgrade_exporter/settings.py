"""What an operator can choose."""

import binascii
from base64 import b64decode
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode
from speechgrade_shared.anonymize import anonymizer_version
from speechgrade_shared.identifiers.spacy_names import name_finder
from speechgrade_shared.settings import LongSecret, ProjectSettings, SentSecret
from speechgrade_shared.subject import SplitShares

from speechgrade_exporter.examples import ExampleRules
from speechgrade_exporter.provenance import HUMAN_PROVIDERS, Provenance
from speechgrade_exporter.transcript_gate import TranscriptLimits

_SHARES = SplitShares()
HUMAN = (Provenance.HUMAN_AUTHORED, Provenance.HUMAN_CHANGED, Provenance.HUMAN_CONFIRMED)

_WEBHOOK_KEY_BYTES = range(24, 65)


def _signing_secret(value: SecretStr) -> SecretStr:
    prefix, _, encoded = value.get_secret_value().partition("_")
    try:
        key = b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix != "whsec" or len(key) not in _WEBHOOK_KEY_BYTES:
        raise ValueError("must be whsec_ and 24 to 64 bytes in base64")
    return value


WebhookSecret = Annotated[LongSecret, AfterValidator(_signing_secret)]
"""A secret as Standard Webhooks writes it."""


class ExporterSettings(ProjectSettings):
    """One frozen object per process; ``speechgrade_shared.settings.load`` reads it."""

    subject_key: LongSecret
    validation_share: float = Field(default=_SHARES.validation, ge=0, lt=1)
    test_share: float = Field(default=_SHARES.test, ge=0, lt=1)
    trainable_provenances: Annotated[tuple[Provenance, ...], NoDecode] = HUMAN
    human_providers: Annotated[frozenset[str], NoDecode] = HUMAN_PROVIDERS
    min_words: int = Field(default=25, ge=1)
    max_words: int = Field(default=6000, ge=1)
    min_words_per_minute: float = Field(default=40, ge=0)
    max_words_per_minute: float = Field(default=280, gt=0)
    include_timeline_markers: bool = False
    batch_size: int = Field(default=100, ge=1, le=500)
    lease_seconds: int = Field(default=120, ge=5)
    poll_seconds: float = Field(default=1, gt=0)
    debounce_seconds: float = Field(default=0.5, ge=0)
    keep_datasets: int = Field(default=10, ge=0)
    keep_scores_days: Annotated[int, Field(ge=1)] | None = None
    """How old a score may become before the sweep removes it; empty: as old as its evaluation."""
    orphan_grace_seconds: float = Field(default=3600, ge=0)
    sweep_seconds: float = Field(default=600, gt=0)
    webhook_secret: WebhookSecret | None = None
    realtime: bool = False
    supabase_publishable_key: SentSecret | None = Field(default=None, validation_alias="SUPABASE_PUBLISHABLE_KEY")
    health_host: str = "localhost"
    health_port: int = Field(default=8081, ge=0, le=65535)

    @field_validator("trainable_provenances", mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("human_providers", mode="before")
    @classmethod
    def _from_names(cls, value: Any) -> Any:
        # Where the app names nobody, a person graded: the empty name may be one of them.
        return frozenset(part.strip().casefold() for part in value.split(",")) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _leave_some_to_train(self) -> Self:
        if self.validation_share + self.test_share >= 1:
            raise ValueError("SPEECHGRADE_VALIDATION_SHARE and SPEECHGRADE_TEST_SHARE together must be less than 1")
        return self

    @property
    def example_rules(self) -> ExampleRules:
        """The choices that the pure core works by."""
        return ExampleRules(
            key=self.subject_key.get_secret_value().encode("utf-8"),
            shares=SplitShares(validation=self.validation_share, test=self.test_share),
            trainable=frozenset(self.trainable_provenances),
            human_providers=self.human_providers,
            name_finder=name_finder(self.name_model),
            anonymizer_version=anonymizer_version(self.name_model),
            limits=TranscriptLimits(
                self.min_words, self.max_words, self.min_words_per_minute, self.max_words_per_minute
            ),
            with_markers=self.include_timeline_markers,
        )
