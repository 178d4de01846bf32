"""Where to: a hosted project by its reference, or a database alone by its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from speechgrade_local.errors import DeployRefused

PLATFORM = "https://api.supabase.com"
_REF = re.compile(r"[a-z]{20}")
_HOSTED = re.compile(r"https?://(?P<ref>[a-z]{20})\.supabase\.")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class DeploySettings(BaseSettings):
    """What the environment says; secrets are read from it alone, never from the command line."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    access_token: SecretStr = Field(default=SecretStr(""), validation_alias="SUPABASE_ACCESS_TOKEN")
    project_ref: str = Field(default="", validation_alias="SUPABASE_PROJECT_REF")
    database_url: SecretStr = Field(default=SecretStr(""), validation_alias="SUPABASE_DB_URL")
    database_password: SecretStr = Field(default=SecretStr(""), validation_alias="SUPABASE_DB_PASSWORD")
    project_url: str = Field(default="", validation_alias="SUPABASE_URL")
    secret_key: SecretStr = Field(default=SecretStr(""), validation_alias="SUPABASE_SECRET_KEY")
    platform: str = Field(default=PLATFORM, validation_alias="SUPABASE_API_URL")

    def completed_by(self, env_file: Mapping[str, str]) -> Self:
        """The same, with the project's address and key from the env file where nothing else says them."""
        changes: dict[str, Any] = {}
        if not self.project_url:
            changes["project_url"] = env_file.get("SUPABASE_URL", "")
        if not self.secret_key.get_secret_value():
            changes["secret_key"] = SecretStr(env_file.get("SUPABASE_SECRET_KEY", ""))
        return self.model_copy(update=changes)

    @property
    def function_url(self) -> str:
        """Where the project's function is asked; a name of a network of containers is none."""
        return self.project_url if "." in self.project_url else f"https://{self.project_ref}.supabase.co"


@dataclass(frozen=True, slots=True)
class Database:
    """What the CLI is given as ``--remote``, and the password that it finds in its environment instead."""

    remote: str
    password: str = ""
    is_loopback: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """libpq's variables for a plain address. Beyond this machine nothing goes over an open line."""
        if not self.remote.startswith("postgres"):
            return {}
        password = {"PGPASSWORD": self.password} if self.password else {}
        return password | {"PGSSLMODE": "prefer" if self.is_loopback else "require"}


def database_of(settings: DeploySettings, remote: str) -> Database:
    """The database to bring up to date: an address, or the project's own by its reference.

    Raises:
        DeployRefused: neither is named, or the address cannot be read.
    """
    address = remote or settings.database_url.get_secret_value()
    if not address:
        return Database(project_ref(settings))
    parts = urlsplit(address)
    if parts.scheme not in ("postgres", "postgresql") or not parts.hostname:
        raise DeployRefused("The database's address must look like postgresql://postgres@HOST:5432/postgres.")
    password = unquote(parts.password or "") or settings.database_password.get_secret_value()
    # A password in the arguments of a process can be read by everybody on the machine.
    bare = parts._replace(
        netloc=parts.netloc.replace(f":{parts.password}@", "@", 1) if parts.password else parts.netloc
    )
    return Database(urlunsplit(bare), password, is_loopback=parts.hostname in _LOOPBACK)


def refuse_anothers(database: Database, ref: str, project_url: str = "") -> None:
    """Keep an address that was left over in the environment, or an env file, from being taken for the project's.

    Raises:
        DeployRefused: the address is of another project. An address on this machine may lead anywhere.
    """
    theirs = _HOSTED.match(project_url)
    if theirs and theirs["ref"] != ref:
        raise DeployRefused(
            f"SUPABASE_URL, here or in the env file, is that of the project {theirs['ref']}, SUPABASE_PROJECT_REF says "
            f"{ref}. The services would work with one project and the function with the other: make them the same."
        )
    if not database.is_loopback and ref not in database.remote:
        raise DeployRefused(
            f"SUPABASE_DB_URL is not an address of the project {ref}. Unset it, or set the project's own."
        )


def project_ref(settings: DeploySettings) -> str:
    """The project's reference, once it and the access token are there.

    Raises:
        DeployRefused: names what is missing, and where to get it.
    """
    problems = []
    if not _REF.fullmatch(settings.project_ref):
        problems.append("SUPABASE_PROJECT_REF: the 20 letters of the project's address (dashboard: Project Settings).")
    if not settings.access_token.get_secret_value():
        problems.append("SUPABASE_ACCESS_TOKEN: make one in the dashboard (Account, Access Tokens) and export it.")
    if problems:
        raise DeployRefused("Settings are missing or wrong:\n" + "\n".join(problems))
    return settings.project_ref
