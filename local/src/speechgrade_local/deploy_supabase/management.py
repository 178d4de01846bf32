"""Supabase's Management API, for the two settings of a project that the CLI would only write all at once."""

from __future__ import annotations

from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from speechgrade_local.deploy_supabase.target import DeploySettings
from speechgrade_local.errors import CommandFailed

_TIMEOUT_S = 30.0
_REFUSED = (
    "The access token is refused. Make a new one in the dashboard (Account, Access Tokens), export it as "
    "SUPABASE_ACCESS_TOKEN, and run this again."
)
_ELSEWHERE = "The access token's account has no such project. Check SUPABASE_PROJECT_REF, and the token's scopes."


class ManagementApi:
    """One project's settings. Only what is named is written; everything else of the app's stays as it is."""

    def __init__(self, settings: DeploySettings, ref: str) -> None:
        token = settings.access_token.get_secret_value()
        self._address = f"{settings.platform.rstrip('/')}/v1/projects/{ref}"
        self._http = httpx.Client(headers={"authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._http.close()

    def project(self) -> dict[str, Any]:
        """Name, region and status."""
        return self._asked("GET", "")

    def exposed_schemas(self) -> tuple[str, ...]:
        """The schemas that the REST API serves, in order: the first is the default."""
        listed = str(self._asked("GET", "/postgrest").get("db_schema") or "")
        return tuple(name for part in listed.split(",") if (name := part.strip()))

    def expose(self, schemas: tuple[str, ...]) -> None:
        self._asked("PATCH", "/postgrest", {"db_schema": ",".join(schemas)})

    def upload_limit(self) -> int:
        """The largest object that Storage takes, in bytes."""
        return int(self._asked("GET", "/config/storage").get("fileSizeLimit") or 0)

    def raise_upload_limit(self, size: int) -> None:
        self._asked("PATCH", "/config/storage", {"fileSizeLimit": size})

    def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, self._address + path, json=body)
        except httpx.HTTPError as error:
            raise CommandFailed("The Management API does not answer. Check the network and run this again.") from error
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise CommandFailed(_REFUSED)
        if answer.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise CommandFailed(_ELSEWHERE)
        if answer.is_error:
            raise CommandFailed(f"The Management API refused {method} {path or 'project'} ({answer.status_code}).")
        found = answer.json() if answer.content else {}
        return found if isinstance(found, dict) else {}
