"""Settings are read once, here, into one frozen object per process; every problem is reported at once."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from speechgrade_shared.errors import SettingsInvalid

MIN_KEY_BYTES = 32
SECRETS_DIR = Path("/run/secrets")
"""Where containers mount secrets: a file named as the variable holds its value."""
SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < MIN_KEY_BYTES:
        raise ValueError(f"must have at least {MIN_KEY_BYTES} bytes")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""An address without its trailing slash."""

CollectorUrl = Annotated[HttpUrl | None, BeforeValidator(lambda value: value or None)]
"""The base address of an OTLP/HTTP collector that gets the traces; empty: none is made."""

LongSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
"""A secret of at least 32 bytes, such as the key of the pseudonyms, which is kept outside database and bucket."""


class ProjectSettings(BaseSettings):
    """What every service needs to reach the Supabase project."""

    model_config = SettingsConfigDict(env_prefix="SPEECHGRADE_", frozen=True, extra="ignore", populate_by_name=True)

    supabase_url: HttpUrl = Field(validation_alias="SUPABASE_URL")
    supabase_secret_key: SecretStr = Field(validation_alias="SUPABASE_SECRET_KEY", min_length=16)
    project_timeout_s: float = Field(default=30.0, gt=0)
    dataset_bucket: str = "llm-datasets"
    adapter_bucket: str = "llm-adapters"
    checkpoint_bucket: str = "llm-checkpoints"
    name_model: str = ""
    """An installed spaCy model, or its folder, that looks for names beside the roster; empty: none."""
    log_level: str = "info"
    log_json: bool = True
    otlp_endpoint: CollectorUrl = None


def load(kind: type[SettingsT]) -> SettingsT:
    """Read the environment, and for what it does not name the files in ``SECRETS_DIR``, where there is one.

    Raises:
        SettingsInvalid: names every missing or wrong setting, and never its value.
    """
    try:
        # A folder that is not there would be warned of, and most machines have none.
        return kind(_secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None)
    except ValidationError as error:
        raise SettingsInvalid(_problems(kind, error)) from None


def _problems(kind: type[BaseSettings], error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        name = _environment_name(kind, str(problem["loc"][0]) if problem["loc"] else "")
        reason = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {reason}")
    return "Settings are missing or wrong:\n" + "\n".join(sorted(lines))


def _environment_name(kind: type[BaseSettings], place: str) -> str:
    field = kind.model_fields.get(place)
    if field is not None and not isinstance(field.validation_alias, str):
        return f"{kind.model_config.get('env_prefix', '')}{place}".upper()
    return place.upper()
