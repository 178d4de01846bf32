"""Settings are read once, here, into one frozen object per process; every problem is reported at once."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from speechgrade_shared.errors import SettingsInvalid

MIN_KEY_BYTES = 32
SECRETS_DIR = Path("/run/secrets")
"""Where containers mount secrets: a file named as the variable holds its value."""
SettingsT = TypeVar("SettingsT", bound=BaseSettings)


# What people copy from a browser or a page of examples.
_BESIDE_THE_PROJECT = re.compile(r"/(?:rest|auth|storage|realtime|functions)/v1(?:/|$)|/dashboard(?:/|$)")


def _without_edges(value: object) -> object:
    # A value made from a file keeps the file's last line break; no address and no key ends with one.
    return value.strip() if isinstance(value, str) else value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    if re.search(r"\s", value) or not _names_a_host(value):
        raise ValueError("is no address such as https://name.example:8080")
    return value.rstrip("/")


def _names_a_host(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _project_url(value: str) -> str:
    if _BESIDE_THE_PROJECT.search(value):
        raise ValueError("must be the project's address alone: https://REFERENCE.supabase.co")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < MIN_KEY_BYTES:
        raise ValueError(f"must have at least {MIN_KEY_BYTES} bytes")
    return value


def _one_word(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]*", value.get_secret_value()):
        raise ValueError("must be one word of plain letters, digits and signs; copy it again")
    return value


HttpUrl = Annotated[str, BeforeValidator(_without_edges), AfterValidator(_http_url)]
"""An address without its trailing slash."""

ProjectUrl = Annotated[HttpUrl, AfterValidator(_project_url)]
"""The address of a Supabase project, which its parts are found under."""

CollectorUrl = HttpUrl | None
"""The base address of an OTLP/HTTP collector that gets the traces; without one, none is made."""

SentSecret = Annotated[SecretStr, BeforeValidator(_without_edges), AfterValidator(_one_word)]
"""A key that travels in a header."""

LongSecret = Annotated[SecretStr, BeforeValidator(_without_edges), AfterValidator(_long_enough)]
"""A secret of at least 32 bytes, such as the key of the pseudonyms, which is kept outside database and bucket."""

LongSentSecret = Annotated[LongSecret, AfterValidator(_one_word)]
"""The same, where it travels in a header."""


class ProjectSettings(BaseSettings):
    """What every service needs to reach the Supabase project."""

    model_config = SettingsConfigDict(
        env_prefix="SPEECHGRADE_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    supabase_url: ProjectUrl = Field(validation_alias="SUPABASE_URL")
    supabase_secret_key: SentSecret = Field(validation_alias="SUPABASE_SECRET_KEY", min_length=16)
    project_timeout_s: float = Field(default=30.0, gt=0)
    dataset_bucket: str = "llm-datasets"
    adapter_bucket: str = "llm-adapters"
    checkpoint_bucket: str = "llm-checkpoints"
    name_model: str = ""
    """An installed spaCy model, or its folder, that looks for names beside the roster; empty: none."""
    log_level: str = "info"
    log_json: bool = True
    otlp_endpoint: CollectorUrl = None

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        """An empty file is what an empty variable is: the default."""
        return {name: value for name, value in values.items() if value != ""} if isinstance(values, dict) else values


def load(kind: type[SettingsT]) -> SettingsT:
    """Read the environment, and for what it does not name the files in ``SECRETS_DIR``, where there is one.

    Raises:
        SettingsInvalid: names every missing or wrong setting, and never its value; or the files that cannot be read.
    """
    try:
        # A folder that is not there would be warned of, and most machines have none.
        return kind(_secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None)
    except ValidationError as error:
        raise SettingsInvalid(_problems(kind, error)) from None
    except SettingsError:
        lines = [f"{file}: cannot be read as text by user {os.getuid()} (chmod 444)" for file in _unreadable_files()]
        if not lines:
            raise
        raise SettingsInvalid("Settings are missing or wrong:\n" + "\n".join(lines)) from None


def _unreadable_files() -> list[Path]:
    return [file for file in sorted(SECRETS_DIR.iterdir()) if file.is_file() and not _is_text(file)]


def _is_text(file: Path) -> bool:
    try:
        file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return True


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
