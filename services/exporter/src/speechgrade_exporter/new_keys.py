"""``new-keys``: everything secret that a deployment needs, made at once, as the text of a ``.env``."""

import base64
import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
from speechgrade_shared.command_line import console

from speechgrade_exporter.errors import FileInTheWay
from speechgrade_exporter.project_keys import new_password, new_project_keys

LOCAL_PUBLIC_URL = "http://127.0.0.1:8000"
_GATEWAY = "http://gateway:8000"
_SECRET_BYTES = 48
_ONLY_THE_OWNER = 0o600
_HEAD = """\
# Made by `speechgrade-exporter new-keys`. Everything below is secret: keep it out of git, and back it up.
# SPEECHGRADE_SUBJECT_KEY cannot be changed later without training anew.
# .env.example explains each line and what else can be set.
"""


def new_keys(
    local: Annotated[
        bool, typer.Option("--local", help="Also the keys of a Supabase of its own (profile `local`).")
    ] = False,
    public_url: Annotated[
        str, typer.Option(help="With --local: where browsers reach that Supabase; user tokens name it as their issuer.")
    ] = LOCAL_PUBLIC_URL,
    into: Annotated[
        Path | None, typer.Option(help="A new file, readable by its owner alone; standard output without it.")
    ] = None,
) -> None:
    """Make every secret that a deployment needs; needs no setting, and replaces nothing."""
    lines = (local_project(public_url) if local else hosted_project()) | own_secrets()
    text = _HEAD + "".join(f"{name}={_quoted(value)}\n" for name, value in lines.items())
    if into is None:
        sys.stdout.write(text)
        return
    write_new(into, text)
    console.print(f"The keys are in {into}; nobody else can read it.", soft_wrap=True)


def own_secrets() -> dict[str, str]:
    """What our services share with each other and with nobody else, and the password of the dashboard."""
    signing = base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    return {
        "SPEECHGRADE_SUBJECT_KEY": secrets.token_urlsafe(_SECRET_BYTES),
        "SPEECHGRADE_SCORER_TOKEN": secrets.token_urlsafe(_SECRET_BYTES),
        "SPEECHGRADE_ENGINE_API_KEY": secrets.token_urlsafe(_SECRET_BYTES),
        "SPEECHGRADE_WEBHOOK_SECRET": f"whsec_{signing}",
        "GRAFANA_ADMIN_PASSWORD": new_password(),
    }


def hosted_project() -> dict[str, str]:
    """What only the project's own settings page knows."""
    return {"SUPABASE_URL": "", "SUPABASE_SECRET_KEY": ""}


def local_project(public_url: str) -> dict[str, str]:
    """A whole project of its own, behind the service ``gateway``."""
    keys = new_project_keys(public_url)
    return {
        "SUPABASE_URL": _GATEWAY,
        "SUPABASE_PUBLIC_URL": public_url.rstrip("/"),
        "SUPABASE_PUBLISHABLE_KEY": keys.publishable_key,
        "SUPABASE_SECRET_KEY": keys.secret_key,
        "SUPABASE_ANON_TOKEN": keys.anon_token,
        "SUPABASE_SERVICE_TOKEN": keys.service_token,
        "SUPABASE_SIGNING_KEYS": keys.signing_keys,
        "SUPABASE_JWKS": keys.key_set,
        "SUPABASE_JWT_SECRET": secrets.token_urlsafe(_SECRET_BYTES),
        "SUPABASE_DB_PASSWORD": new_password(),
        "SUPABASE_REST_PASSWORD": new_password(),
        "SUPABASE_AUTH_PASSWORD": new_password(),
        "SUPABASE_STORAGE_PASSWORD": new_password(),
    }


def write_new(path: Path, text: str) -> None:
    """Write a file that only its owner can read.

    Raises:
        FileInTheWay: there is something at this path already; it is left as it is.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_THE_OWNER)
    except FileExistsError as error:
        raise FileInTheWay(f"{path} exists already, and keys are never replaced: name another file.") from error
    except OSError as error:
        raise FileInTheWay(f"{path} cannot be written ({error.strerror}): name another place.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def _quoted(value: str) -> str:
    # JSON only: in single quotes Compose takes it as it is.
    return f"'{value}'" if value.startswith(("{", "[")) else value
