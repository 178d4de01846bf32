"""What the database says may be served: aliases with their adapters, and whether one fits this engine at all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from speechgrade_shared.digest import tree_digest
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.prompt import RENDERER_VERSION

from speechgrade_scorer.errors import AdapterRefused

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
ADAPTER_PREFIX = "sg-"
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

    def refuse_misfit(self, fit: Fit) -> None:
        """Check everything that can be known before a byte is downloaded.

        Raises:
            AdapterRefused: ``adapter_name_invalid``, ``adapter_digest_mismatch``, ``adapter_files_invalid``,
                ``adapter_base_mismatch``, ``adapter_renderer_mismatch`` or ``adapter_rank_too_large``.
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
        for holds, problem in checks:
            if not holds:
                raise AdapterRefused("The adapter cannot be served here.", code=f"adapter_{problem}")


@dataclass(frozen=True, slots=True)
class Alias:
    """A pointer of a scope to an adapter."""

    scope: tuple[str, str]
    alias: str
    adapter: Adapter


def parse_serving_state(rows: Iterable[Mapping[str, Any]]) -> tuple[Alias, ...]:
    """Read what ``llm.serving_state`` returns."""
    return tuple(
        Alias((str(row["scope_kind"]), str(row["scope_id"])), str(row["alias"]), _adapter(row)) for row in rows
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
