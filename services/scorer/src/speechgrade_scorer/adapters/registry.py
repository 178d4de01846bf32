"""What the database says may be served: aliases with their adapters, and whether one fits this engine at all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from speechgrade_shared.digest import tree_digest
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.prompt import RENDERER_VERSION

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
ADAPTER_PREFIX = "sg-"
CHAMPION, CHALLENGER = "champion", "challenger"
Scope = tuple[str, str]
DEFAULT_SCOPE: Scope = ("default", "")
_NAME = re.compile(r"[a-z0-9-]+")
_PATH = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_UNSAFE_SUFFIXES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".py", ".so"}


@dataclass(frozen=True, slots=True)
class Fit:
    """What an adapter must have been made for to be served here."""

    base_model: str
    base_revision: str
    max_lora_rank: int
    renderer_version: str = RENDERER_VERSION


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter as its row describes it."""

    name: str
    digest: str
    servable: bool
    status: str
    base_model: str
    base_revision: str
    renderer_version: str
    lora_rank: int
    object_prefix: str
    files: tuple[tuple[str, str], ...]

    def misfit(self, fit: Fit) -> str | None:
        """Why it cannot be served here, as far as is known before a byte is downloaded; None when it can.

        The codes are ``adapter_name_invalid``, ``adapter_digest_mismatch``, ``adapter_files_invalid``,
        ``adapter_base_mismatch``, ``adapter_renderer_mismatch`` and ``adapter_rank_too_large``.
        """
        files = dict(self.files)
        checks = (
            (_NAME.fullmatch(self.name) is not None and self.name == adapter_name(self.digest), "name_invalid"),
            (tree_digest(files) == self.digest, "digest_mismatch"),
            (all(map(_harmless, files)) and {WEIGHTS, CONFIG} <= files.keys(), "files_invalid"),
            ((self.base_model, self.base_revision) == (fit.base_model, fit.base_revision), "base_mismatch"),
            (self.renderer_version == fit.renderer_version, "renderer_mismatch"),
            (self.lora_rank <= fit.max_lora_rank, "rank_too_large"),
        )
        return next((f"adapter_{problem}" for holds, problem in checks if not holds), None)


@dataclass(frozen=True, slots=True)
class Alias:
    """A pointer of a scope to an adapter.

    ``previous`` is what a rollback would bring back. A challenger is asked for ``percent`` of its scope's speeches: in
    its champion's place, or beside it where it ``is_shadow``.
    """

    scope: Scope
    alias: str
    adapter: Adapter
    previous: Adapter | None = None
    percent: int = 0
    is_shadow: bool = True

    @property
    def is_asked(self) -> bool:
        return self.alias == CHAMPION or self.percent > 0


def parse_serving_state(rows: Iterable[Mapping[str, Any]]) -> tuple[Alias, ...]:
    """Read what ``llm.serving_state`` returns."""
    return tuple(
        Alias(
            scope=(str(row["scope_kind"]), str(row["scope_id"])),
            alias=str(row["alias"]),
            adapter=_adapter(row),
            previous=_adapter(row["previous"]) if row.get("previous") else None,
            percent=int(row.get("percent") or 0),
            # Whatever is not said to be live stays unseen.
            is_shadow=row.get("is_shadow") is not False,
        )
        for row in rows
    )


def _adapter(row: Mapping[str, Any]) -> Adapter:
    return Adapter(
        name=str(row["name"]),
        digest=str(row["digest"]),
        servable=row["servable"] is True,
        status=str(row["status"]),
        base_model=str(row["base_model"]),
        base_revision=str(row["base_revision"]),
        renderer_version=str(row["renderer_version"]),
        lora_rank=int(row["lora_rank"]),
        object_prefix=str(row["object_prefix"]).strip("/"),
        files=tuple(sorted((str(path), str(sha256)) for path, sha256 in row["files"].items())),
    )


def _harmless(path: str) -> bool:
    pure = PurePosixPath(path)
    return (
        _PATH.fullmatch(path) is not None
        and not any(part.startswith(".") for part in pure.parts)
        and pure.suffix.lower() not in _UNSAFE_SUFFIXES
    )
